import { DASHED, DIM, ISLAND, LEAF, LIT, type Rgb } from "./style";

/** Channels of a premultiplied colour packed as 0xAABBGGRR, each 0 to 1 before packing. */
export function premultiplied(r: number, g: number, b: number, alpha: number): number {
  const channel = (value: number) => Math.max(0, Math.min(255, Math.round(value * alpha)));
  return ((Math.round(alpha * 255) << 24) | (channel(b) << 16) | (channel(g) << 8) | channel(r)) >>> 0;
}

/** Put one premultiplied colour over another. */
export function over(top: number, under: number): number {
  const rest = 1 - (top >>> 24) / 255;
  const channel = (shift: number) => Math.min(255, Math.round(((top >>> shift) & 255) + ((under >>> shift) & 255) * rest));
  return ((channel(24) << 24) | (channel(16) << 16) | (channel(8) << 8) | channel(0)) >>> 0;
}

/** Turn what the painter says into the two colours that are drawn: inside and stroke, premultiplied. */
export function ink(colour: Uint32Array, flags: Uint8Array, land: Rgb, fill: Uint32Array, stroke: Uint32Array): void {
  const ground = premultiplied(land[0], land[1], land[2], 1);
  for (let row = 0; row < colour.length; row++) {
    const rgba = colour[row] as number;
    const flag = flags[row] as number;
    const leaf = (flag & LEAF) !== 0;
    const sure = ((rgba >>> 24) / 255) * (flag & DIM ? (leaf ? 0.16 : 0.3) : 1);
    const [r, g, b] = [rgba & 255, (rgba >>> 8) & 255, (rgba >>> 16) & 255];
    const inside = premultiplied(r, g, b, insideAlpha(flag) * sure);
    fill[row] = flag & ISLAND ? over(inside, ground) : inside;
    stroke[row] = over(premultiplied(r, g, b, (leaf || flag & LIT ? 1 : 0.75) * sure), fill[row] as number);
  }
}

function insideAlpha(flag: number): number {
  if (flag & LEAF) return flag & DASHED ? 0.34 : 0.86;
  if (flag & LIT) return 0.15;
  return flag & ISLAND ? 0.035 : 0.1;
}

import type { Mesh } from "./mesh";

/** Distance between hatching lines, CSS pixels. */
const GAP_PX = 9;

/**
 * Hatch a circle, as far as it is in view, with lines from upper left to lower right that move with the map.
 *
 * Args: `shift` is where the map's origin lies along the hatching, in device pixels.
 */
export function hatch(
  mesh: Mesh,
  px: number,
  py: number,
  r: number,
  shift: number,
  colour: number,
  dpr: number,
  width: number,
  height: number,
): void {
  const gap = GAP_PX * dpr * Math.SQRT2;
  // Lines x + y = c; a circle is crossed where |c - (px + py)| < r * sqrt(2).
  const low = Math.max(px + py - r * Math.SQRT2, 0);
  const high = Math.min(px + py + r * Math.SQRT2, width + height);
  const start = Math.ceil((low - shift) / gap) * gap + shift;
  for (let c = start; c < high; c += gap) {
    const off = (c - px - py) / 2;
    const half = Math.sqrt(Math.max(0, r * r - 2 * off * off)) / Math.SQRT2;
    const from = Math.max(px + off - half, 0, c - height);
    const to = Math.min(px + off + half, width, c);
    if (to > from) mesh.line(from, c - from, to, c - to, colour, 1.1 * dpr);
  }
}

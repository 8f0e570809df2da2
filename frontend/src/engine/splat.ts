/**
 * An image of small circles, drawn by the processor.
 *
 * Where a processor does all the drawing, a point costs it more in the graphics pipeline than a few pixels cost here.
 * Colours are premultiplied, 0xAABBGGRR.
 */
export class Splat {
  count = 0;
  width = 0;
  height = 0;
  pixels = new Uint32Array(0);

  /** Start over with nothing drawn. */
  begin(width: number, height: number): void {
    if (width !== this.width || height !== this.height) {
      this.width = width;
      this.height = height;
      this.pixels = new Uint32Array(width * height);
    } else if (this.count > 0) this.pixels.fill(0);
    this.count = 0;
  }

  /** Draw a circle with soft edges over what is there. */
  add(px: number, py: number, r: number, colour: number): void {
    const { width, height, pixels } = this;
    const reach = r + 0.5;
    const left = Math.max(0, Math.ceil(px - reach - 0.5));
    const right = Math.min(width - 1, Math.floor(px + reach - 0.5));
    const top = Math.max(0, Math.ceil(py - reach - 0.5));
    const bottom = Math.min(height - 1, Math.floor(py + reach - 0.5));
    const outer = reach * reach;
    const inner = r > 0.5 ? (r - 0.5) ** 2 : -1;
    this.count++;
    for (let y = top; y <= bottom; y++) {
      const dy = y + 0.5 - py;
      for (let x = left; x <= right; x++) {
        const dx = x + 0.5 - px;
        const far = dx * dx + dy * dy;
        if (far >= outer) continue;
        const at = y * width + x;
        const over = far <= inner ? colour : scaled(colour, ((reach - Math.sqrt(far)) * 256) | 0);
        const under = pixels[at] as number;
        pixels[at] = under === 0 ? over : (over + scaled(under, 256 - (over >>> 24))) >>> 0;
      }
    }
  }
}

/** Each channel of a colour times `share` of 256. */
function scaled(colour: number, share: number): number {
  const even = (Math.imul(colour & 0xff00ff, share) >>> 8) & 0xff00ff;
  const odd = Math.imul((colour >>> 8) & 0xff00ff, share) & 0xff00ff00;
  return (even | odd) >>> 0;
}

import type { Camera, Size } from "./camera";

/** A line between two places of the map. */
export interface Line {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  colour: number;
  dashed: boolean;
}

/** Lines for the GPU, device pixels: both ends, colour, dashed. */
export class Arcs {
  count = 0;
  floats = new Float32Array(0);
  private words = new Uint32Array(0);

  build(lines: readonly Line[], camera: Camera, size: Size, dpr: number): void {
    if (this.floats.length < lines.length * 6) {
      this.floats = new Float32Array(lines.length * 6);
      this.words = new Uint32Array(this.floats.buffer);
    }
    const scale = camera.scale * dpr;
    const midX = (size.width * dpr) / 2;
    const midY = (size.height * dpr) / 2;
    this.count = 0;
    for (const line of lines) {
      const ax = (line.x0 - camera.x) * scale + midX;
      const ay = (line.y0 - camera.y) * scale + midY;
      const bx = (line.x1 - camera.x) * scale + midX;
      const by = (line.y1 - camera.y) * scale + midY;
      const long = Math.abs(ax - bx) + Math.abs(ay - by);
      if (long < 3 || offView(ax, bx, midX * 2, long) || offView(ay, by, midY * 2, long)) continue;
      const at = this.count++ * 6;
      this.floats[at] = ax;
      this.floats[at + 1] = ay;
      this.floats[at + 2] = bx;
      this.floats[at + 3] = by;
      this.words[at + 4] = line.colour;
      this.words[at + 5] = line.dashed ? 1 : 0;
    }
  }
}

/** Whether a bent line between two coordinates misses 0 to `extent`. */
function offView(a: number, b: number, extent: number, bow: number): boolean {
  const room = bow * 0.1;
  return Math.max(a, b) < -room || Math.min(a, b) > extent + room;
}

/** Words per vertex: x, y in device pixels, premultiplied colour. */
export const VERTEX_WORDS = 3;
const FEATHER = 0.7;
/** How far a chord may stray from its circle, in pixels. */
const SAGITTA = 0.22;
const DASH_PX = 3.6;
const MOST_DASHES = 240;

/**
 * Triangles with a colour at each corner.
 *
 * Wide circles are made of them, so that no arithmetic is left for each pixel: on machines that draw in software that is
 * what costs.
 */
export class Mesh {
  vertices = 0;
  indices = 0;
  floats = new Float32Array(3 * 8192);
  words = new Uint32Array(this.floats.buffer);
  index = new Uint32Array(24576);

  clear(): void {
    this.vertices = 0;
    this.indices = 0;
  }

  /** A circle: filled inside, with a stroke along its edge. `width` and `height` are those of the view. */
  circle(
    px: number,
    py: number,
    r: number,
    fill: number,
    stroke: number,
    line: number,
    dashed: boolean,
    width: number,
    height: number,
  ): void {
    const across = Math.hypot(width, height);
    let from = 0;
    let turn = 2 * Math.PI;
    let inner = 0;
    if (r > 2 * across) {
      // Only the part of the edge that comes near the view.
      const half = Math.min(Math.PI, (1.3 * across) / r);
      from = Math.atan2(height / 2 - py, width / 2 - px) - half;
      turn = 2 * half;
      inner = r - 2.2 * across;
    }
    let steps = Math.max(14, Math.ceil(turn / Math.sqrt((8 * SAGITTA) / r)));
    if (dashed) steps = Math.max(steps, Math.min(MOST_DASHES, Math.ceil((turn * r) / DASH_PX)));
    steps += steps & 1;
    if (fill) this.disc(px, py, r - line / 2, inner, from, turn, steps, fill);
    if (stroke) this.ring(px, py, r, line, from, turn, steps, stroke, dashed);
  }

  /** A straight line with soft edges. */
  line(ax: number, ay: number, bx: number, by: number, colour: number, wide: number): void {
    const long = Math.hypot(bx - ax, by - ay) || 1;
    const nx = (-(by - ay) / long) * wide;
    const ny = ((bx - ax) / long) * wide;
    const first = this.vertices;
    this.vertex(ax - nx, ay - ny, 0);
    this.vertex(bx - nx, by - ny, 0);
    this.vertex(ax, ay, colour);
    this.vertex(bx, by, colour);
    this.vertex(ax + nx, ay + ny, 0);
    this.vertex(bx + nx, by + ny, 0);
    this.quad(first, first + 1, first + 2, first + 3);
    this.quad(first + 2, first + 3, first + 4, first + 5);
  }

  /** A square on its corner, with soft edges; `r` is half of its diagonal. */
  diamond(px: number, py: number, r: number, colour: number): void {
    const first = this.vertices;
    this.vertex(px, py, colour);
    for (const reach of [r - FEATHER, r + FEATHER]) {
      for (const [dx, dy] of [
        [0, -1],
        [1, 0],
        [0, 1],
        [-1, 0],
      ] as const) {
        this.vertex(px + reach * dx, py + reach * dy, reach < r ? colour : 0);
      }
    }
    for (let i = 0; i < 4; i++) {
      const [here, next] = [first + 1 + i, first + 1 + ((i + 1) % 4)];
      this.triangle(first, here, next);
      this.quad(here, next, here + 4, next + 4);
    }
  }

  private disc(
    px: number,
    py: number,
    r: number,
    inner: number,
    from: number,
    turn: number,
    steps: number,
    colour: number,
  ): void {
    const centre = this.vertices;
    if (inner === 0) this.vertex(px, py, colour);
    const first = this.vertices;
    for (let i = 0; i <= steps; i++) {
      const angle = from + (turn * i) / steps;
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      this.vertex(px + r * cos, py + r * sin, colour);
      if (inner > 0) this.vertex(px + inner * cos, py + inner * sin, colour);
    }
    for (let i = 0; i < steps; i++) {
      if (inner === 0) this.triangle(centre, first + i, first + i + 1);
      else this.quad(first + 2 * i, first + 2 * i + 1, first + 2 * i + 2, first + 2 * i + 3);
    }
  }

  private ring(
    px: number,
    py: number,
    r: number,
    line: number,
    from: number,
    turn: number,
    steps: number,
    colour: number,
    dashed: boolean,
  ): void {
    const first = this.vertices;
    for (let i = 0; i <= steps; i++) {
      const angle = from + (turn * i) / steps;
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      this.vertex(px + (r - line - FEATHER) * cos, py + (r - line - FEATHER) * sin, 0);
      this.vertex(px + (r - line / 2) * cos, py + (r - line / 2) * sin, colour);
      this.vertex(px + (r + FEATHER) * cos, py + (r + FEATHER) * sin, 0);
    }
    for (let i = 0; i < steps; i++) {
      if (dashed && i & 1) continue;
      for (let k = 0; k < 2; k++) {
        const at = first + 3 * i + k;
        this.quad(at, at + 1, at + 3, at + 4);
      }
    }
  }

  private vertex(x: number, y: number, colour: number): void {
    const at = this.vertices++ * VERTEX_WORDS;
    if (at + VERTEX_WORDS > this.floats.length) {
      const floats = new Float32Array(this.floats.length * 2);
      floats.set(this.floats);
      this.floats = floats;
      this.words = new Uint32Array(floats.buffer);
    }
    this.floats[at] = x;
    this.floats[at + 1] = y;
    this.words[at + 2] = colour;
  }

  private triangle(a: number, b: number, c: number): void {
    if (this.indices + 6 > this.index.length) {
      const index = new Uint32Array(this.index.length * 2);
      index.set(this.index);
      this.index = index;
    }
    this.index[this.indices++] = a;
    this.index[this.indices++] = b;
    this.index[this.indices++] = c;
  }

  private quad(a: number, b: number, c: number, d: number): void {
    this.triangle(a, b, c);
    this.triangle(b, c, d);
  }
}

import type { Camera, Size } from "./camera";
import { hatch } from "./hatch";
import { ink, premultiplied } from "./ink";
import type { Land } from "./labels";
import { Mesh } from "./mesh";
import { Splat } from "./splat";
import { DASHED, DIM, HIDDEN, LEAF, type Painter, type Rgb, type Theme } from "./style";
import type { Tile } from "./tiles";

/** Words per circle in a buffer: x, y, r in device pixels, colour inside, colour of the stroke. */
export const STRIDE = 5;
/** Circles up to this radius are points, wider ones triangles. */
const POINT_RADIUS = 200;
const HOLDER_RADIUS = 64;
/** Below this radius in device pixels a circle has no shape. */
const DOT_RADIUS = 1.25;
/** Up to this radius in device pixels a circle is part of the image that the processor makes. */
const SPLAT_RADIUS = 8;
/** Below this radius in device pixels a circle that holds others is one colour: that of its stroke. */
const PLAIN_RADIUS = 2.5;
/** From this radius on dashes can be told apart. */
const DASH_RADIUS = 5;
const MIN_RADIUS = 0.45;
/** From this radius on a circle should have a name, and it is asked for where its tile has none. */
const NAMED_RADIUS = 24;

/** A growing buffer of circles for the GPU. */
export class Circles {
  count = 0;
  private capacity = 4096;
  floats = new Float32Array(this.capacity * STRIDE);
  words = new Uint32Array(this.floats.buffer);

  clear(): void {
    this.count = 0;
  }

  push(x: number, y: number, r: number, fill: number, stroke: number): void {
    if (this.count === this.capacity) this.grow();
    const at = this.count++ * STRIDE;
    this.floats[at] = x;
    this.floats[at + 1] = y;
    this.floats[at + 2] = r;
    this.words[at + 3] = fill;
    this.words[at + 4] = stroke;
  }

  private grow(): void {
    this.capacity *= 2;
    const floats = new Float32Array(this.capacity * STRIDE);
    floats.set(this.floats);
    this.floats = floats;
    this.words = new Uint32Array(floats.buffer);
  }
}

/** A circle of a tile as it stands on the map, float64. */
export interface Hit {
  id: number;
  tile: Tile;
  row: number;
  x: number;
  y: number;
  r: number;
}

export interface Candidate extends Hit {
  text: string;
  px: number;
  py: number;
  pr: number;
  leaf: boolean;
}

/** What one frame shows. Device pixels; built on the CPU so that deep zoom stays exact. */
export class Scene {
  /** Lands and wide circles. */
  readonly mesh = new Mesh();
  /** Those that hold others, and dashed ones; then those that hold nothing; then those without a shape. */
  readonly points = new Circles();
  readonly discs = new Circles();
  readonly dots = new Circles();
  readonly dashed = new Circles();
  /** In their stead, where a processor does the drawing, the small ones. */
  readonly splat = new Splat();
  /** Strokes around what is under the pointer and what is singled out, above all else. */
  readonly marks = new Mesh();
  readonly labels: Candidate[] = [];
  /** Wide circles in view whose tile does not name them. */
  readonly unnamed: { id: number; pr: number }[] = [];
  /** Names that were asked for, by node. */
  readonly names = new Map<number, string>();
  /** Circles that hold the whole view, outermost first: they need no drawing, only a colour behind. */
  readonly around: Hit[] = [];
  background: Rgb = [0, 0, 0];
  drawn = 0;
  private width = 0;
  private height = 0;
  private scale = 0;
  private dpr = 1;
  private widest = POINT_RADIUS;
  private splatUpTo = 0;

  /** Start over for a camera. `widestPoint` is what the machine can draw, device pixels across. */
  begin(camera: Camera, size: Size, dpr: number, widestPoint: number, inSoftware = false): void {
    this.mesh.clear();
    this.marks.clear();
    this.points.clear();
    this.discs.clear();
    this.dots.clear();
    this.dashed.clear();
    this.labels.length = 0;
    this.unnamed.length = 0;
    this.around.length = 0;
    this.drawn = 0;
    this.dpr = dpr;
    this.width = size.width * dpr;
    this.height = size.height * dpr;
    this.scale = camera.scale * dpr;
    this.splatUpTo = inSoftware ? SPLAT_RADIUS : 0;
    if (inSoftware) this.splat.begin(Math.round(this.width), Math.round(this.height));
    this.widest = Math.min(POINT_RADIUS * dpr, widestPoint / 2 - 2);
  }

  /** Add the lands: shallow water, hatched because nothing says where what lies there comes from. */
  addLands(lands: readonly Land[], camera: Camera, theme: Theme): void {
    const { width, height, scale } = this;
    const [r, g, b] = theme.shallow;
    const shallow = premultiplied(r, g, b, 1);
    const line = premultiplied(theme.hatch[0], theme.hatch[1], theme.hatch[2], 1);
    const shift = (-(camera.x + camera.y) * scale + (width + height) / 2) % (9 * this.dpr * Math.SQRT2);
    this.background = theme.sea;
    for (const land of lands) {
      const px = (land.x - camera.x) * scale + width / 2;
      const py = (land.y - camera.y) * scale + height / 2;
      const pr = land.r * scale;
      if (px + pr < 0 || px - pr > width || py + pr < 0 || py - pr > height || pr < 1) continue;
      if (holdsView(px, py, pr, width, height)) this.background = theme.shallow;
      else this.mesh.circle(px, py, pr, shallow, 0, 0, false, width, height);
      hatch(this.mesh, px, py, pr, shift, line, this.dpr, width, height);
    }
  }

  addTiles(tiles: Tile[], camera: Camera, painter: Painter, month: number, land: Rgb): void {
    for (const tile of tiles) {
      if (tile.painted !== painter.version) {
        painter.paint(tile.data, tile.colour, tile.flags, tile.share);
        ink(tile.colour, tile.flags, land, tile.fill, tile.stroke);
        tile.painted = painter.version;
      }
      this.addTile(tile, camera, month);
    }
  }

  private addTile(tile: Tile, camera: Camera, month: number): void {
    const { count, x, y, r } = tile.data;
    const months = tile.data.columns.month;
    const { flags, share } = tile;
    const { width, height, scale } = this;
    const span = tile.span * scale;
    const left = (tile.left - camera.x) * scale + width / 2;
    const top = (tile.top - camera.y) * scale + height / 2;
    const smallest = MIN_RADIUS * this.dpr;
    for (let i = 0; i < count; i++) {
      const wholeR = (r[i] as number) * span;
      // Rows come greatest radius first: from here on all are too small to see.
      if (wholeR < smallest) return;
      const px = left + (x[i] as number) * span;
      const py = top + (y[i] as number) * span;
      if (px + wholeR < 0 || px - wholeR > width || py + wholeR < 0 || py - wholeR > height) continue;
      if ((flags[i] as number) & HIDDEN) continue;
      const born = months[i] as number;
      if (born > month && born !== 65535) continue;
      this.addCircle(tile, i, px, py, Math.max(smallest, (wholeR * (share[i] as number)) / 255));
    }
  }

  private addCircle(tile: Tile, i: number, px: number, py: number, pr: number): void {
    const { width, height } = this;
    const flag = tile.flags[i] as number;
    const fill = tile.fill[i] as number;
    const stroke = tile.stroke[i] as number;
    this.drawn++;
    const leaf = (flag & LEAF) !== 0;
    const plain = leaf || pr > PLAIN_RADIUS ? fill : stroke;
    if (pr < this.splatUpTo && (leaf || pr <= PLAIN_RADIUS)) {
      this.splat.add(px, py, pr, plain);
      return;
    }
    if (pr < DOT_RADIUS) {
      this.dots.push(px, py, pr, plain, stroke);
      return;
    }
    const widest = leaf ? this.widest : Math.min(this.widest, HOLDER_RADIUS * this.dpr);
    if (pr <= widest && px > 0 && px < width && py > 0 && py < height) {
      const into = flag & DASHED && pr > DASH_RADIUS ? this.dashed : leaf ? this.discs : this.points;
      into.push(px, py, pr, fill, stroke);
    } else if (pr > 400 && holdsView(px, py, pr, width, height)) {
      this.around.push(hitOf(tile, i));
      this.background = behind(this.background, fill);
      if (fill >>> 24 === 255) this.mesh.clear();
    } else {
      const line = Math.max(0.6, Math.min(1.4 * this.dpr, pr * 0.06));
      this.mesh.circle(px, py, pr, fill, stroke, line, (flag & DASHED) !== 0, width, height);
    }
    // What is dimmed keeps its name only where it holds others.
    if (pr > 6 * this.dpr && !(leaf && flag & DIM)) this.addName(tile, i, px, py, pr, leaf);
  }

  private addName(tile: Tile, i: number, px: number, py: number, pr: number, leaf: boolean): void {
    const dpr = this.dpr;
    let text = tile.data.label[i];
    if (!text && pr > NAMED_RADIUS * dpr) {
      const id = tile.data.id[i] as number;
      text = this.names.get(id);
      if (text === undefined && pr < 4 * this.width) this.unnamed.push({ id, pr });
    }
    if (text) this.labels.push({ ...hitOf(tile, i), text, px: px / dpr, py: py / dpr, pr: pr / dpr, leaf });
  }

  /** Add a stroke around a circle of the map. */
  outline(camera: Camera, circle: { x: number; y: number; r: number }, colour: number): void {
    const { width, height, scale, dpr } = this;
    const px = (circle.x - camera.x) * scale + width / 2;
    const py = (circle.y - camera.y) * scale + height / 2;
    const pr = Math.max(circle.r * scale + 2 * dpr, 5 * dpr);
    if (px + pr < 0 || px - pr > width || py + pr < 0 || py - pr > height) return;
    if (!holdsView(px, py, pr, width, height)) this.marks.circle(px, py, pr, 0, colour, 2 * dpr, false, width, height);
  }
}

export function hitOf(tile: Tile, row: number): Hit {
  return {
    id: tile.data.id[row] as number,
    tile,
    row,
    x: tile.left + (tile.data.x[row] as number) * tile.span,
    y: tile.top + (tile.data.y[row] as number) * tile.span,
    r: (tile.data.r[row] as number) * tile.span,
  };
}

function holdsView(px: number, py: number, pr: number, width: number, height: number): boolean {
  const farX = Math.max(Math.abs(px), Math.abs(width - px));
  const farY = Math.max(Math.abs(py), Math.abs(height - py));
  return Math.hypot(farX, farY) < pr - 3;
}

/** The colour behind a view that lies wholly inside a circle. */
function behind(under: Rgb, fill: number): Rgb {
  const rest = 1 - (fill >>> 24) / 255;
  return [(fill & 255) + under[0] * rest, ((fill >>> 8) & 255) + under[1] * rest, ((fill >>> 16) & 255) + under[2] * rest];
}

/** Return the smallest circle under a point of the map, or null. */
export function pick(tiles: Tile[], x: number, y: number, slack: number, month: number): Hit | null {
  let best: Hit | null = null;
  let bestR = Number.POSITIVE_INFINITY;
  for (const tile of tiles) {
    const tx = (x - tile.left) / tile.span;
    const ty = (y - tile.top) / tile.span;
    const reach = slack / tile.span;
    const { count, x: xs, y: ys, r: rs } = tile.data;
    const months = tile.data.columns.month;
    for (let i = 0; i < count; i++) {
      const r = rs[i] as number;
      const dx = (xs[i] as number) - tx;
      const dy = (ys[i] as number) - ty;
      const near = Math.max(r, reach);
      if (dx * dx + dy * dy > near * near || r * tile.span >= bestR) continue;
      if ((tile.flags[i] as number) & HIDDEN) continue;
      const born = months[i] as number;
      if (born > month && born !== 65535) continue;
      bestR = r * tile.span;
      best = hitOf(tile, i);
    }
  }
  return best;
}

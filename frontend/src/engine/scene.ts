import type { Camera, Size } from "./camera";
import type { Land } from "./labels";
import { HIDDEN, ISLAND, LEAF, OUTLINE, type Painter, pack, type Rgb, SHALLOW, type Theme } from "./style";
import type { Tile } from "./tiles";

/** Words per circle in a buffer: x, y, r in device pixels, colour, flags. */
export const STRIDE = 5;
/** Circles up to this radius are drawn as points, which cost a quarter of a quad. */
const POINT_RADIUS = 24;
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

  push(x: number, y: number, r: number, colour: number, flags: number): void {
    if (this.count === this.capacity) this.grow();
    const at = this.count++ * STRIDE;
    this.floats[at] = x;
    this.floats[at + 1] = y;
    this.floats[at + 2] = r;
    this.words[at + 3] = colour;
    this.words[at + 4] = flags;
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
  readonly quads = new Circles();
  readonly points = new Circles();
  readonly labels: Candidate[] = [];
  /** Wide circles in view whose tile does not name them. */
  readonly unnamed: { id: number; pr: number }[] = [];
  /** Names that were asked for, by node. */
  readonly names = new Map<number, string>();
  /** Circles that hold the whole view, outermost first: they need no drawing, only a colour behind. */
  readonly around: Hit[] = [];
  background: Rgb = [0, 0, 0];
  /** Whether the view lies wholly in shallow water. */
  shallow = false;
  drawn = 0;

  build(
    tiles: Tile[],
    lands: readonly Land[],
    camera: Camera,
    size: Size,
    dpr: number,
    painter: Painter,
    month: number,
    theme: Theme,
  ): void {
    this.quads.clear();
    this.points.clear();
    this.labels.length = 0;
    this.unnamed.length = 0;
    this.around.length = 0;
    this.background = theme.sea;
    this.shallow = false;
    for (const land of lands) this.addLand(land, camera, size, dpr, theme);
    for (const tile of tiles) {
      if (tile.painted !== painter.version) {
        painter.paint(tile.data, tile.colour, tile.flags, tile.share);
        tile.painted = painter.version;
      }
      this.addTile(tile, camera, size, dpr, month, theme.land);
    }
    this.drawn = this.quads.count + this.points.count;
  }

  private addLand(land: Land, camera: Camera, size: Size, dpr: number, theme: Theme): void {
    const width = size.width * dpr;
    const height = size.height * dpr;
    const scale = camera.scale * dpr;
    const px = (land.x - camera.x) * scale + width / 2;
    const py = (land.y - camera.y) * scale + height / 2;
    const pr = land.r * scale;
    if (px + pr < 0 || px - pr > width || py + pr < 0 || py - pr > height || pr < 2) return;
    if (holdsView(px, py, pr, width, height)) {
      this.background = theme.shallow;
      this.shallow = true;
    } else this.quads.push(px, py, pr, pack(theme.shallow), SHALLOW);
  }

  private addTile(tile: Tile, camera: Camera, size: Size, dpr: number, month: number, land: Rgb): void {
    const { count, x, y, r, label } = tile.data;
    const months = tile.data.columns.month;
    const { colour, flags, share } = tile;
    const width = size.width * dpr;
    const height = size.height * dpr;
    const scale = camera.scale * dpr;
    const span = tile.span * scale;
    const left = (tile.left - camera.x) * scale + width / 2;
    const top = (tile.top - camera.y) * scale + height / 2;
    const smallest = MIN_RADIUS * dpr;
    for (let i = 0; i < count; i++) {
      const wholeR = (r[i] as number) * span;
      // Rows come greatest radius first: from here on all are too small to see.
      if (wholeR < smallest) return;
      const px = left + (x[i] as number) * span;
      const py = top + (y[i] as number) * span;
      if (px + wholeR < 0 || px - wholeR > width || py + wholeR < 0 || py - wholeR > height) continue;
      const flag = flags[i] as number;
      if (flag & HIDDEN) continue;
      const born = months[i] as number;
      if (born > month && born !== 65535) continue;
      const pr = Math.max(smallest, (wholeR * (share[i] as number)) / 255);
      if (pr > 400 && holdsView(px, py, pr, width, height)) {
        this.around.push(hitOf(tile, i));
        this.background = behind(this.background, colour[i] as number, flag, land);
        if (flag & ISLAND) this.shallow = false;
      } else if (pr <= POINT_RADIUS && px > 0 && px < width && py > 0 && py < height) {
        this.points.push(px, py, pr, colour[i] as number, flag);
      } else {
        this.quads.push(px, py, pr, colour[i] as number, flag);
      }
      let text = label[i];
      if (!text && pr > NAMED_RADIUS * dpr) {
        text = this.names.get(tile.data.id[i] as number);
        if (text === undefined && pr < 4 * width) this.unnamed.push({ id: tile.data.id[i] as number, pr });
      }
      if (text && pr > 6 * dpr) {
        this.labels.push({ ...hitOf(tile, i), text, px: px / dpr, py: py / dpr, pr: pr / dpr, leaf: (flag & LEAF) !== 0 });
      }
    }
  }

  /** Add a stroke around a circle of the map. */
  outline(camera: Camera, size: Size, dpr: number, circle: { x: number; y: number; r: number }, colour: number): void {
    const scale = camera.scale * dpr;
    const px = (circle.x - camera.x) * scale + (size.width * dpr) / 2;
    const py = (circle.y - camera.y) * scale + (size.height * dpr) / 2;
    const pr = Math.max(circle.r * scale + 2 * dpr, 5 * dpr);
    if (pr < 1e5) this.quads.push(px, py, pr, colour, OUTLINE);
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

/** The colour behind a view that lies wholly inside a circle; the same mixing as in the shader. */
function behind(under: Rgb, colour: number, flag: number, land: Rgb): Rgb {
  const base = flag & ISLAND ? land : under;
  const dim = flag & 4 ? (flag & LEAF ? 0.16 : 0.3) : 1;
  const fill = flag & LEAF ? 0.86 : flag & 8 ? 0.26 : flag & ISLAND ? 0.035 : 0.1;
  const alpha = fill * ((colour >>> 24) / 255) * dim;
  const mix = (from: number, to: number) => from + (to - from) * alpha;
  return [mix(base[0], colour & 255), mix(base[1], (colour >> 8) & 255), mix(base[2], (colour >> 16) & 255)];
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

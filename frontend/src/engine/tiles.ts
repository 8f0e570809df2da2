import { type Camera, type Size, zoomOf } from "./camera";

/** The columns of a tile that colours, filters and the table are made of. */
export const COLUMNS = [
  "relation",
  "basis",
  "confidence",
  "kind",
  "state",
  "task",
  "library",
  "license",
  "month",
  "downloads",
  "descendants",
  "documented",
  "defects",
  "conflict",
] as const;
export type Column = (typeof COLUMNS)[number];

/** The circles of one tile, greatest radius first, coordinates 0 to 1 across the tile. */
export interface TileRows {
  count: number;
  id: Uint32Array;
  x: Float32Array;
  y: Float32Array;
  r: Float32Array;
  parent: Int32Array;
  columns: Record<Column, Uint8Array | Uint16Array>;
  /** Label of each row, null where it has none. */
  label: (string | null)[];
  /** Rows that have a label, greatest radius first. */
  labelled: number[];
}

export interface TileAddress {
  level: number;
  x: number;
  y: number;
  rows: number;
}

export interface TileSource {
  levels: number;
  tiles: TileAddress[];
  load(address: TileAddress, signal: AbortSignal): Promise<TileRows>;
}

export interface Tile extends TileAddress {
  key: string;
  data: TileRows;
  /** Left and top edge and width on the map, float64. */
  left: number;
  top: number;
  span: number;
  /** Made by the painter: colour, flags and share of the radius, by row; repainted when `painted` is not the style's version. */
  colour: Uint32Array;
  flags: Uint8Array;
  share: Uint8Array;
  /** Premultiplied, as drawn: inside and stroke. */
  fill: Uint32Array;
  stroke: Uint32Array;
  painted: number;
  used: number;
}

export const MAX_CIRCLES = 250_000;
const CONCURRENT = 6;
/** Circles reach over the edge of the tile that their centre lies in. */
const MARGIN = 0.06;

export function tileKey(level: number, x: number, y: number): string {
  return `${level}/${x}/${y}`;
}

/** A tile that nobody has painted yet. */
export function unpainted(address: TileAddress, data: TileRows, used: number): Tile {
  const span = 2 ** -address.level;
  return {
    ...address,
    key: tileKey(address.level, address.x, address.y),
    data,
    left: address.x * span,
    top: address.y * span,
    span,
    colour: new Uint32Array(data.count),
    flags: new Uint8Array(data.count),
    share: new Uint8Array(data.count).fill(255),
    fill: new Uint32Array(data.count),
    stroke: new Uint32Array(data.count),
    painted: -1,
    used,
  };
}

/** Return the deepest level worth loading: one further only when its circles are a good half pixel wide. */
export function detailLevel(scale: number, levels: number): number {
  const zoom = zoomOf(scale);
  return Math.max(0, Math.min(levels - 1, Math.floor(zoom < 1.2 ? zoom : zoom + 0.25)));
}

/** Return the tiles that a view needs, coarse before fine, near before far, at most `MAX_CIRCLES` circles. */
export function neededTiles(
  index: ReadonlyMap<string, TileAddress>,
  camera: Camera,
  size: Size,
  levels: number,
): TileAddress[] {
  const deepest = detailLevel(camera.scale, levels);
  const halfW = size.width / 2 / camera.scale;
  const halfH = size.height / 2 / camera.scale;
  const found: { tile: TileAddress; far: number }[] = [];
  for (let level = 0; level <= deepest; level++) {
    const n = 2 ** level;
    const low = (value: number) => Math.max(0, Math.floor(value * n - MARGIN));
    const high = (value: number) => Math.min(n - 1, Math.floor(value * n + MARGIN));
    for (let y = low(camera.y - halfH); y <= high(camera.y + halfH); y++) {
      for (let x = low(camera.x - halfW); x <= high(camera.x + halfW); x++) {
        const tile = index.get(tileKey(level, x, y));
        if (!tile) continue;
        const far = Math.hypot((x + 0.5) / n - camera.x, (y + 0.5) / n - camera.y);
        found.push({ tile, far });
      }
    }
  }
  found.sort((a, b) => a.tile.level - b.tile.level || a.far - b.far);
  return withinBudget(found.map(({ tile }) => tile));
}

/** Return the first tiles, each once, that have at most `MAX_CIRCLES` circles together. */
export function withinBudget(tiles: readonly TileAddress[]): TileAddress[] {
  const kept = new Set<TileAddress>();
  let circles = 0;
  for (const tile of tiles) {
    if (kept.has(tile)) continue;
    circles += tile.rows;
    if (circles > MAX_CIRCLES) break;
    kept.add(tile);
  }
  return [...kept];
}

/** Tiles in memory: loads what a view needs, forgets what was used longest ago beyond `MAX_CIRCLES`. */
export class TilePool {
  readonly loaded = new Map<string, Tile>();
  readonly index: ReadonlyMap<string, TileAddress>;
  private readonly pending = new Map<string, AbortController>();
  private readonly failed = new Map<string, number>();
  private queue: TileAddress[] = [];
  private clock = 0;

  constructor(
    readonly source: TileSource,
    private readonly onLoad: () => void,
  ) {
    this.index = new Map(source.tiles.map((tile) => [tileKey(tile.level, tile.x, tile.y), tile]));
  }

  get busy(): boolean {
    return this.pending.size > 0 || this.queue.length > 0;
  }

  get circles(): number {
    let total = 0;
    for (const tile of this.loaded.values()) total += tile.data.count;
    for (const key of this.pending.keys()) total += this.index.get(key)?.rows ?? 0;
    return total;
  }

  /** Ask for the tiles of a view; return those of them that are here, coarse before fine. */
  want(needed: TileAddress[]): void {
    const keys = new Set(needed.map((tile) => tileKey(tile.level, tile.x, tile.y)));
    this.clock++;
    for (const [key, controller] of this.pending) if (!keys.has(key)) controller.abort();
    for (const key of keys) {
      const tile = this.loaded.get(key);
      if (tile) tile.used = this.clock;
    }
    this.queue = needed.filter((tile) => {
      const key = tileKey(tile.level, tile.x, tile.y);
      return !this.loaded.has(key) && !this.pending.has(key) && (this.failed.get(key) ?? 0) < 3;
    });
    this.pump();
  }

  /** Return what is here of a view's tiles, coarse before fine. */
  present(needed: TileAddress[]): Tile[] {
    const tiles: Tile[] = [];
    for (const { level, x, y } of needed) {
      const tile = this.loaded.get(tileKey(level, x, y));
      if (tile) tiles.push(tile);
    }
    return tiles;
  }

  private pump(): void {
    while (this.pending.size < CONCURRENT) {
      const next = this.queue.shift();
      if (!next) return;
      void this.load(next);
    }
  }

  private async load(address: TileAddress): Promise<void> {
    const key = tileKey(address.level, address.x, address.y);
    const controller = new AbortController();
    this.pending.set(key, controller);
    this.makeRoom(address.rows);
    try {
      const data = await this.source.load(address, controller.signal);
      if (!controller.signal.aborted) this.loaded.set(key, unpainted(address, data, this.clock));
    } catch {
      if (!controller.signal.aborted) this.failed.set(key, (this.failed.get(key) ?? 0) + 1);
    } finally {
      this.pending.delete(key);
      this.pump();
      this.onLoad();
    }
  }

  private makeRoom(rows: number): void {
    let total = this.circles + rows;
    if (total <= MAX_CIRCLES) return;
    const old = [...this.loaded.values()].filter((tile) => tile.used < this.clock);
    old.sort((a, b) => a.used - b.used || b.level - a.level);
    for (const tile of old) {
      if (total <= MAX_CIRCLES) return;
      this.loaded.delete(tile.key);
      total -= tile.data.count;
    }
  }
}

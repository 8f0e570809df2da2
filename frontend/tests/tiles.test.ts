import { describe, expect, it } from "vitest";
import { fitted, scaleOf } from "../src/engine/camera";
import {
  detailLevel,
  MAX_CIRCLES,
  neededTiles,
  type TileAddress,
  TilePool,
  type TileSource,
  tileKey,
} from "../src/engine/tiles";
import { rowsOf } from "./rows";

const size = { width: 1440, height: 850 };

function pyramid(levels: number, rows: number): TileAddress[] {
  const tiles: TileAddress[] = [];
  for (let level = 0; level < levels; level++) {
    for (let x = 0; x < 2 ** level; x++) for (let y = 0; y < 2 ** level; y++) tiles.push({ level, x, y, rows });
  }
  return tiles;
}
const indexOf = (tiles: TileAddress[]) => new Map(tiles.map((tile) => [tileKey(tile.level, tile.x, tile.y), tile]));

function sourceOf(tiles: TileAddress[], circles = 4): TileSource & { asked: string[] } {
  const asked: string[] = [];
  // All tiles hold the same circles: to make them anew would only take time.
  const rows = rowsOf(Array.from({ length: circles }, (_, id) => ({ id, x: 0.5, y: 0.5, r: 0.01 })));
  return {
    levels: Math.max(...tiles.map((tile) => tile.level)) + 1,
    tiles,
    asked,
    load: async (tile) => {
      asked.push(tileKey(tile.level, tile.x, tile.y));
      return rows;
    },
  };
}

describe("neededTiles", () => {
  it("opens with the root alone, on a laptop as on a phone", () => {
    for (const view of [size, { width: 390, height: 700 }, { width: 1920, height: 1000 }]) {
      const needed = neededTiles(indexOf(pyramid(6, 8192)), fitted(view), view, 6);
      expect(needed.map((tile) => tile.level)).toEqual([0]);
    }
  });

  it("asks for every level down to the one that the zoom shows, coarse first", () => {
    const needed = neededTiles(indexOf(pyramid(7, 100)), { x: 0.51, y: 0.49, scale: scaleOf(4.1) }, size, 7);
    const levels = needed.map((tile) => tile.level);
    expect(levels).toEqual([...levels].sort((a, b) => a - b));
    expect(new Set(levels)).toEqual(new Set([0, 1, 2, 3, 4]));
    for (const tile of needed.filter((item) => item.level === 4)) {
      expect(Math.abs((tile.x + 0.5) / 16 - 0.51)).toBeLessThan(0.5 * (size.width / scaleOf(4.1)) + 1 / 16);
    }
  });

  it("never asks for more circles than may be in flight", () => {
    const needed = neededTiles(
      indexOf(pyramid(7, 8192)),
      { x: 0.5, y: 0.5, scale: scaleOf(5.9) },
      { width: 5000, height: 3000 },
      7,
    );
    expect(needed.reduce((sum, tile) => sum + tile.rows, 0)).toBeLessThanOrEqual(MAX_CIRCLES);
  });

  it("asks only for tiles that there are", () => {
    const needed = neededTiles(indexOf([{ level: 0, x: 0, y: 0, rows: 5 }]), { x: 0.5, y: 0.5, scale: scaleOf(6) }, size, 7);
    expect(needed).toHaveLength(1);
  });

  it("does not go below the deepest level", () => {
    expect(detailLevel(scaleOf(20), 5)).toBe(4);
    expect(detailLevel(100, 5)).toBe(0);
  });
});

describe("TilePool", () => {
  const wait = () => new Promise((resolve) => setTimeout(resolve, 5));

  it("loads each tile once", async () => {
    const source = sourceOf(pyramid(2, 4));
    const pool = new TilePool(source, () => undefined);
    pool.want(source.tiles);
    pool.want(source.tiles);
    await wait();
    expect(source.asked.sort()).toEqual(["0/0/0", "1/0/0", "1/0/1", "1/1/0", "1/1/1"]);
    expect(pool.present(source.tiles)).toHaveLength(5);
    expect(pool.busy).toBe(false);
  });

  it("forgets what was used longest ago, and never what is in view", async () => {
    const tiles = pyramid(3, 60_000);
    const pool = new TilePool(sourceOf(tiles, 60_000), () => undefined);
    const root = tiles[0] as TileAddress;
    for (const tile of tiles.slice(1, 8)) {
      pool.want([root, tile]);
      await wait();
      expect(pool.circles).toBeLessThanOrEqual(MAX_CIRCLES);
    }
    expect(pool.loaded.has("0/0/0")).toBe(true);
  });

  it("gives up on a tile that cannot be had", async () => {
    let asked = 0;
    const source: TileSource = {
      levels: 1,
      tiles: [{ level: 0, x: 0, y: 0, rows: 1 }],
      load: async () => {
        asked++;
        throw new Error("gone");
      },
    };
    const pool = new TilePool(source, () => undefined);
    for (let i = 0; i < 6; i++) {
      pool.want(source.tiles);
      await wait();
    }
    expect(asked).toBe(3);
  });
});

import { describe, expect, it } from "vitest";
import { scaleOf } from "../src/engine/camera";
import { over, premultiplied } from "../src/engine/ink";
import { Mesh } from "../src/engine/mesh";
import { Pace } from "../src/engine/pace";
import { pick, Scene } from "../src/engine/scene";
import { Splat } from "../src/engine/splat";
import { HIDDEN, type Painter } from "../src/engine/style";
import { tileOf } from "./rows";

const size = { width: 800, height: 600 };
const plain: Painter = {
  version: 1,
  paint: (rows, colour, flags, share) => {
    colour.fill(0xff808080, 0, rows.count);
    flags.fill(0);
    share.fill(255);
  },
};

function built(tiles: ReturnType<typeof tileOf>[], camera: { x: number; y: number; scale: number }, month = 65534): Scene {
  const scene = new Scene();
  scene.begin(camera, size, 1, 1024);
  scene.addTiles(tiles, camera, plain, month, [255, 255, 255]);
  return scene;
}

describe("pick", () => {
  const nested = tileOf({ level: 1, x: 1, y: 0 }, [
    { id: 1, x: 0.5, y: 0.5, r: 0.4 },
    { id: 2, x: 0.55, y: 0.5, r: 0.2 },
    { id: 3, x: 0.56, y: 0.5, r: 0.05, columns: { month: 50 } },
  ]);

  it("finds the smallest circle under a point", () => {
    expect(pick([nested], 0.5 + 0.56 / 2, 0.25, 0, 99)?.id).toBe(3);
    expect(pick([nested], 0.5 + 0.4 / 2, 0.25, 0, 99)?.id).toBe(2);
    expect(pick([nested], 0.5 + 0.15 / 2, 0.25, 0, 99)?.id).toBe(1);
    expect(pick([nested], 0.2, 0.25, 0, 99)).toBeNull();
  });

  it("agrees with looking at every circle of every tile", () => {
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const tiles = [0, 1, 2, 3].map((k) =>
      tileOf(
        { level: 1, x: k & 1, y: k >> 1 },
        Array.from({ length: 200 }, (_, i) => ({ id: k * 1000 + i, x: random(), y: random(), r: 0.001 + 0.2 * random() ** 3 })),
      ),
    );
    for (let i = 0; i < 300; i++) {
      const [x, y] = [random(), random()];
      let best: { id: number; r: number } | null = null;
      for (const tile of tiles) {
        for (let row = 0; row < tile.data.count; row++) {
          const at = (values: Float32Array) => values[row] as number;
          const r = at(tile.data.r) * tile.span;
          const far = Math.hypot(tile.left + at(tile.data.x) * tile.span - x, tile.top + at(tile.data.y) * tile.span - y);
          if (far <= r && (!best || r < best.r)) best = { id: tile.data.id[row] as number, r };
        }
      }
      expect(pick(tiles, x, y, 0, 65534)?.id ?? null).toBe(best?.id ?? null);
    }
  });

  it("does not find what a filter hides or what was not born yet", () => {
    expect(pick([nested], 0.5 + 0.56 / 2, 0.25, 0, 49)?.id).toBe(2);
    nested.flags[2] = HIDDEN;
    expect(pick([nested], 0.5 + 0.56 / 2, 0.25, 0, 99)?.id).toBe(2);
    nested.flags[2] = 0;
  });

  it("reaches a little beyond small circles", () => {
    const dot = tileOf({ level: 0, x: 0, y: 0 }, [{ id: 9, x: 0.5, y: 0.5, r: 1e-5 }]);
    expect(pick([dot], 0.503, 0.5, 0.004, 99)?.id).toBe(9);
    expect(pick([dot], 0.505, 0.5, 0.004, 99)).toBeNull();
  });
});

describe("Scene", () => {
  it("stays exact to a fraction of a pixel at the deepest zoom", () => {
    const level = 20;
    const column = 2 ** 19 + 12345;
    const tile = tileOf({ level, x: column, y: column }, [
      { id: 1, x: 0.25, y: 0.25, r: 0.02 },
      { id: 2, x: 0.5, y: 0.25, r: 0.02 },
    ]);
    const camera = { x: (column + 0.25) / 2 ** level, y: (column + 0.25) / 2 ** level, scale: scaleOf(level) };
    const { discs, points } = built([tile], camera);
    const made = discs.count ? discs : points;
    expect(made.count).toBe(2);
    expect(made.floats[0]).toBeCloseTo(400, 3);
    expect(made.floats[5]).toBeCloseTo(400 + 512 * 0.25, 3);
  });

  it("leaves out what is off the screen, too small, hidden or unborn", () => {
    const tile = tileOf({ level: 0, x: 0, y: 0 }, [
      { id: 1, x: 0.5, y: 0.5, r: 0.01, columns: { month: 10 } },
      { id: 2, x: 0.5, y: 0.52, r: 0.01, columns: { month: 30 } },
      { id: 3, x: 0.9, y: 0.9, r: 0.01 },
      { id: 4, x: 0.51, y: 0.5, r: 1e-7 },
      { id: 5, x: 0.49, y: 0.5, r: 0.01, columns: { month: 65535 } },
    ]);
    expect(built([tile], { x: 0.5, y: 0.5, scale: 4000 }, 20).drawn).toBe(2);
    expect(built([tile], { x: 0.5, y: 0.5, scale: 4000 }).drawn).toBe(3);
  });

  it("draws nothing for a circle that holds the whole view, and says that we are inside", () => {
    const tile = tileOf({ level: 0, x: 0, y: 0 }, [{ id: 7, x: 0.5, y: 0.5, r: 0.3 }]);
    const scene = built([tile], { x: 0.5, y: 0.5, scale: 1e6 });
    expect(scene.mesh.indices).toBe(0);
    expect(scene.around.map((hit) => hit.id)).toEqual([7]);
  });
});

describe("Mesh", () => {
  it("draws of a huge circle only what comes near the view, on its edge", () => {
    const mesh = new Mesh();
    mesh.circle(400 - 1e7, 300, 1e7, 0xff0000ff, 0xff00ff00, 1, false, 800, 600);
    expect(mesh.vertices).toBeLessThan(2000);
    let nearest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < mesh.vertices; i++) {
      nearest = Math.min(nearest, Math.hypot((mesh.floats[3 * i] as number) - 400, (mesh.floats[3 * i + 1] as number) - 300));
    }
    expect(nearest).toBeLessThan(30);
  });

  it("points only at vertices that there are", () => {
    const mesh = new Mesh();
    for (let r = 60; r < 3000; r *= 1.5) mesh.circle(100, 100, r, 1, 2, 1, r > 500, 800, 600);
    expect(Math.max(...mesh.index.subarray(0, mesh.indices))).toBeLessThan(mesh.vertices);
  });
});

describe("Splat", () => {
  it("draws a soft circle where it lies, and over what is there", () => {
    const splat = new Splat();
    splat.begin(10, 10);
    splat.add(5.5, 5.5, 2, premultiplied(255, 0, 0, 1));
    expect(splat.pixels[5 * 10 + 5]).toBe(0xff0000ff);
    expect(splat.pixels[0]).toBe(0);
    splat.add(5.5, 5.5, 1, premultiplied(0, 0, 255, 0.5));
    expect(splat.pixels[5 * 10 + 5]).toBe(0xff80007f);
    splat.begin(10, 10);
    expect(splat.pixels.every((pixel) => pixel === 0)).toBe(true);
  });

  it("covers as much as the circle's area", () => {
    for (const r of [1, 1.7, 3]) {
      const splat = new Splat();
      splat.begin(20, 20);
      splat.add(9.3, 10.6, r, 0xffffffff);
      const covered = splat.pixels.reduce((sum, pixel) => sum + (pixel >>> 24) / 255, 0);
      expect(covered / (Math.PI * r * r)).toBeCloseTo(1, 0);
    }
  });

  it("stays within the image", () => {
    const splat = new Splat();
    splat.begin(4, 4);
    for (const [x, y] of [
      [-1, -1],
      [4.5, 4.5],
      [0, 3.9],
      [100, 100],
    ] as const)
      splat.add(x, y, 3, 0xffffffff);
    expect(splat.pixels).toHaveLength(16);
  });
});

describe("ink", () => {
  it("premultiplies and composes", () => {
    expect(premultiplied(255, 128, 0, 1)).toBe(0xff0080ff);
    expect(premultiplied(255, 128, 0, 0)).toBe(0);
    expect(over(premultiplied(10, 20, 30, 1), 0xffffffff)).toBe(premultiplied(10, 20, 30, 1));
    expect(over(0, 0x80402010)).toBe(0x80402010);
  });
});

describe("Pace", () => {
  it("grows coarse where frames are slow, and fine again where they are fast", () => {
    const pace = new Pace(false);
    let now = 0;
    const frames = (count: number, ms: number) => {
      for (let i = 0; i < count; i++) pace.note((now += ms));
    };
    frames(30, 16);
    expect(pace.share).toBe(1);
    frames(10, 120);
    expect(pace.share).toBe(0.5);
    frames(60, 12);
    expect(pace.share).toBe(1);
  });
});

import { describe, expect, it, vi } from "vitest";
import type { Application, ApplicationUse } from "../src/data/types";
import { Mesh } from "../src/engine/mesh";
import { Shore } from "../src/engine/shore";

vi.mock("../src/state/view", () => ({ language: { value: "en" } }));
vi.mock("../src/state/atlas", () => ({}));
vi.mock("../src/state/palette", () => ({}));

const { drawnUses, linesOf } = await import("../src/state/applications");
const size = { width: 800, height: 600 };
const camera = { x: 0.5, y: 0.5, scale: 500 };
const theme = { land: [255, 255, 255], mark: [120, 30, 160], accent: [180, 40, 30] } as never;

function use(node: number | null, change: Partial<ApplicationUse> = {}): ApplicationUse {
  const here = node === null ? { x: null, y: null, r: null } : { x: 0.1 * node, y: 0.2, r: 0.01 };
  const told = { revision: null, basis: "stated", confidence: 0.9, is_sure: true, place: "a.py:1" };
  return { ref: `model:o/m${node}`, node, state: node === null ? "unknown" : "present", ...told, ...here, ...change };
}

function app(name: string, uses: ApplicationUse[]): Application {
  return { name, seen_at: "2024-07-11T12:00:00", x: -0.018, y: 0.4, r: 0.012, total: uses.length, uses };
}

describe("lines of applications", () => {
  const items = [app("one", [use(1)]), app("many", [use(2), use(3), use(null), use(4, { is_sure: false })]), app("none", [])];

  it("lead to what is on the map and sure", () => {
    expect(drawnUses(items[1] as Application).map(({ node }) => node)).toEqual([2, 3]);
    expect(linesOf(items, null, null, 0xff112233)).toHaveLength(3);
    expect(linesOf(items, "none", null, 0xff112233)).toEqual([]);
  });

  it("are those of the one that is chosen, or of what is lit", () => {
    const lines = linesOf(items, "many", null, 0xff112233);
    expect(lines.map(({ x1 }) => x1)).toEqual([0.2, 0.30000000000000004]);
    expect(lines.every(({ colour }) => colour >>> 24 === 220 && (colour & 0xffffff) === 0x112233)).toBe(true);
    const lit = new Uint8Array(5);
    lit[1] = 1;
    expect(linesOf(items, null, lit, 0xff112233).map(({ x1 }) => x1)).toEqual([0.1]);
  });

  it("are not drawn of all together where they are many", () => {
    const wide = app(
      "wide",
      Array.from({ length: 200 }, (_, i) => use(i % 5)),
    );
    expect(linesOf([wide, ...items], null, null, 0)).toEqual([]);
    expect(linesOf([wide, ...items], "wide", null, 0)).toHaveLength(200);
  });
});

describe("the shore", () => {
  it("picks the nearest mark, however far one looks", () => {
    const shore = new Shore();
    shore.berths = [app("a", []), { ...app("b", []), y: 0.42 }];
    const at = (y: number) => [(-0.018 - 0.5) * 500 + 400, (y - 0.5) * 500 + 300] as const;
    expect(shore.pick(...at(0.4), camera, size, 0)).toBe("a");
    expect(shore.pick(...at(0.418), camera, size, 0)).toBe("b");
    expect(shore.pick(...at(0.6), camera, size, 4)).toBeNull();
    expect(shore.pick(400, 300, { ...camera, scale: 160 }, size, 4)).toBeNull();
  });

  it("draws nothing where there is nothing, and names what is in view", () => {
    const [shore, mesh] = [new Shore(), new Mesh()];
    shore.draw(mesh, camera, size, 1, theme);
    expect([mesh.indices, shore.names]).toEqual([0, []]);
    shore.berths = [app("a", []), { ...app("far", []), x: 9 }];
    shore.draw(mesh, camera, size, 1, theme);
    expect(mesh.indices).toBe(2 * 4 * 9);
    expect(shore.names.map(({ text }) => text)).toEqual(["a"]);
  });
});

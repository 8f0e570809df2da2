import { describe, expect, it } from "vitest";
import { fitted, flight, scaleOf, toMap, toScreen, zoomAt, zoomOf } from "../src/engine/camera";

const size = { width: 1200, height: 800 };

describe("camera", () => {
  it("takes a place to the screen and back, at every zoom", () => {
    for (const zoom of [0, 3, 9, 17, 25]) {
      const camera = { x: 0.3712345678901, y: 0.82345678901, scale: scaleOf(zoom) };
      const [px, py] = toScreen(camera, size, 0.3712345678901 + 3 / camera.scale, 0.82345678901);
      expect(px).toBeCloseTo(603, 3);
      expect(toMap(camera, size, px, py)[0] - camera.x).toBeCloseTo(3 / camera.scale, 12);
    }
  });

  it("zooms to the cursor: what is under it stays", () => {
    const camera = { x: 0.4, y: 0.6, scale: 5000 };
    const before = toMap(camera, size, 200, 700);
    const after = toMap(zoomAt(camera, size, 200, 700, 3.7), size, 200, 700);
    expect(after[0]).toBeCloseTo(before[0], 12);
    expect(after[1]).toBeCloseTo(before[1], 12);
  });

  it("fits a circle", () => {
    const camera = fitted(size, 0.2, 0.3, 0.01, 0.5);
    expect(camera.scale * 0.02).toBeCloseTo(400);
    expect(zoomOf(scaleOf(4.25))).toBeCloseTo(4.25);
  });

  it("flies from where it is to exactly where it goes", () => {
    const from = fitted(size);
    const to = fitted(size, 0.7, 0.1, 1e-6);
    const path = flight(from, to, size);
    expect(path(0).scale).toBeCloseTo(from.scale, 6);
    expect(path(0).x).toBeCloseTo(from.x, 9);
    expect(path(1)).toBe(to);
    expect(path(0.9999).x).toBeCloseTo(to.x, 3);
  });

  it("zooms in place where there is no way to go", () => {
    const path = flight({ x: 0.5, y: 0.5, scale: 100 }, { x: 0.5, y: 0.5, scale: 10000 }, size);
    expect(path(0.5).scale).toBeCloseTo(1000);
  });
});

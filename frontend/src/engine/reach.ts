import type { Camera, Size } from "./camera";
import type { Circles } from "./scene";

/** Everything reached from a node, as places of the map. */
export interface Reach {
  count: number;
  node: Uint32Array;
  depth: Uint16Array;
  x: Float32Array;
  y: Float32Array;
  r: Float32Array;
}

/** Circles of a reach below this radius in pixels are too small for the tiles of a view, and are drawn from here. */
const TINY_PX = 1.4;
const MOST = 30_000;

/** Add the reached nodes that tiles do not show at this zoom, as dots; of very many, an even share. */
export function addTiny(
  into: Circles,
  reach: Reach,
  camera: Camera,
  size: Size,
  dpr: number,
  colour: (depth: number) => number,
): void {
  const scale = camera.scale * dpr;
  const midX = (size.width * dpr) / 2;
  const midY = (size.height * dpr) / 2;
  const step = Math.max(1, Math.ceil(reach.count / MOST));
  const limit = (TINY_PX * dpr) / scale;
  for (let i = 0; i < reach.count; i += step) {
    if ((reach.r[i] as number) > limit) continue;
    const px = ((reach.x[i] as number) - camera.x) * scale + midX;
    const py = ((reach.y[i] as number) - camera.y) * scale + midY;
    if (px < 0 || py < 0 || px > midX * 2 || py > midY * 2) continue;
    const ink = colour(reach.depth[i] as number);
    into.push(px, py, 1.1 * dpr, ink, ink);
  }
}

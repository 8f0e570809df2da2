/** Where one looks: a centre in the unit square and how many pixels one unit is wide. Everything is float64. */
export interface Camera {
  x: number;
  y: number;
  /** CSS pixels per unit of the map. */
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

/** The width at which a tile is meant to be drawn, in CSS pixels. */
export const TILE_PX = 512;
const MIN_SCALE = 160;
const MAX_SCALE = TILE_PX * 2 ** 26;

export function zoomOf(scale: number): number {
  return Math.log2(scale / TILE_PX);
}

export function scaleOf(zoom: number): number {
  return TILE_PX * 2 ** zoom;
}

export function clampCamera(camera: Camera): Camera {
  const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, camera.scale));
  const clamp = (value: number) => Math.min(1.25, Math.max(-0.25, value));
  return { x: clamp(camera.x), y: clamp(camera.y), scale };
}

/** Return the camera that shows a circle, or the whole map, with room around it. */
export function fitted(size: Size, x = 0.5, y = 0.5, r = 0.5, share = 0.94): Camera {
  const room = Math.max(120, Math.min(size.width, size.height)) * share;
  return clampCamera({ x, y, scale: room / (2 * r) });
}

export function toScreen(camera: Camera, size: Size, x: number, y: number): [number, number] {
  return [(x - camera.x) * camera.scale + size.width / 2, (y - camera.y) * camera.scale + size.height / 2];
}

export function toMap(camera: Camera, size: Size, px: number, py: number): [number, number] {
  return [camera.x + (px - size.width / 2) / camera.scale, camera.y + (py - size.height / 2) / camera.scale];
}

/** Zoom by a factor, keeping what is under (px, py) where it is. */
export function zoomAt(camera: Camera, size: Size, px: number, py: number, factor: number): Camera {
  const [x, y] = toMap(camera, size, px, py);
  const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, camera.scale * factor));
  return clampCamera({
    x: x - (px - size.width / 2) / scale,
    y: y - (py - size.height / 2) / scale,
    scale,
  });
}

export function panBy(camera: Camera, dx: number, dy: number): Camera {
  return clampCamera({ x: camera.x - dx / camera.scale, y: camera.y - dy / camera.scale, scale: camera.scale });
}

/**
 * Return the path from one camera to another, as a function of t in [0, 1].
 *
 * Source: van Wijk and Nuij 2003, "Smooth and efficient zooming and panning", with rho 1.4.
 */
export function flight(from: Camera, to: Camera, size: Size): (t: number) => Camera {
  const rho = 1.4;
  const span = Math.min(size.width, size.height);
  const w0 = span / from.scale;
  const w1 = span / to.scale;
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const d2 = dx * dx + dy * dy;
  if (d2 < 1e-24) {
    return (t) => (t >= 1 ? to : { x: to.x, y: to.y, scale: from.scale * (to.scale / from.scale) ** t });
  }
  const d1 = Math.sqrt(d2);
  const rho2 = rho * rho;
  const b0 = (w1 * w1 - w0 * w0 + rho2 * rho2 * d2) / (2 * w0 * rho2 * d1);
  const b1 = (w1 * w1 - w0 * w0 - rho2 * rho2 * d2) / (2 * w1 * rho2 * d1);
  const r0 = Math.log(Math.sqrt(b0 * b0 + 1) - b0);
  const r1 = Math.log(Math.sqrt(b1 * b1 + 1) - b1);
  const length = (r1 - r0) / rho;
  const coshr0 = Math.cosh(r0);
  return (t) => {
    if (t >= 1 || !Number.isFinite(length)) return to;
    const s = t * length;
    const u = (w0 / (rho2 * d1)) * (coshr0 * Math.tanh(rho * s + r0) - Math.sinh(r0));
    const w = (w0 * coshr0) / Math.cosh(rho * s + r0);
    return { x: from.x + u * dx, y: from.y + u * dy, scale: span / w };
  };
}

/** How far along a flight is, of the share of its time; slow at both ends. */
export function ease(t: number): number {
  return t < 0.5 ? 2 * t * t : 1 - (2 - 2 * t) ** 2 / 2;
}

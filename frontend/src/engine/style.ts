import type { TileRows } from "./tiles";

/** What the painter says of a row, beside its colour. */
export const HIDDEN = 1;
/** Undocumented or not there: the stroke is dashed. */
export const DASHED = 2;
/** Not part of what is lit. */
export const DIM = 4;
export const LIT = 8;
/** Nothing descends from it: drawn full. */
export const LEAF = 16;
/** A root with descendants: an island, opaque against the sea. */
export const ISLAND = 32;
/** Decides how rows look; the engine asks again whenever `version` changes. */
export interface Painter {
  version: number;
  /** Fill, by row: colour as 0xAABBGGRR, flags, and the share of the radius to draw, 0 to 255. */
  paint(rows: TileRows, colour: Uint32Array, flags: Uint8Array, share: Uint8Array): void;
}

export type Rgb = readonly [number, number, number];

/** Colours of what is not a circle. */
export interface Theme {
  sea: Rgb;
  shallow: Rgb;
  hatch: Rgb;
  land: Rgb;
  ink: string;
  halo: string;
  landName: string;
  accent: Rgb;
  /** Of what stands outside of families. */
  mark: Rgb;
}

export function pack(rgb: Rgb, alpha = 255): number {
  return ((alpha << 24) | (rgb[2] << 16) | (rgb[1] << 8) | rgb[0]) >>> 0;
}

export function hex(text: string): Rgb {
  const value = Number.parseInt(text.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

import { DASHED, DIM, HIDDEN, hex, ISLAND, LEAF, LIT, type Painter, pack } from "../engine/style";
import type { TileRows } from "../engine/tiles";
import type { Facet } from "./facets";
import { type Shade, tint } from "./palette";
import type { SizeBy } from "./url";

export interface Look {
  facet: Facet;
  /** Facets that hide something, with the keys that they hide. */
  filters: { facet: Facet; hidden: ReadonlySet<string> }[];
  shade: Shade;
  size: SizeBy;
  /** By node number, 1 where lit; null when nothing is singled out. */
  lit: Uint8Array | null;
  present: number;
}

let versions = 0;

/** Return a painter: colour by facet, opacity by confidence, dashes where nothing is documented. */
export function makePainter(look: Look): Painter {
  const colours = look.facet.classes.map((item) => pack(hex(tint(item.tint, look.shade)), 0));
  const filters = look.filters.map(({ facet, hidden }) => ({
    facet,
    hides: Uint8Array.from(facet.classes, (item) => (hidden.has(item.key) ? 1 : 0)),
  }));
  return {
    version: ++versions,
    paint(rows, colour, flags, share) {
      for (let row = 0; row < rows.count; row++) {
        const rgb = colours[look.facet.classOf(rows, row)] ?? 0;
        colour[row] = (rgb | (opacity(rows, row) << 24)) >>> 0;
        flags[row] = flagsOf(rows, row, look);
        share[row] = shareOf(rows, row, look.size);
        for (const { facet, hides } of filters) {
          if (hides[facet.classOf(rows, row)]) flags[row] = (flags[row] as number) | HIDDEN;
        }
      }
    },
  };
}

function opacity(rows: TileRows, row: number): number {
  if ((rows.parent[row] as number) < 0) return (rows.columns.descendants[row] as number) > 0 ? 255 : 165;
  return Math.round(95 + (160 * (rows.columns.confidence[row] as number)) / 255);
}

function flagsOf(rows: TileRows, row: number, look: Look): number {
  const leaf = (rows.columns.descendants[row] as number) === 0;
  const dashed = rows.columns.documented[row] === 0 || rows.columns.state[row] !== look.present;
  let flags = (leaf ? LEAF : 0) | (dashed ? DASHED : 0);
  if (!leaf && (rows.parent[row] as number) < 0) flags |= ISLAND;
  if (look.lit) flags |= look.lit[rows.id[row] as number] ? LIT : DIM;
  return flags;
}

/** A leaf may be drawn smaller than its place, by what one chooses; what holds others keeps its place. */
function shareOf(rows: TileRows, row: number, size: SizeBy): number {
  if (size === "count" || (rows.columns.descendants[row] as number) > 0) return 255;
  const value = rows.columns[size][row] as number;
  const part = size === "documented" ? value / 6 : value === 255 ? 0 : Math.min(1, value / 60);
  return Math.round(70 + 185 * part);
}

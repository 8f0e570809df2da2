import { COLUMNS, type Column, type Tile, type TileAddress, type TileRows, unpainted } from "../src/engine/tiles";

export interface Circle {
  id: number;
  x: number;
  y: number;
  r: number;
  parent?: number;
  label?: string;
  columns?: Partial<Record<Column, number>>;
}

/** Rows of a tile from circles; what is not said is 0. */
export function rowsOf(circles: Circle[]): TileRows {
  const sorted = [...circles].sort((a, b) => b.r - a.r);
  const columns = {} as Record<Column, Uint8Array | Uint16Array>;
  for (const name of COLUMNS) {
    const values = sorted.map((circle) => circle.columns?.[name] ?? 0);
    columns[name] = name === "month" ? Uint16Array.from(values) : Uint8Array.from(values);
  }
  const label = sorted.map((circle) => circle.label ?? null);
  return {
    count: sorted.length,
    id: Uint32Array.from(sorted, (circle) => circle.id),
    x: Float32Array.from(sorted, (circle) => circle.x),
    y: Float32Array.from(sorted, (circle) => circle.y),
    r: Float32Array.from(sorted, (circle) => circle.r),
    parent: Int32Array.from(sorted, (circle) => circle.parent ?? -1),
    columns,
    label,
    labelled: label.flatMap((text, row) => (text ? [row] : [])),
  };
}

export function tileOf(address: Omit<TileAddress, "rows">, circles: Circle[]): Tile {
  return unpainted({ ...address, rows: circles.length }, rowsOf(circles), 0);
}

import { COLUMNS, type Column, type Tile, type TileAddress, type TileRows } from "../src/engine/tiles";

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
  const data = rowsOf(circles);
  const span = 2 ** -address.level;
  return {
    ...address,
    rows: data.count,
    key: `${address.level}/${address.x}/${address.y}`,
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
    used: 0,
  };
}

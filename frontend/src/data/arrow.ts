import { tableFromIPC } from "@uwdata/flechette";
import { COLUMNS, type Column, type TileRows } from "../engine/tiles";
import type { ReachAnswer } from "./reach";

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array;

/** Read a tile; rows come out greatest radius first, so that parents stand before what they hold. */
export function readTile(bytes: Uint8Array): TileRows {
  const table = tableFromIPC(bytes);
  const numbers = (name: string) => table.getChild(name).toArray() as Numbers;
  const count = table.numRows;
  const radius = numbers("r") as Float32Array;
  const order = Uint32Array.from({ length: count }, (_, row) => row).sort(
    (a, b) => (radius[b] as number) - (radius[a] as number) || a - b,
  );
  const names = table.getChild("label");
  const label = Array.from(order, (row) => names.at(row) as string | null);
  const columns = {} as Record<Column, Uint8Array | Uint16Array>;
  for (const name of COLUMNS) columns[name] = inOrder(numbers(name) as Uint8Array | Uint16Array, order);
  return {
    count,
    id: inOrder(numbers("id") as Uint32Array, order),
    x: inOrder(numbers("x") as Float32Array, order),
    y: inOrder(numbers("y") as Float32Array, order),
    r: inOrder(radius, order),
    parent: inOrder(numbers("parent") as Int32Array, order),
    columns,
    label,
    labelled: label.flatMap((text, row) => (text ? [row] : [])),
  };
}

export function readReach(bytes: Uint8Array): ReachAnswer {
  const table = tableFromIPC(bytes);
  const numbers = (name: string) => table.getChild(name).toArray() as Numbers;
  return {
    count: table.numRows,
    node: numbers("node") as Uint32Array,
    depth: numbers("depth") as Uint16Array,
    x: numbers("x") as Float32Array,
    y: numbers("y") as Float32Array,
    r: numbers("r") as Float32Array,
    parent: numbers("parent") as Int32Array,
    relation: numbers("relation") as Uint8Array,
  };
}

function inOrder<T extends Numbers>(values: T, order: Uint32Array): T {
  const out = new (values.constructor as new (length: number) => T)(order.length);
  for (let i = 0; i < order.length; i++) out[i] = values[order[i] as number] as number;
  return out;
}

import { tableFromIPC } from "@uwdata/flechette";
import { COLUMNS, type Column, type TileRows } from "../engine/tiles";
import type { ReachAnswer } from "./reach";

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array;

/** Read a tile; its rows come greatest radius first, so that parents stand before what they hold. */
export function readTile(bytes: Uint8Array): TileRows {
  const table = tableFromIPC(bytes);
  const numbers = (name: string) => table.getChild(name).toArray() as Numbers;
  const label = table.getChild("label").toArray() as (string | null)[];
  const columns = {} as Record<Column, Uint8Array | Uint16Array>;
  for (const name of COLUMNS) columns[name] = numbers(name) as Uint8Array | Uint16Array;
  return {
    count: table.numRows,
    id: numbers("id") as Uint32Array,
    x: numbers("x") as Float32Array,
    y: numbers("y") as Float32Array,
    r: numbers("r") as Float32Array,
    parent: numbers("parent") as Int32Array,
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

import { tableFromArrays, tableToIPC } from "@uwdata/flechette";
import { describe, expect, it } from "vitest";
import { Folder } from "../src/data/folder";

const PIECE = 8;
const folded = (name: string) => (/^[\x20-\x7e]*$/.test(name) ? name.toLowerCase() : name);
/** Byte by byte, as the exporter sorts: UTF-8 keeps the order of code points. */
const compare = (a: string, b: string) => {
  const [left, right] = [a, b].map((name) => Array.from(folded(name), (letter) => letter.codePointAt(0) as number));
  for (const [i, point] of (left as number[]).entries()) {
    if (point !== right?.[i]) return point - (right?.[i] ?? -1);
  }
  return (left as number[]).length - (right as number[]).length;
};

/** A folder of models and datasets as it is exported, and the references of its nodes by number. */
function exported(models: string[], datasets: string[]): { folder: Folder; refs: string[]; asked: string[] } {
  const refs = [
    ...models.sort(compare).map((name) => `model:${name}`),
    ...datasets.sort(compare).map((name) => `dataset:${name}`),
  ];
  const names = [...models, ...datasets];
  const places = Float64Array.from(refs, (_, node) => node / 1000);
  const files = new Map<string, () => BodyInit>();
  const begins: string[] = [];
  for (let start = 0; start < refs.length; start += PIECE) {
    const part = [start, start + PIECE] as const;
    const columns = { ref: refs.slice(...part), x: places.slice(...part), y: places.slice(...part), r: places.slice(...part) };
    const bytes = tableToIPC(tableFromArrays({ ...columns, parent: new Int32Array(columns.ref.length).fill(-1) }), {});
    files.set(`map/names/${start / PIECE}.arrow`, () => bytes as BodyInit);
    begins.push(folded(names[start] as string));
  }
  const first = {
    node: Uint32Array.of(2, 0),
    ref: [refs[2] as string, refs[0] as string],
    downloads: BigInt64Array.of(7n, -1n),
  };
  files.set("map/names/first.arrow", () => tableToIPC(tableFromArrays(first), {}) as BodyInit);
  const sections = [
    { prefix: "model:", start: 0, end: models.length },
    { prefix: "dataset:", start: models.length, end: refs.length },
  ].filter(({ start, end }) => start < end);
  files.set("map/names/index.json", () => JSON.stringify({ piece: PIECE, sections, begins }));
  const asked: string[] = [];
  const get = async (path: string) => {
    asked.push(path);
    const file = files.get(path);
    if (!file) throw new Error(`404 ${path}`);
    return new Response(file());
  };
  return { folder: new Folder(get), refs, asked };
}

const MODELS = ["a/A", "a/b-2", "B/c", "b/C-3", "é/x", "日本/モデル", "z/z"].concat(
  Array.from({ length: 61 }, (_, i) => `m/model-${i}`),
);
const DATASETS = ["a/b-2", "squad", "d/e"].concat(Array.from({ length: 13 }, (_, i) => `Data/${i}`));
const quiet = new AbortController().signal;

describe("an exported folder", () => {
  const { folder, refs, asked } = exported([...MODELS], [...DATASETS]);

  it("knows every node by number and by name, whatever its case", async () => {
    for (const [node, ref] of refs.entries()) {
      expect((await folder.node(node)).ref).toBe(ref);
      expect((await folder.place(ref)).node).toBe(node);
      expect((await folder.place(ref.replace(/:(.*)/, (_, name) => `:${folded(name)}`))).node).toBe(node);
    }
  });

  it("takes a name without its kind for a model, or else for a dataset", async () => {
    expect((await folder.place("a/b-2")).ref).toBe("model:a/b-2");
    expect((await folder.place("SQUAD")).ref).toBe("dataset:squad");
  });

  it("says where there is no such name", async () => {
    for (const name of ["", "0", "m/model", "m/model-999", "zz", "model:squad", "dataset:z/z", "~"]) {
      await expect(folder.place(name)).rejects.toThrow("no node");
    }
  });

  it("finds the important by words, then what begins so", async () => {
    const hits = await folder.find("m/model-1", 30, quiet);
    const begun = MODELS.filter((name) => name.startsWith("m/model-1"));
    expect(new Set(hits.map(({ ref }) => ref))).toEqual(new Set(begun.map((name) => `model:${name}`)));
    const [best] = await folder.find((refs[2] as string).slice(-1), 1, quiet);
    expect(best).toMatchObject({ ref: refs[2], downloads: 7 });
    expect(await folder.find("no such thing", 5, quiet)).toEqual([]);
  });

  it("asks for each file once", () => {
    expect(new Set(asked).size).toBe(asked.length);
  });

  it("may be empty", async () => {
    const empty = exported([], []).folder;
    await expect(empty.place("a/b")).rejects.toThrow();
    await expect(empty.node(0)).rejects.toThrow();
  });
});

import { float32, int32, tableFromArrays, tableToIPC, uint8, uint16, uint32, utf8 } from "@uwdata/flechette";
import { describe, expect, it } from "vitest";
import { readReach, readTile } from "../src/data/arrow";
import type { Manifest } from "../src/data/types";
import { withoutOverlap } from "../src/engine/labels";
import { COLUMNS } from "../src/engine/tiles";
import { hubPage, isWeb, splitRef } from "../src/panels/naming";
import { licenseClass, makeFacets } from "../src/state/facets";
import { FACETS } from "../src/state/url";
import { rowsOf } from "./rows";

describe("readTile", () => {
  it("keeps rows together as they come, and knows which bear names", () => {
    const columns = Object.fromEntries(
      COLUMNS.map((name) => [name, name === "month" ? Uint16Array.of(100, 200, 300) : Uint8Array.of(1, 2, 3)]),
    );
    const table = tableFromArrays(
      {
        id: Uint32Array.of(10, 20, 30),
        x: Float32Array.of(0.1, 0.2, 0.3),
        y: Float32Array.of(0.1, 0.2, 0.3),
        r: Float32Array.of(0.5, 0.02, 0.01),
        parent: Int32Array.of(-1, 10, 10),
        ...columns,
        label: [null, "a/b", null],
      },
      { types: { label: utf8() } },
    );
    const rows = readTile(tableToIPC(table, { format: "file" }) as Uint8Array);
    expect([...rows.id]).toEqual([10, 20, 30]);
    expect([...rows.columns.month]).toEqual([100, 200, 300]);
    expect([...rows.columns.task]).toEqual([1, 2, 3]);
    expect([...rows.parent]).toEqual([-1, 10, 10]);
    expect(rows.label).toEqual([null, "a/b", null]);
    expect(rows.labelled).toEqual([1]);
  });

  it("reads an empty reach", () => {
    const types = {
      node: uint32(),
      depth: uint16(),
      x: float32(),
      y: float32(),
      r: float32(),
      parent: int32(),
      relation: uint8(),
    };
    const empty = Object.fromEntries(Object.keys(types).map((name) => [name, []]));
    const bytes = tableToIPC(tableFromArrays(empty, { types }), { format: "stream" }) as Uint8Array;
    expect(readReach(bytes).count).toBe(0);
  });
});

describe("licenseClass", () => {
  it.each([
    ["permissive", "permissive"],
    ["public-domain", "permissive"],
    ["strong-copyleft", "share-alike"],
    ["responsible-ai", "use-restricted"],
    ["community", "community"],
    ["non-commercial", "non-commercial"],
    ["unknown", "other"],
    ["something-new", "other"],
  ])("%s is %s", (kind, expected) => expect(licenseClass(kind)).toBe(expected));
});

describe("facets", () => {
  const manifest = {
    relations: ["unknown", "finetune"],
    bases: ["declared", "inferred"],
    states: ["present", "missing"],
    tasks: ["a", "b"],
    libraries: [],
    licenses: ["mit"],
    license_kinds: ["permissive"],
    severities: ["none", "low", "high"],
  } as unknown as Manifest;

  it("class every row, whatever it holds", () => {
    const rows = rowsOf([
      { id: 0, x: 0, y: 0, r: 1 },
      { id: 1, x: 0, y: 0, r: 1, parent: 0 },
      { id: 2, x: 0, y: 0, r: 1, columns: Object.fromEntries(COLUMNS.map((name) => [name, 255])) },
      { id: 3, x: 0, y: 0, r: 1, parent: 1, columns: { relation: 77, basis: 77, state: 77, month: 65535, downloads: 254 } },
    ]);
    const facets = makeFacets(manifest, rows);
    for (const name of FACETS) {
      for (let row = 0; row < rows.count; row++) expect(facets[name].classes[facets[name].classOf(rows, row)]).toBeDefined();
      expect(new Set(facets[name].classes.map((item) => item.key)).size).toBe(facets[name].classes.length);
    }
  });

  it("never takes not knowing for permissive", () => {
    const facet = makeFacets(manifest, null).license;
    const rows = rowsOf([{ id: 0, x: 0, y: 0, r: 1, columns: { license: 255 } }]);
    expect(facet.classes[facet.classOf(rows, 0)]?.key).toBe("undeclared");
  });
});

describe("links", () => {
  it.each(["javascript:alert(1)", "data:text/html,x", "vbscript:x", "//x", "http:", "JaVaScRiPt:x", " javascript:x"])(
    "does not link to %s",
    (href) => expect(isWeb(href)).toBe(false),
  );

  it("knows where the Hub shows a node", () => {
    expect(hubPage("model:a/b")).toBe("https://huggingface.co/a/b");
    expect(hubPage("dataset:x/y z")).toBe("https://huggingface.co/datasets/x/y%20z");
    expect(hubPage("timm:model:resnet")).toBeNull();
    expect(splitRef("gpt2")).toEqual({ registry: "hf", kind: "model", owner: "", name: "gpt2" });
  });
});

describe("labels", () => {
  it("keep the first of those that overlap", () => {
    const box = (left: number, right: number) => ({ left, right, top: 0, bottom: 10 });
    expect(withoutOverlap([box(0, 10), box(5, 15), box(10, 20)], 9)).toEqual([box(0, 10), box(10, 20)]);
  });
});

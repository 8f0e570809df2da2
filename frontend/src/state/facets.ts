import type { Manifest } from "../data/types";
import type { TileRows } from "../engine/tiles";
import { GREY, OKABE_ITO, PALE, ramp, SLATE, type Tint } from "./palette";
import type { FacetName } from "./url";

/** One entry of a legend. `message` says that the key is translated; else it is shown as it is. */
export interface FacetClass {
  key: string;
  tint: Tint;
  message: boolean;
}

/** A way to class the circles: by colour, in the legend, as a filter. */
export interface Facet {
  name: FacetName;
  classes: FacetClass[];
  /** The class of each row. */
  classOf(rows: TileRows, row: number): number;
}

const UNDECLARED: FacetClass = { key: "undeclared", tint: PALE, message: true };
const UNKNOWN: FacetClass = { key: "unknown", tint: PALE, message: true };
const MANY = 8;

const RELATION_TINTS: Record<string, Tint> = {
  finetune: OKABE_ITO[0] as Tint,
  adapter: OKABE_ITO[1] as Tint,
  quantized: OKABE_ITO[2] as Tint,
  merge: OKABE_ITO[3] as Tint,
  converted: OKABE_ITO[4] as Tint,
  distilled: OKABE_ITO[5] as Tint,
  trained_on: OKABE_ITO[6] as Tint,
  derived_from: OKABE_ITO[6] as Tint,
  new_version: OKABE_ITO[7] as Tint,
  evaluated_on: GREY,
  unknown: GREY,
};

export function relationTint(relation: string): Tint {
  return RELATION_TINTS[relation] ?? GREY;
}

const BASIS_TINTS: Record<string, Tint> = {
  declared: OKABE_ITO[0] as Tint,
  stated: OKABE_ITO[5] as Tint,
  inferred: OKABE_ITO[1] as Tint,
  measured: OKABE_ITO[3] as Tint,
};

const STATE_TINTS: Record<string, Tint> = {
  present: OKABE_ITO[0] as Tint,
  missing: OKABE_ITO[4] as Tint,
  ambiguous: OKABE_ITO[1] as Tint,
  malformed: OKABE_ITO[2] as Tint,
};

/** Make every facet of a map; `counted` are the rows that decide which tasks and libraries get a colour of their own. */
export function makeFacets(manifest: Manifest, counted: TileRows | null): Record<FacetName, Facet> {
  return {
    relation: edgeFacet("relation", manifest.relations, (name) => relationTint(name)),
    basis: edgeFacet("basis", manifest.bases, (name) => BASIS_TINTS[name] ?? GREY),
    license: licenseFacet(manifest.license_kinds),
    task: topFacet("task", manifest.tasks, counted),
    library: topFacet("library", manifest.libraries, counted),
    age: ageFacet(),
    documented: documentedFacet(),
    risk: riskFacet(),
    conflict: conflictFacet(manifest.severities),
    downloads: downloadsFacet(),
    state: stateFacet(manifest.states),
  };
}

/** By what is said of the edge to the primary parent; roots and what stands alone have none. */
function edgeFacet(name: "relation" | "basis", values: string[], tintOf: (name: string) => Tint): Facet {
  const classes: FacetClass[] = values.map((key) => ({ key, tint: tintOf(key), message: true }));
  const root = classes.push({ key: "root", tint: SLATE, message: true }) - 1;
  const alone = classes.push({ key: "alone", tint: PALE, message: true }) - 1;
  return {
    name,
    classes,
    classOf: (rows, row) => {
      if ((rows.parent[row] as number) < 0) return (rows.columns.descendants[row] as number) > 0 ? root : alone;
      return Math.min(rows.columns[name][row] as number, values.length - 1);
    },
  };
}

/** Classes of licences, each with the kinds that it takes together. */
const LICENSES: Record<string, readonly string[]> = {
  permissive: ["permissive", "public-domain"],
  "share-alike": ["weak-copyleft", "strong-copyleft", "share-alike"],
  "use-restricted": ["responsible-ai"],
  "non-commercial": ["non-commercial"],
  community: ["community", "proprietary"],
  other: [],
  undeclared: [],
};

/** The class that a kind of licence belongs to. */
export function licenseClass(kind: string): string {
  return Object.keys(LICENSES).find((key) => LICENSES[key]?.includes(kind)) ?? "other";
}

function licenseFacet(kinds: string[]): Facet {
  const tints: Tint[] = [0, 3, 1, 4, 2].map((i) => OKABE_ITO[i] as Tint);
  const classes = Object.keys(LICENSES).map((key, i) => ({
    key,
    tint: tints[i] ?? (key === "other" ? GREY : PALE),
    message: true,
  }));
  const table = new Uint8Array(256).fill(classes.length - 1);
  for (const [i, kind] of kinds.entries()) table[i] = Object.keys(LICENSES).indexOf(licenseClass(kind));
  return { name: "license", classes, classOf: (rows, row) => table[rows.columns.license[row] as number] as number };
}

/** The most frequent values have a colour each, the rest share one. */
function topFacet(name: "task" | "library", values: string[], counted: TileRows | null): Facet {
  const counts = new Float64Array(256);
  for (const value of counted?.columns[name] ?? []) counts[value] = (counts[value] ?? 0) + 1;
  const order = values.map((_, i) => i).sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  const top = order.slice(0, MANY);
  const classes: FacetClass[] = top.map((i, rank) => ({
    key: values[i] as string,
    tint: OKABE_ITO[rank] as Tint,
    message: false,
  }));
  const other = classes.push({ key: "other", tint: SLATE, message: true }) - 1;
  const undeclared = classes.push(UNDECLARED) - 1;
  const table = new Uint8Array(256).fill(undeclared);
  for (const i of order) table[i] = other;
  for (const [rank, i] of top.entries()) table[i] = rank;
  return { name, classes, classOf: (rows, row) => table[rows.columns[name][row] as number] as number };
}

const YEARS = Array.from({ length: 9 }, (_, i) => String(2018 + i));

function ageFacet(): Facet {
  const tints = ramp(YEARS.length);
  const classes: FacetClass[] = YEARS.map((key, i) => ({ key, tint: tints[i] as Tint, message: false }));
  const unknown = classes.push(UNKNOWN) - 1;
  return {
    name: "age",
    classes,
    classOf: (rows, row) => {
      const month = rows.columns.month[row] as number;
      return month === 65535 ? unknown : Math.min(YEARS.length - 1, Math.floor(month / 12));
    },
  };
}

function documentedFacet(): Facet {
  const tints = ramp(7);
  const classes = tints.map((pair, i) => ({ key: `${i}/6`, tint: i === 0 ? GREY : pair, message: false }));
  return { name: "documented", classes, classOf: (rows, row) => Math.min(6, rows.columns.documented[row] as number) };
}

const RISKS: [string, Tint][] = [
  ["no defects", PALE],
  ["1 defect", ["#e6c200", "#f0e442"]],
  ["2 defects", OKABE_ITO[1] as Tint],
  ["3 defects", OKABE_ITO[4] as Tint],
  ["4 or more", ["#7a1f1f", "#ff7b6b"]],
];

/** By how many of the defects that the overview counts. */
function riskFacet(): Facet {
  const classes = RISKS.map(([key, tints]) => ({ key, tint: tints, message: true }));
  return {
    name: "risk",
    classes,
    classOf: (rows, row) => Math.min(RISKS.length - 1, rows.columns.defects[row] as number),
  };
}

const SEVERITY_TINTS: Record<string, Tint> = {
  low: ["#e6c200", "#f0e442"],
  medium: OKABE_ITO[1] as Tint,
  high: OKABE_ITO[4] as Tint,
  critical: ["#7a1f1f", "#ff7b6b"],
};

/** By the worst that does not fit between what is declared and what is inherited. */
function conflictFacet(severities: string[]): Facet {
  const classes = severities.map((key) => ({
    key: key === "none" ? "no conflict" : key,
    tint: SEVERITY_TINTS[key] ?? PALE,
    message: true,
  }));
  return {
    name: "conflict",
    classes,
    classOf: (rows, row) => Math.min(classes.length - 1, rows.columns.conflict[row] as number),
  };
}

const DECADES = ["0", "1–9", "10–99", "100–999", "1k–10k", "10k–100k", "100k–1M", "≥ 1M"];

function downloadsFacet(): Facet {
  const tints = ramp(DECADES.length);
  const classes: FacetClass[] = DECADES.map((key, i) => ({ key, tint: tints[i] as Tint, message: false }));
  const unknown = classes.push(UNKNOWN) - 1;
  return {
    name: "downloads",
    classes,
    classOf: (rows, row) => {
      const value = rows.columns.downloads[row] as number;
      return value === 255 ? unknown : value === 0 ? 0 : Math.min(DECADES.length - 1, Math.floor(value / 10) + 1);
    },
  };
}

function stateFacet(states: string[]): Facet {
  const classes = states.map((key) => ({ key, tint: STATE_TINTS[key] ?? GREY, message: true }));
  return { name: "state", classes, classOf: (rows, row) => Math.min(states.length - 1, rows.columns.state[row] as number) };
}

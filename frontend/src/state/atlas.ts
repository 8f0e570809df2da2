import { batch, computed, effect, signal } from "@preact/signals";
import type { Source } from "../data/api";
import type { ReachAnswer } from "../data/reach";
import type { Line } from "../engine/arcs";
import { scaleOf, zoomOf } from "../engine/camera";
import type { MapEngine } from "../engine/engine";
import type { Circle } from "../engine/events";
import type { Hit } from "../engine/scene";
import { hex, pack } from "../engine/style";
import type { Tile } from "../engine/tiles";
import { type Facet, makeFacets, relationTint } from "./facets";
import { makePainter } from "./painter";
import { tint } from "./palette";
import { FACETS, type FacetName, type ReachMode, type View } from "./url";
import { by, hide, month, patch, reachMode, shade, size, tableOpen } from "./view";

/** What is singled out: a circle with its number, and its name once known. */
export interface Selection extends Circle {
  node: number;
  ref: string | null;
  tile: Tile | null;
  row: number;
}

export const source = signal<Source | null>(null);
export const engine = signal<MapEngine | null>(null);
export const selection = signal<Selection | null>(null);
/** The application that is singled out instead, by name. */
export const application = signal<string | null>(null);
export const reach = signal<ReachAnswer | null>(null);
/** A name that was asked for and is not on the map. */
export const missing = signal<string | null>(null);
export const reachPending = signal(false);
export const hover = signal<{ hit: Hit; px: number; py: number } | null>(null);
/** The application under the pointer. */
export const hoverMark = signal<{ name: string; px: number; py: number } | null>(null);
/** Counts up whenever the view has come to rest with all that it needs. */
export const settled = signal(0);
/** Whether somebody answers questions; null before it is known. */
export const answers = computed<boolean | null>(() => (source.value ? !source.value.manifest.static : null));

const rootTile = signal<Tile | null>(null);

export const facets = computed<Record<FacetName, Facet> | null>(() =>
  source.value ? makeFacets(source.value.manifest, rootTile.value?.data ?? null) : null,
);

/** By node number, 1 where it is lit; null where nothing is. */
export const lit = computed<Uint8Array | null>(() => {
  const found = reach.value;
  const nodes = source.value?.manifest.nodes;
  if (!found || !nodes) return null;
  const flags = new Uint8Array(nodes);
  for (const node of found.node) flags[node] = 1;
  const from = selection.peek();
  if (from) flags[from.node] = 1;
  return flags;
});

export const painter = computed(() => {
  const all = facets.value;
  if (!all) return null;
  const filters = FACETS.flatMap((name) => {
    const hidden = hide.value[name];
    return hidden?.length ? [{ facet: all[name], hidden: new Set(hidden) }] : [];
  });
  const present = source.value?.manifest.states.indexOf("present") ?? 0;
  return makePainter({ facet: all[by.value], filters, shade: shade.value, size: size.value, lit: lit.value, present });
});

/** Note the root tile once it is there: it decides which tasks and libraries have colours of their own. */
export function noteRoot(): void {
  if (!rootTile.peek()) rootTile.value = engine.peek()?.pool.loaded.get("0/0/0") ?? null;
}

const MOST_LINES = 1200;
const FEW = 200;

/** Edges of a reach that nesting does not show, or all where few. */
function linesOf(found: ReachAnswer, from: Selection, down: boolean): Line[] {
  const relations = source.peek()?.manifest.relations ?? [];
  const row = new Map<number, number>();
  for (let i = 0; i < found.count; i++) row.set(found.node[i] as number, i);
  const lines: Line[] = [];
  const every = found.count <= FEW;
  const alpha = every ? 200 : found.count < 2000 ? 90 : 52;
  for (let i = 0; i < found.count && lines.length < MOST_LINES; i++) {
    const at = row.get(found.parent[i] as number);
    const near = at === undefined ? from : { x: found.x[at] as number, y: found.y[at] as number, r: found.r[at] as number };
    const here = { x: found.x[i] as number, y: found.y[i] as number, r: found.r[i] as number };
    const [child, parent] = down ? [here, near] : [near, here];
    if (!every && Math.hypot(child.x - parent.x, child.y - parent.y) <= parent.r) continue;
    const relation = relations[found.relation[i] as number] ?? "unknown";
    const colour = pack(hex(tint(relationTint(relation), shade.peek())), alpha);
    lines.push({ x0: parent.x, y0: parent.y, x1: child.x, y1: child.y, colour, dashed: relation === "unknown" });
  }
  return lines;
}

/** As in the style sheet: where panels lie below the map, and how wide they are beside it. */
const NARROW_PX = 720;
const PANEL_PX = 420;

let connected = false;

/** Wire the signals to whichever engine there is. */
export function connect(): void {
  if (connected) return;
  connected = true;
  effect(() => {
    if (painter.value) engine.value?.setPainter(painter.value);
  });
  effect(() => engine.value?.setMonth(month.value ?? 65534));
  effect(() => engine.value?.setSelected(selection.value));
  effect(() => {
    const now = engine.value;
    if (!now) return;
    const [chosen, table] = [selection.value !== null || application.value !== null, tableOpen.value];
    const { width, height } = now.viewSize;
    const narrow = width <= NARROW_PX;
    now.inset = {
      right: chosen && !narrow ? PANEL_PX : 0,
      bottom: table ? Math.min(0.46 * height, 434) : chosen && narrow ? 0.58 * height : 0,
    };
  });
  effect(() => {
    const found = reach.value;
    const from = selection.value;
    const colour = pack(hex(tint(["#0072b2", "#7cc7f2"], shade.value)));
    engine.value?.setReach(found, found && from ? linesOf(found, from, reachMode.peek() === "down") : [], () => colour);
  });
  effect(() => {
    const from = selection.value;
    const mode = reachMode.value;
    if (!from || mode === "none") {
      reach.value = null;
      return;
    }
    void loadReach(from, mode);
  });
}

let reachRun: AbortController | null = null;

async function loadReach(from: Selection, mode: ReachMode): Promise<void> {
  reachRun?.abort();
  const run = new AbortController();
  reachRun = run;
  reachPending.value = true;
  try {
    const found = await source.peek()?.reach(from.node, mode === "up" ? "up" : "down", run.signal);
    if (!run.signal.aborted) reach.value = found ?? null;
  } catch {
    if (!run.signal.aborted) reach.value = null;
  } finally {
    if (reachRun === run) reachPending.value = false;
  }
}

/** Single out a circle of a tile, or nothing. */
export function selectHit(hit: Hit | null): void {
  const ref = hit ? (hit.tile.data.label[hit.row] ?? null) : null;
  select(hit && { node: hit.id, ref: ref && asRef(ref, hit), x: hit.x, y: hit.y, r: hit.r, tile: hit.tile, row: hit.row });
}

/** The label of a tile as a reference: datasets say that they are. */
function asRef(label: string, hit: Hit): string {
  if (label.includes(":")) return label;
  return hit.tile.data.columns.kind[hit.row] === 1 ? `dataset:${label}` : `model:${label}`;
}

export function select(next: Selection | null): void {
  missing.value = null;
  const same = next?.node === selection.peek()?.node && next?.ref === selection.peek()?.ref;
  if (same && application.peek() === null) return;
  batch(() => {
    selection.value = next;
    application.value = null;
    reach.value = null;
    const change: Partial<View> = { ref: next?.ref ?? null, node: next && !next.ref ? next.node : null };
    if (!next) change.reach = "none";
    patch(change, true);
  });
  if (next && !next.ref) void nameSelection(next);
}

async function nameSelection(of: Selection): Promise<void> {
  try {
    const place = await source.peek()?.node(of.node);
    if (!place || selection.peek() !== of) return;
    batch(() => {
      selection.value = { ...of, ref: place.ref };
      patch({ ref: place.ref, node: null });
    });
  } catch {
    // It keeps its number.
  }
}

const APPLICATION = "application:";

/** The name of an application in a reference; null where it is of something else. */
export function applicationIn(ref: string | null): string | null {
  return ref?.startsWith(APPLICATION) ? ref.slice(APPLICATION.length) : null;
}

export function applicationRef(name: string): string {
  return APPLICATION + name;
}

/** Single out an application: it is no node, and has no descent to light up. */
export function selectApplication(name: string): void {
  missing.value = null;
  batch(() => {
    selection.value = null;
    reach.value = null;
    application.value = name;
    patch({ page: "map", ref: applicationRef(name), node: null, reach: "none" }, true);
  });
}

/** Fly to a reference and single it out. */
export async function goTo(ref: string, known?: { node: number } & Circle): Promise<void> {
  const from = source.peek();
  if (!from || !engine.peek()) {
    // Another page is open: the map finds the node when it comes up.
    patch({ page: "map", ref, node: null, camera: null, list: null }, true);
    return;
  }
  const place = known ?? (await from.place(ref).catch(() => null));
  if (!place) return;
  patch({ page: "map" });
  select({ node: place.node, ref, x: place.x, y: place.y, r: place.r, tile: null, row: 0 });
  engine.peek()?.flyTo(place, share(place));
}

/** How much of the view a circle fills that is flown to. */
export function share({ r }: Circle): number {
  return r < 0.002 ? 0.28 : 0.5;
}

export async function goToNode(node: number): Promise<void> {
  const place = await source
    .peek()
    ?.node(node)
    .catch(() => null);
  if (place) await goTo(place.ref, place);
}

/** Bring back what the address names. */
export async function restore(now: View): Promise<void> {
  const from = source.peek();
  if (!from) return;
  application.value = applicationIn(now.ref);
  if ((!now.ref && now.node === null) || application.value !== null) {
    selection.value = null;
    reach.value = null;
  } else if (now.ref !== selection.peek()?.ref) {
    const place = await (now.ref ? from.place(now.ref) : from.node(now.node ?? 0)).catch(() => null);
    missing.value = place ? null : now.ref;
    if (place) {
      selection.value = { node: place.node, ref: place.ref, x: place.x, y: place.y, r: place.r, tile: null, row: 0 };
      if (!now.camera) engine.peek()?.flyTo(place, share(place));
    }
  }
  if (now.camera) engine.peek()?.jump({ x: now.camera.x, y: now.camera.y, scale: scaleOf(now.camera.zoom) });
}

/** Note where the camera is in the address, as exactly as the zoom needs. */
export function noteCamera(camera: { x: number; y: number; scale: number }): void {
  const digits = Math.max(4, Math.ceil(Math.log10(camera.scale)) + 1);
  const round = (value: number) => Number(value.toFixed(digits));
  patch({ camera: { x: round(camera.x), y: round(camera.y), zoom: Number(zoomOf(camera.scale).toFixed(2)) } });
}

/** The view has come to rest. */
export function noteSettled(): void {
  noteRoot();
  settled.value = settled.peek() + 1;
  findTile();
  askNames();
}

/** Note in which tile the circle that is singled out stands, once that is here. */
function findTile(): void {
  const now = selection.peek();
  if (!now || now.tile) return;
  for (const tile of engine.peek()?.viewTiles ?? []) {
    const row = tile.data.id.indexOf(now.node);
    if (row >= 0) selection.value = { ...now, tile, row };
  }
}

const NAMES_AT_ONCE = 24;
const naming = new Set<number>();

/** Ask for the names of wide circles that their tiles do not name. */
function askNames(): void {
  const from = source.peek();
  if (!from) return;
  for (const node of engine.peek()?.unnamed ?? []) {
    if (naming.size >= NAMES_AT_ONCE) return;
    if (naming.has(node)) continue;
    naming.add(node);
    from
      .node(node)
      .then((place) => engine.peek()?.setName(node, place.ref))
      .catch(() => engine.peek()?.setName(node, ""))
      .finally(() => naming.delete(node));
  }
}

/** The whole view as a query string, and back. Law: read(write(view)) equals view. */

export const FACETS = [
  "relation",
  "license",
  "task",
  "library",
  "age",
  "documented",
  "risk",
  "conflict",
  "downloads",
  "basis",
  "state",
] as const;
export type FacetName = (typeof FACETS)[number];
export const SIZES = ["count", "downloads", "documented"] as const;
export type SizeBy = (typeof SIZES)[number];
export const PAGES = ["map", "trends", "overview", "audit", "assess", "review"] as const;
export type Page = (typeof PAGES)[number];
export const REACHES = ["none", "down", "up"] as const;
export type ReachMode = (typeof REACHES)[number];
export const THEMES = ["auto", "light", "dark"] as const;
export type ThemeName = (typeof THEMES)[number];
export const LANGUAGES = ["auto", "en", "ja"] as const;
export type LanguageName = (typeof LANGUAGES)[number];
export const TABS = ["facts", "family", "license", "audit", "scores", "impact", "claims"] as const;
export type Tab = (typeof TABS)[number];
export const QUEUES = ["state", "owner", "topic", "due"] as const;
export type Queue = (typeof QUEUES)[number];
export const KINDS = ["all", "model", "dataset"] as const;
export type KindChoice = (typeof KINDS)[number];

export interface View {
  page: Page;
  /** Centre, and zoom as the logarithm of how many tile widths the map is wide; null shows the whole map. */
  camera: { x: number; y: number; zoom: number } | null;
  ref: string | null;
  /** Node number, where the name is not known. */
  node: number | null;
  reach: ReachMode;
  by: FacetName;
  size: SizeBy;
  /** Hidden classes of each facet, sorted. */
  hide: Partial<Record<FacetName, string[]>>;
  /** Months since January 2018; null is now. */
  month: number | null;
  theme: ThemeName;
  lang: LanguageName;
  table: boolean;
  tab: Tab;
  portfolio: string;
  /** The list behind a number that is open: its address under the API. */
  list: string | null;
  /** What a model is to be used for, in words; asked of its licence. */
  use: string;
  /** The policy that an audit follows; empty for the server's choice. */
  policy: string;
  /** The kind of assessment; empty for the first. */
  assess: string;
  /** What an assessment is for, where its kind tells purposes apart. */
  purpose: string;
  /** What the registry by risk lists. */
  kind: KindChoice;
  /** The review item that is open. */
  item: number | null;
  /** Which review items are shown. */
  queue: Partial<Record<Queue, string>>;
}

export const START: View = {
  page: "map",
  camera: null,
  ref: null,
  node: null,
  reach: "none",
  by: "relation",
  size: "count",
  hide: {},
  month: null,
  theme: "auto",
  lang: "auto",
  table: false,
  tab: "facts",
  portfolio: "",
  list: null,
  use: "",
  policy: "",
  assess: "",
  purpose: "",
  kind: "all",
  item: null,
  queue: {},
};

/** The only addresses that a list may come from. */
const LIST = /^\/api\/v1\/(trends|overview)\/[\w-]+\/models(\?[^#]*)?$/;

export function writeView(view: View): string {
  const query = new URLSearchParams();
  if (view.page !== "map") query.set("page", view.page);
  if (view.camera) query.set("at", [view.camera.x, view.camera.y, view.camera.zoom].map(String).join(","));
  if (view.ref) query.set("ref", view.ref);
  if (view.node !== null) query.set("node", String(view.node));
  for (const name of ["reach", "by", "size", "theme", "lang", "tab", "kind"] as const) {
    if (view[name] !== START[name]) query.set(name, view[name]);
  }
  for (const facet of FACETS) {
    const hidden = view.hide[facet];
    if (hidden?.length) query.set(`hide.${facet}`, [...hidden].sort().map(encodeURIComponent).join(","));
  }
  if (view.month !== null) query.set("month", monthText(view.month));
  if (view.table) query.set("table", "1");
  if (view.portfolio) query.set("portfolio", view.portfolio);
  if (view.list) query.set("list", view.list);
  if (view.use) query.set("use", view.use);
  if (view.policy) query.set("policy", view.policy);
  if (view.assess) query.set("assess", view.assess);
  if (view.purpose) query.set("purpose", view.purpose);
  if (view.item !== null) query.set("item", String(view.item));
  for (const name of QUEUES) if (view.queue[name]) query.set(`queue.${name}`, view.queue[name]);
  // Commas, colons and slashes are legal in a query, and the address reads better with them.
  return query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/");
}

/** Read a query; what is not understood is as at the start. */
export function readView(search: string, pathname = "/"): View {
  const query = new URLSearchParams(search);
  const hide: View["hide"] = {};
  for (const facet of FACETS) {
    const hidden = (query.get(`hide.${facet}`) ?? "").split(",").filter(Boolean).map(decoded);
    if (hidden.length) hide[facet] = hidden.sort();
  }
  const queue: View["queue"] = {};
  for (const name of QUEUES) {
    const chosen = query.get(`queue.${name}`);
    if (chosen) queue[name] = chosen;
  }
  return {
    page: pageOf(query, pathname),
    camera: cameraOf(query.get("at")),
    ref: query.get("ref") || null,
    node: wholeOf(query.get("node")),
    reach: one(REACHES, query.get("reach"), START.reach),
    by: one(FACETS, query.get("by"), START.by),
    size: one(SIZES, query.get("size"), START.size),
    hide,
    month: monthOf(query.get("month")),
    theme: one(THEMES, query.get("theme"), START.theme),
    lang: one(LANGUAGES, query.get("lang"), START.lang),
    table: query.get("table") === "1",
    tab: one(TABS, query.get("tab"), START.tab),
    portfolio: query.get("portfolio") ?? "",
    list: LIST.test(query.get("list") ?? "") ? query.get("list") : null,
    use: query.get("use") ?? "",
    policy: query.get("policy") ?? "",
    assess: query.get("assess") ?? "",
    purpose: query.get("purpose") ?? "",
    kind: one(KINDS, query.get("kind"), START.kind),
    item: wholeOf(query.get("item")),
    queue,
  };
}

function wholeOf(text: string | null): number | null {
  const number = Number(text || Number.NaN);
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** Months since January 2018 as YYYY-MM. */
export function monthText(month: number): string {
  return `${2018 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`;
}

function monthOf(text: string | null): number | null {
  const match = /^(\d{4})-(\d{2})$/.exec(text ?? "");
  if (!match) return null;
  const month = (Number(match[1]) - 2018) * 12 + Number(match[2]) - 1;
  return month >= 0 && month < 1200 ? month : null;
}

function cameraOf(text: string | null): View["camera"] {
  const numbers = (text ?? "").split(",").map(Number);
  const [x, y, zoom] = numbers;
  if (numbers.length !== 3 || x === undefined || y === undefined || zoom === undefined) return null;
  return numbers.every(Number.isFinite) && text !== "" ? { x, y, zoom } : null;
}

function pageOf(query: URLSearchParams, pathname: string): Page {
  const last = pathname.split("/").pop();
  return one(PAGES, query.get("page") ?? last ?? null, "map");
}

function one<T extends string>(allowed: readonly T[], text: string | null, otherwise: T): T {
  return allowed.find((value) => value === text) ?? otherwise;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import { type TileAddress, type TileRows, type TileSource, tileKey } from "../engine/tiles";
import { readReach, readTile } from "./arrow";
import { asksElements, type Undeclared } from "./elements";
import { Folder } from "./folder";
import type { LicenseAnswer } from "./license";
import type { ReachAnswer } from "./reach";
import type { ScoresAnswer } from "./scores";
import { readToken } from "./token";
import type {
  ApplicationsAnswer,
  Chart,
  FoundHit,
  Impact,
  Listing,
  Manifest,
  OverviewAnswer,
  Place,
  Portrait,
  Trace,
} from "./types";

/** Nobody answers questions here: the page was opened from an exported folder. */
export class NoAnswers extends Error {}

/** The folder that the page stands in; the bundle works under any prefix. */
const BASE = new URL(".", document.baseURI);

/** An address under the API as it is written in an answer, for a link. */
export function apiAddress(address: string): string {
  return new URL(address.replace(/^\//, ""), BASE).href;
}

/** Why an answer is none, in the server's own sentence where it has one. */
async function reasonOf(response: Response, path: string): Promise<string> {
  const told: unknown = await response.json().catch(() => null);
  const detail = told && typeof told === "object" && "detail" in told ? told.detail : null;
  return typeof detail === "string" ? detail : `${response.status} ${path}`;
}

/** The server does not answer, and says why. */
export class Refused extends Error {}

/** The server does not know who asks: there is no token, or it is not valid. */
export class Locked extends Error {}

/** Addresses that take a token even where reading does not. */
const PERSONAL = /^api\/v1\/(me|tokens|ledger\/verified)$/;
let onLocked: (reading: boolean) => void = () => undefined;

/** Be told when the server wants to know who asks; whether that was for reading, which takes a token where all is private. */
export function whenLocked(tell: (reading: boolean) => void): void {
  onLocked = tell;
}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const token = readToken();
  // What the page asks for ahead of its script carries no token; by its mode a request that does is told from it.
  const said: RequestInit = token
    ? { mode: "same-origin", headers: { ...init.headers, Authorization: `Bearer ${token}` } }
    : {};
  const response = await fetch(new URL(path, BASE), { ...init, ...said });
  if (response.ok) return response;
  const reason = await reasonOf(response, path);
  if (response.status !== 401) throw new Refused(reason);
  onLocked(init.method === undefined && !PERSONAL.test(path));
  throw new Locked(reason);
}

function get(path: string, signal?: AbortSignal): Promise<Response> {
  return request(path, signal ? { signal } : {});
}

/** An answer of the API. */
export async function ask<T>(route: string, signal?: AbortSignal): Promise<T> {
  return (await (await get(`api/v1/${route}`, signal)).json()) as T;
}

/** Do something, and return what came of it. */
export async function send<T>(route: string, body: object): Promise<T> {
  const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await (await request(`api/v1/${route}`, init)).json()) as T;
}

/** End this browser's login. */
export async function leave(address: string): Promise<void> {
  await request(address.replace(/^\//, ""), { method: "POST" });
}

/** Save a file of the server's, also where that takes a token. */
export async function save(address: string): Promise<void> {
  const response = await get(address.replace(/^\//, ""));
  const named = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = named?.[1] ?? "filiation";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Where a token is needed, a link alone would not carry it. */
export function saveWithToken(event: Event, address: string): void {
  if (!readToken()) return;
  event.preventDefault();
  void save(address);
}

/** The server, or the folder, that the page was opened from. */
export class Source implements TileSource {
  readonly levels: number;
  readonly tiles: TileAddress[];
  /** What can be known where nobody answers questions. */
  private readonly folder: Folder | null;
  private readonly places = new Map<number, Promise<Place>>();

  constructor(readonly manifest: Manifest) {
    this.levels = manifest.levels;
    this.tiles = manifest.tiles.map(([level, x, y, rows]) => ({ level, x, y, rows }));
    this.folder = manifest.static ? new Folder(get) : null;
  }

  static async open(): Promise<Source> {
    return new Source((await (await get("map/manifest.json")).json()) as Manifest);
  }

  async load(address: TileAddress, signal: AbortSignal): Promise<TileRows> {
    const key = tileKey(address.level, address.x, address.y);
    const response = await get(`map/tiles/${key}.arrow?t=${this.manifest.token}`, signal);
    return readTile(new Uint8Array(await response.arrayBuffer()));
  }

  async find(text: string, limit: number, signal: AbortSignal): Promise<FoundHit[]> {
    // No file of a folder says what names mean: the page says so.
    if (this.folder) return asksElements(text) ? [] : this.folder.find(text, limit, signal);
    const query = new URLSearchParams({ q: text, limit: String(limit) });
    return (await this.ask<{ hits: FoundHit[] }>(`find?${query}`, signal)).hits;
  }

  show(ref: string, signal?: AbortSignal): Promise<Portrait> {
    return this.ask(`show/${path(ref)}`, signal);
  }

  undeclared(ref: string, signal?: AbortSignal): Promise<Undeclared> {
    return this.ask(`undeclared/${path(ref)}`, signal);
  }

  impact(ref: string, signal?: AbortSignal): Promise<Impact> {
    return this.ask(`impact/${path(ref)}`, signal);
  }

  /** A node's licence; with words for a use, whether it may be used so. */
  license(ref: string, use: string, signal?: AbortSignal): Promise<LicenseAnswer> {
    return this.ask(`license/${path(ref)}${use ? `?${new URLSearchParams({ use })}` : ""}`, signal);
  }

  /** What a model is claimed to score, against what was measured. */
  scores(ref: string, signal?: AbortSignal): Promise<ScoresAnswer> {
    return this.ask(`scores/${path(ref)}`, signal);
  }

  trace(ref: string, down: boolean, depth: number | null, signal?: AbortSignal): Promise<Trace> {
    const query = new URLSearchParams();
    if (down) query.set("down", "true");
    if (depth !== null) query.set("depth", String(depth));
    return this.ask(`trace/${path(ref)}?${query}`, signal);
  }

  place(ref: string): Promise<Place> {
    return this.folder ? this.folder.place(ref) : this.ask(`place/${path(ref)}`);
  }

  /** The name and place of a node by number; asked once. */
  node(node: number): Promise<Place> {
    if (this.folder) return this.folder.node(node);
    let known = this.places.get(node);
    if (!known) {
      known = this.ask<Place>(`node/${node}`);
      known.catch(() => this.places.delete(node));
      this.places.set(node, known);
    }
    return known;
  }

  async reach(node: number, direction: "up" | "down", signal?: AbortSignal): Promise<ReachAnswer> {
    if (this.folder) throw new NoAnswers("reach");
    const response = await get(`api/v1/reach/${node}.arrow?direction=${direction}`, signal);
    return readReach(new Uint8Array(await response.arrayBuffer()));
  }

  /** Applications with their marks. A folder without any has no file of them, so it is not asked for one. */
  async applications(): Promise<ApplicationsAnswer> {
    if (!this.folder) return this.ask("applications");
    if (!this.manifest.applications) return { total: 0, applications: [] };
    return (await (await get("answers/applications.json")).json()) as ApplicationsAnswer;
  }

  async trends(signal?: AbortSignal): Promise<Chart[]> {
    if (!this.folder) return (await this.ask<{ charts: Chart[] }>("trends", signal)).charts;
    const { charts } = (await (await get("answers/trends.json", signal)).json()) as { charts: Chart[] };
    return charts.map((chart) => ({ ...chart, csv: `answers/${chart.id}.csv` }));
  }

  async overview(portfolio: string, signal?: AbortSignal): Promise<OverviewAnswer> {
    if (this.folder) return (await (await get("answers/overview.json", signal)).json()) as OverviewAnswer;
    return this.ask(`overview${portfolio ? `?${new URLSearchParams({ portfolio })}` : ""}`, signal);
  }

  /** A list behind a number, by the address that came with the number. */
  list(address: string, signal?: AbortSignal): Promise<Listing> {
    return this.ask(address.replace(/^\/api\/v1\//, ""), signal);
  }

  private ask<T>(route: string, signal?: AbortSignal): Promise<T> {
    return this.folder ? Promise.reject(new NoAnswers(route)) : ask<T>(route, signal);
  }
}

/** A reference as it stands in a path. */
export function path(ref: string): string {
  return ref.split("/").map(encodeURIComponent).join("/").replaceAll("%3A", ":");
}

/** The answers of the HTTP contract, as far as the page reads them. */
import type { Land } from "../engine/labels";

export interface Manifest {
  version: number;
  token: string;
  nodes: number;
  levels: number;
  tiles: [number, number, number, number, number][];
  relations: string[];
  bases: string[];
  states: string[];
  tasks: string[];
  libraries: string[];
  licenses: string[];
  /** Of each of `licenses`, what kind of licence it is. */
  license_kinds: string[];
  severities: string[];
  lands: Land[];
  /** True in an exported folder, where nobody answers questions. */
  static?: boolean;
  /** In an exported folder, how many applications it tells of; not there where none. */
  applications?: number;
}

export interface Place {
  ref: string;
  node: number;
  x: number;
  y: number;
  r: number;
  parent: number | null;
}

export interface FoundHit {
  ref: string;
  score: number;
  downloads: number | null;
  node: number;
  x: number;
  y: number;
  r: number;
}

export interface Claim {
  predicate: string;
  value: string;
  relation: string | null;
  weight: number | null;
  basis: string;
  confidence: number;
  witness: string;
  locator: string;
  seen_at: string;
  understood_as: string | null;
}

export interface ParentEdge {
  ref: string;
  relation: string;
  basis: string;
  confidence: number;
  relation_basis: string;
  relation_confidence: number;
  because: string | null;
  set_aside: string | null;
}

export interface Finding {
  check: string;
  subject: string;
  message: string;
  severity: string;
  confidence: number;
  locations: string[];
  remedy: string;
  /** The words that stand in the message. */
  details?: string[];
}

export interface Portrait {
  ref: string;
  state: string;
  purl: string | null;
  license: string | null;
  library: string | null;
  pipeline_tag: string | null;
  created_at: string | null;
  downloads: number | null;
  likes: number | null;
  parents: ParentEdge[];
  children_count: number;
  descendants_count: number;
  claims: Claim[];
  findings: Finding[];
}

export interface TraceEdge {
  child: string;
  parent: string;
  relation: string;
  basis: string;
  confidence: number;
  relation_basis: string;
  relation_confidence: number;
}

export interface Trace {
  ref: string;
  direction: string;
  nodes: { ref: string; depth: number; state?: string }[];
  edges: TraceEdge[];
  total: number;
}

export interface Impact {
  ref: string;
  descendants: number;
  by_relation: Record<string, number>;
  by_depth: Record<string, number>;
  downloads: number | null;
  own_downloads: number | null;
  licenses: Record<string, number>;
  top: { ref: string; depth: number; downloads: number | null }[];
  /** Where any were charted. */
  applications?: { name: string; through: string[]; depth: number }[];
}

/** What an application uses; without `node` the atlas does not know it, without `x` it has no circle. */
export interface ApplicationUse {
  ref: string;
  node: number | null;
  state: string;
  revision: string | null;
  basis: string;
  confidence: number;
  is_sure: boolean;
  place: string;
  x: number | null;
  y: number | null;
  r: number | null;
}

export interface Application {
  name: string;
  seen_at: string;
  x: number;
  y: number;
  r: number;
  total: number;
  uses: ApplicationUse[];
}

export interface ApplicationsAnswer {
  total: number;
  applications: Application[];
}

export interface Chart {
  id: string;
  title: string;
  axis: "month" | "category";
  measure: "count" | "share of x" | "share of series" | "share of month" | "median";
  columns: string[];
  x: string[];
  series: { name: string; points: [string, number, number][] }[];
  left_out: number;
  note: string;
  models: string;
  csv: string;
}

export interface Figure {
  id: string;
  title: string;
  count: number;
  of: number;
  nodes: string;
}

export interface Upstream {
  ref: string;
  node: number;
  dependents: number;
  descendants: number;
  downloads: number | null;
  license: string | null;
  state: string | null;
}

export interface Listed {
  ref: string;
  node: number;
  downloads: number | null;
  descendants: number;
  state?: string;
  defects?: string[];
}

export interface Listing {
  title: string;
  total: number;
  offset: number;
  items: Listed[];
  next: string | null;
}

export interface OverviewAnswer {
  portfolio: string | null;
  portfolios: string[];
  nodes: number;
  downloads: number;
  descendants: number;
  unknown: string[];
  documented: Figure[];
  risks: Figure[];
  upstream: Upstream[];
  attention: Listed[];
}

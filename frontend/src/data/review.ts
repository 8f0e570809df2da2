/** Reviews and the ledger over HTTP, as far as the page reads them. */
import type { Title } from "./license";

export type Role = "reader" | "reviewer" | "administrator";
export const DECISIONS = ["approve", "reject", "waive", "override", "reopen"] as const;
export type Decision = (typeof DECISIONS)[number];
export const STATES = ["open", "expired", "waived", "approved", "rejected", "overridden"] as const;
export type State = (typeof STATES)[number];

export interface Me {
  name: string;
  role: Role;
}

/** How one comes in: where a browser logs in and out, and who has come by its login or token. */
export interface Door {
  login: string | null;
  logout: string | null;
  me: Me | null;
}

export interface Decided {
  decision: Decision;
  who: string;
  at: string;
  until: string | null;
  why: string;
  predicate: string;
  value: string;
  entry: number;
}

export interface Item {
  id: number;
  subject: string;
  check: string;
  state: State;
  severity: string | null;
  confidence: number | null;
  message: string;
  details: string[];
  evidence: string[];
  remedy: string;
  owner: string | null;
  due: string | null;
  opened_at: string;
  opened_by: string;
  changed_at: string;
  decided: Decided | null;
  comments: number;
}

export interface Review {
  item: Item;
  topic: string | null;
  node: number | null;
  dependents: number | null;
  risk: number | null;
  is_overdue: boolean;
  /** Waits though its check finds nothing there any more; null while nobody can tell. */
  is_gone: boolean | null;
}

export interface Queue {
  total: number;
  offset: number;
  items: Review[];
  states: Record<string, number>;
  owners: Record<string, number>;
  topics: Record<string, number>;
}

export interface LogLine {
  number: number;
  at: string;
  who: string;
  role: string;
  action: string;
  item: number | null;
  subject: string;
  check: string;
  decision: string;
  predicate: string;
  value: string;
  until: string | null;
  why: string;
  digest: string;
}

/** Where something was read, as findings write it and as people read it. */
export interface Place extends Title {
  place: string;
}

export interface ReviewAnswer {
  review: Review;
  history: LogLine[];
  places: Place[];
}

export interface Policies {
  default: string;
  policies: { name: string; en: string; ja: string; use: string | null }[];
}

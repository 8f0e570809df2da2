/** Models on their way into use over HTTP, as far as the page reads them. */

export const WAY = ["select", "evaluate", "pilot", "deploy", "watch"] as const;
export type Stage = (typeof WAY)[number] | "stopped";

export interface Need {
  id: string;
  text: string;
  gap: string;
  do: string;
  required: boolean;
}

export interface Way {
  ref: string;
  node: number | null;
  stage: Stage;
  since: string;
  who: string;
  why: string;
  owner: string;
  revision: string;
  due: string | null;
  is_due: boolean;
  /** Needs that were open when it was moved on all the same. */
  missing: string[];
  /** Where it may go: on, back, and off the way. */
  ways: Stage[];
  /** What is open before it goes on. */
  next: Need[];
  successes: number;
  failures: number;
  open_failures: number;
}

export interface Ways {
  total: number;
  models: Way[];
}

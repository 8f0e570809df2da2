/** The answer of an audit, as far as the page reads it. */
import type { LicenseVerdict, Override } from "./license";

export type Verdict = "pass" | "review" | "block";

export interface Waiver {
  subject: string;
  check: string;
  who: string;
  decided_at: string;
  until: string | null;
  why: string;
  entry: number;
}

export interface AuditReason {
  rule: string;
  verdict: Verdict;
  message: string;
  because: string[];
  remedy: string;
  is_unknown: boolean;
}

export interface AuditFinding {
  check: string;
  topic: string;
  title: string;
  message: string;
  severity: string;
  confidence: number;
  locations: string[];
  /** The same as people read it: an edge as a sentence. */
  evidence: string[];
  remedy: string;
  waived: Waiver | null;
}

export interface Factor {
  name: string;
  state: string;
  points: number;
  /** The points that are known; `weight` counts those that are not as well. */
  of: number;
  weight: number;
  evidence: { part: string; locator: string; value: string }[];
}

export interface Attribute {
  name: string;
  score: number | null;
  points: number;
  of: number;
  weight: number;
  factors: Factor[];
}

export interface SectionScore {
  section: string;
  title: string;
  title_ja: string;
  /** The group that it belongs to. */
  of: string | null;
  state: string;
  sentence: string | null;
}

export interface AuditTarget {
  ref: string;
  verdict: Verdict;
  reasons: AuditReason[];
  todo: string[];
  findings: AuditFinding[];
  scores: Record<string, number | null>;
  attributes: Attribute[];
  documentation: { sections: SectionScore[] } | null;
  license: {
    declared: { state: string; text: string[]; expression: string | null };
    inherited: Record<string, string>;
    unknown: string[];
    verdict: LicenseVerdict | null;
  };
  lineage: {
    parents: { ref: string; relation: string; basis: string; confidence: number; state: string }[];
    ancestors: number;
    unknown: string[];
    descendants: number;
    downloads: number | null;
  };
  waived: number;
  overrides: Override[];
  notes: string[];
}

export interface AuditAnswer {
  verdict: Verdict;
  policy: string;
  lang: string;
  at: string;
  atlas: string;
  targets: AuditTarget[];
}

export interface Risk {
  ref: string;
  node: number;
  risk: number;
  badness: number;
  dependents: number;
  downloads: number | null;
  verdict: Verdict | null;
  worst: string[];
}

export interface RiskAnswer {
  policy: string | null;
  total: number;
  verdicts: Record<string, number>;
  checks: Record<string, number>;
  risks: Risk[];
}

/** The answer about a node's licence, as far as the page reads it. */
import type { Finding } from "./types";

export interface Clause {
  term: string;
  kind: "right" | "obligation" | "restriction";
  text: string;
  license: string;
  clause: string;
  note: string;
  sureness: string;
  confidence: number;
}

export interface PathStep {
  child: string;
  parent: string;
  relation: string;
  basis: string;
  confidence: number;
}

export interface InheritedTerm {
  term: string;
  flow: "derivative" | "use" | "data" | "outputs";
  from: string;
  path: PathStep[];
  confidence: number;
  answered: boolean;
  clause: Clause | null;
}

export interface LicenseReason {
  weight: "no" | "ask" | "if";
  term: string | null;
  text: string;
  source: string;
  license: string | null;
  clause: string | null;
  confidence: number;
}

/** What a person decided a claim to be. */
export interface Override {
  subject: string;
  predicate: string;
  value: string;
  who: string;
  decided_at: string;
  until: string | null;
  why: string;
  entry: number;
}

export interface LicenseVerdict {
  purpose: string;
  uses: string[];
  commercial: boolean;
  answer: "yes" | "no" | "ask a lawyer";
  reasons: LicenseReason[];
  decided: Override | null;
}

export interface LicenseAnswer {
  ref: string;
  declared: { state: string; text: string[]; expression: string | null; is_choice: boolean; clauses: Clause[] };
  inherited: InheritedTerm[];
  conflicts: Finding[];
  unknown: string[];
  verdict: LicenseVerdict | null;
  decisions: Override[];
}

/** What is said of terms of licences, by checks and of attributes, in both languages. */
export interface Wording {
  terms: Record<string, { kind: string; en: string; ja: string }>;
  /** `vocabulary`: by a detail's place, whose ids stand there. */
  checks: Record<string, { topic: string; en: Words; ja: Words; vocabulary: Record<string, string> }>;
  attributes: Record<string, Title & { about: Title; factors: Record<string, Title & { parts: Record<string, Title> }> }>;
  vocabularies: Record<string, Record<string, Title>>;
}

export interface Title {
  en: string;
  ja: string;
}

export interface Words {
  title: string;
  message: string;
  remedy: string;
}

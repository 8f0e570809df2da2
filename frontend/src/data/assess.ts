/** The answer about an assessment, as `/api/v1/assess/{kind}/{ref}` gives it. */

export const VALUES = ["yes", "partial", "no", "not_applicable", "unknown"] as const;
export type Value = (typeof VALUES)[number];

export interface Evidence {
  text: string;
  where: string;
  basis: string | null;
  confidence: number;
}

export interface Answered {
  who: string;
  at: string;
  why: string;
  until: string | null;
  entry: number;
}

export interface Question {
  id: string;
  text: string;
  value: Value;
  detail: string;
  required: boolean;
  evidence: Evidence[];
  gap: string;
  source: string;
  answered: Answered | null;
  compared: Evidence[];
}

export interface Group {
  id: string;
  title: string;
  about: string;
  questions: Question[];
}

export interface Result {
  id: string;
  title: string;
  value: string;
  text: string;
  missing: string[];
}

export interface ReadAcross {
  id: string;
  title: string;
  about: string;
  columns: string[];
  rows: string[][];
  flagged: number[];
  source: string;
}

export interface Assessment {
  kind: string;
  ref: string;
  title: string;
  dated: string;
  day: string;
  notice: string;
  results: Result[];
  groups: Group[];
  open_questions: number;
  tables: ReadAcross[];
}

export interface Kind {
  name: string;
  en: string;
  ja: string;
  purposes: string[];
}

export interface Kinds {
  kinds: Kind[];
}

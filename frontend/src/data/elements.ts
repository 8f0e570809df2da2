/** What nobody declared of a node: what its name says, and what its neighbourhood tells. */
export interface Undeclared {
  ref: string;
  name: SaidName | null;
  predicted: Prediction[] | null;
}

export interface SaidName {
  convention: string;
  confidence: number;
  elements: { element: string; text: string; value: string; confidence: number }[];
}

export interface Prediction {
  attribute: string;
  value: string;
  confidence: number;
  because: { en: string; ja: string }[];
  /** Of a score, between what it lies. */
  low?: number | null;
  high?: number | null;
}

/** What stands before a colon in a search, the element of a name that it means, and an example. */
export const PREFIXES = [
  ["arch", "architecture", "bert"],
  ["params", "parameters", "7b"],
  ["size", "size", "large"],
  ["task", "task", "ner"],
  ["lang", "language", "ja"],
  ["data", "dataset", "squad"],
  ["char", "dataset-characteristic", "uncased"],
  ["adapt", "adaptation", "gguf"],
  ["train", "training", "pretrained"],
  ["version", "version", "v2"],
  ["layers", "layers", "12"],
  ["heads", "heads", "12"],
] as const;

const ELEMENT = new RegExp(`(^|\\s)(${PREFIXES.map(([prefix]) => prefix).join("|")}):\\S`, "i");

/** Whether a search asks for an element of names, such as `arch:bert`. */
export function asksElements(text: string): boolean {
  return ELEMENT.test(text);
}

import { visible } from "../engine/visible";

export interface SplitRef {
  registry: string;
  kind: "model" | "dataset";
  owner: string;
  name: string;
}

/** `[registry:]kind:owner/name` taken apart, to be shown; what has no kind is a model. */
export function splitRef(ref: string): SplitRef {
  const match = /^(?:([a-z0-9_]+):)?(model|dataset):(.*)$/s.exec(ref);
  const whole = visible(match?.[3] ?? ref);
  const slash = whole.indexOf("/");
  return {
    registry: match?.[1] ?? "hf",
    kind: (match?.[2] as "model" | "dataset" | undefined) ?? "model",
    owner: slash > 0 ? whole.slice(0, slash) : "",
    name: slash > 0 ? whole.slice(slash + 1) : whole,
  };
}

/** Where the registry shows a node, when it is one of the Hub that is there. */
export function hubPage(ref: string): string | null {
  const { registry, kind, owner, name } = splitRef(ref);
  if (registry !== "hf") return null;
  const where = [owner, name].filter(Boolean).map(encodeURIComponent).join("/");
  return `https://huggingface.co/${kind === "dataset" ? "datasets/" : ""}${where}`;
}

/** Whether an address leads to the web; only such become links. */
export function isWeb(href: string): boolean {
  try {
    return /^https?:$/.test(new URL(href).protocol);
  } catch {
    return false;
  }
}

import type { Verdict } from "../data/audit";
import { type AUDIT_WORDS, say } from "../i18n/audit";

/** A verdict as a badge; its colour says nothing that its word does not. */
export function VerdictBadge({ verdict, long = false }: { verdict: Verdict; long?: boolean }) {
  const key = `${long ? "verdict" : "tone"}.${verdict}` as keyof typeof AUDIT_WORDS;
  return <strong class={`verdict verdict-${verdict}`}>{say(key)}</strong>;
}

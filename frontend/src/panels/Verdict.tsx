import type { Verdict } from "../data/audit";
import { say } from "../i18n/audit";

/** A verdict as a badge; its colour says nothing that its word does not. */
export function VerdictBadge({ verdict, long = false }: { verdict: Verdict; long?: boolean }) {
  return <strong class={`verdict verdict-${verdict}`}>{long ? say(`verdict.${verdict}`) : say(`tone.${verdict}`)}</strong>;
}

import { useEffect, useState } from "preact/hooks";
import { NoAnswers } from "../data/api";

export type Answer<T> =
  | { state: "waiting" }
  | { state: "here"; value: T }
  | { state: "failed"; reason: string }
  | { state: "nobody" };

/** Ask when `key` changes; null asks nothing. What was asked before is let go. */
export function useAnswer<T>(key: string | null, ask: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const [answer, setAnswer] = useState<{ key: string | null; answer: Answer<T> }>({ key: null, answer: { state: "waiting" } });
  useEffect(() => {
    if (key === null) return;
    const run = new AbortController();
    const tell = (next: Answer<T>) => !run.signal.aborted && setAnswer({ key, answer: next });
    ask(run.signal).then(
      (value) => tell({ state: "here", value }),
      (error: unknown) => {
        if (error instanceof NoAnswers) tell({ state: "nobody" });
        else tell({ state: "failed", reason: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => run.abort();
    // Asking again is decided by the key alone.
  }, [key]);
  return answer.key === key ? answer.answer : { state: "waiting" };
}

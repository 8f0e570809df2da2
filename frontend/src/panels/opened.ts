import { effect } from "@preact/signals";
import type { Source } from "../data/api";
import { source } from "../state/atlas";

/** The source, once its manifest is here. */
export function opened(): Promise<Source> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (source.value) {
        resolve(source.value);
        queueMicrotask(() => stop());
      }
    });
  });
}

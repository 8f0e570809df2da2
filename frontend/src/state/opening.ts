import { NoAnswers, Source } from "../data/api";
import { source } from "./atlas";

/** The manifest is asked for before anything is drawn. */
const opening = Source.open();
opening.then(
  (opened) => {
    source.value = opened;
  },
  () => undefined,
);

/** The source, once its manifest is here; fails where there is no map. */
export function opened(): Promise<Source> {
  return opening;
}

/** Wait until it is known that somebody answers questions: with a map or without one, but not in an exported folder. */
export async function answering(): Promise<void> {
  const found = await opening.catch(() => null);
  if (found?.manifest.static) throw new NoAnswers();
}

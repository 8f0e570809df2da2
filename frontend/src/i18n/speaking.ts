import { language } from "../state/view";
import { fill } from "./index";

export type Pairs<K extends string> = Record<K, readonly [english: string, japanese: string]>;
export type Say<K extends string> = (key: K, values?: Record<string, string | number>) => string;

/** The words of one room in both languages: they are fetched with the room. */
export function speaking<K extends string>(words: Pairs<K>): Say<K> {
  return (key, values = {}) => fill(words[key][language.value === "ja" ? 1 : 0], values);
}

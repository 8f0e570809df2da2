import { signal } from "@preact/signals";
import type { Wording } from "../data/license";
import type { Finding } from "../data/types";
import { fill } from "../i18n";
import { source } from "../state/atlas";
import { language } from "../state/view";

const wording = signal<Wording | null>(null);
let asked = false;

/** What the server says of terms and checks in Japanese; null in English, where answers carry the words, and until it is here. */
export function japanese(): Wording | null {
  if (language.value !== "ja") return null;
  if (!asked) {
    asked = true;
    source
      .peek()
      ?.wording()
      .then((found) => {
        wording.value = found;
      })
      .catch(() => {
        asked = false;
      });
  }
  return wording.value;
}

/** A term's sentence in the language of the view. */
export function termText(term: string, english: string): string {
  return japanese()?.terms[term]?.ja ?? english;
}

/** What a check found, in the language of the view: its words, with the finding's details in their places. */
export function findingWords(finding: Finding): { title: string; message: string; remedy: string } {
  const words = japanese()?.checks[finding.check]?.ja;
  if (!words) return { title: finding.check, message: finding.message, remedy: finding.remedy };
  const details = Object.fromEntries((finding.details ?? []).map((detail, i) => [i, detail]));
  return { ...words, message: fill(words.message, details) };
}

import { signal } from "@preact/signals";
import { ask } from "../data/api";
import type { Title, Wording, Words } from "../data/license";
import type { Finding } from "../data/types";
import { fill } from "../i18n";
import { answers } from "../state/atlas";
import { language } from "../state/view";

const found = signal<Wording | null>(null);
let asked = false;

/** What the server says of terms, checks and attributes; null until it is here. */
export function wording(): Wording | null {
  if (!asked && answers.peek() !== false) {
    asked = true;
    ask<Wording>("wording")
      .then((told) => {
        found.value = told;
      })
      .catch(() => {
        asked = false;
      });
  }
  return found.value;
}

/** The same in Japanese alone: in English, answers carry the words. */
export function japanese(): Wording | null {
  return language.value === "ja" ? wording() : null;
}

/** A title in the language of the view; what has none goes by its id. */
export function titleOf(title: Title | undefined, id: string): string {
  return title ? title[language.value] : id.replaceAll("-", " ");
}

/** A term's sentence in the language of the view. */
export function termText(term: string, english: string): string {
  return japanese()?.terms[term]?.ja ?? english;
}

/** What a check is called in the language of the view. */
export function checkTitle(check: string): string {
  return wording()?.checks[check]?.[language.value].title ?? check.replaceAll("-", " ");
}

/** What a check found, in the language of the view: its words, with the finding's details in their places. */
export function findingWords(finding: Pick<Finding, "check" | "message" | "remedy" | "details">): Words {
  const told = japanese();
  const check = told?.checks[finding.check];
  if (!told || !check) return { title: finding.check, message: finding.message, remedy: finding.remedy };
  const words = check.ja;
  const details = Object.fromEntries(
    (finding.details ?? []).map((detail, i) => [i, spoken(detail, told.vocabularies[check.vocabulary[i] ?? ""])]),
  );
  const missing = /\{\d+\}/.test(fill(words.message, details));
  return { ...words, message: missing ? finding.message : fill(words.message, details) };
}

/** The ids in a detail as Japanese words; a detail of no vocabulary is as it was read. */
function spoken(detail: string, vocabulary: Record<string, Title> | undefined): string {
  if (!vocabulary) return detail;
  return detail
    .split(", ")
    .map((id) => vocabulary[id]?.ja ?? id)
    .join("、");
}

import { language } from "../state/view";
import { en, type MessageKey } from "./en";
import { ja } from "./ja";

export type { MessageKey } from "./en";

const dictionaries = { en, ja };

/** The message in the language of the view; reading it subscribes to the language. */
export function t(key: MessageKey, values: Record<string, string | number> = {}): string {
  return fill(dictionaries[language.value][key], values);
}

export function fill(message: string, values: Record<string, string | number>): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** A class of a facet or a word of the contract, translated where there is a message for it. */
export function word(key: string): string {
  const message = `class.${key}`;
  return message in en ? t(message as MessageKey) : key;
}

export function number(value: number): string {
  return value.toLocaleString(language.value);
}

/** 1234567 as 1.2M. */
export function brief(value: number): string {
  return new Intl.NumberFormat(language.value, { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

export function percent(value: number): string {
  if (value > 0 && value < 0.001) return `< ${percent(0.001)}`;
  return new Intl.NumberFormat(language.value, { style: "percent", maximumFractionDigits: value < 0.1 ? 1 : 0 }).format(value);
}

/** A time of the server's; one that says no zone is UTC. */
function dateOf(text: string): Date {
  return new Date(/T.*(Z|[+-]\d\d:?\d\d)$/i.test(text) || !text.includes("T") ? text : `${text}Z`);
}

/** A day and its time, in UTC. */
export function moment(text: string): string {
  const date = dateOf(text);
  if (Number.isNaN(date.getTime())) return text;
  return `${date.toLocaleString(language.value, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" })} UTC`;
}

export function day(text: string): string {
  const date = dateOf(text);
  return Number.isNaN(date.getTime())
    ? text
    : date.toLocaleDateString(language.value, { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" });
}

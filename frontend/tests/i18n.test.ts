import { describe, expect, it, vi } from "vitest";
import { APPLICATION_WORDS } from "../src/i18n/applications";
import { AUDIT_WORDS } from "../src/i18n/audit";
import { ELEMENT_WORDS } from "../src/i18n/elements";
import { en } from "../src/i18n/en";
import { ja } from "../src/i18n/ja";
import { LICENSE_WORDS } from "../src/i18n/license";
import { PILOT_WORDS } from "../src/i18n/pilots";
import { REVIEW_WORDS } from "../src/i18n/review";

vi.mock("../src/state/view", () => ({ language: { value: "ja" } }));

/** The sources of the page, but for the dictionaries. */
const SOURCES = Object.values(
  import.meta.glob<string>(
    ["../src/**/*.{ts,tsx}", "!../src/i18n/{en,ja,license,audit,review,elements,applications,pilots}.ts"],
    {
      query: "?raw",
      import: "default",
      eager: true,
    },
  ),
).join("\n");
const ROOMS: Record<string, Record<string, readonly [string, string]>> = {
  license: LICENSE_WORDS,
  audit: AUDIT_WORDS,
  review: REVIEW_WORDS,
  elements: ELEMENT_WORDS,
  applications: APPLICATION_WORDS,
  pilots: PILOT_WORDS,
};

/** Whether a key stands in the sources: whole, or its beginning in a template, such as `facet.${name}`. */
const used = (key: string) => SOURCES.includes(`"${key}"`) || SOURCES.includes(`\`${key.replace(/\.[^.]*$/, ".")}\${`);
const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();

describe("messages", () => {
  it("are there in both languages", () => {
    expect(Object.keys(ja).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(Object.keys(en) as (keyof typeof en)[])("%s says something, with the same values", (key) => {
    expect(en[key].length).toBeGreaterThan(0);
    expect(ja[key].length).toBeGreaterThan(0);
    expect(holes(ja[key])).toEqual(holes(en[key]));
  });

  it("are translated, but for names", () => {
    const same = (Object.keys(en) as (keyof typeof en)[]).filter((key) => en[key] === ja[key]);
    expect(same.sort()).toEqual(["app.name", "trends.csv", "trends.svg"]);
  });

  it("are all said somewhere", () => {
    const keys = [en, ...Object.values(ROOMS)].flatMap((words) => Object.keys(words));
    const read = (key: string) => used(key) || /^(right|obligation|restriction)$/.test(key);
    expect(keys.filter((key) => !read(key))).toEqual([]);
  });

  it.each(Object.keys(ROOMS))("of %s are in both languages, with the same values", (room) => {
    for (const [key, [english, japanese]] of Object.entries(ROOMS[room] ?? {})) {
      expect(english, key).not.toBe("");
      if (/[a-z]{3}/i.test(english)) expect(japanese, key).not.toBe(english);
      expect(holes(japanese), key).toEqual(holes(english));
    }
  });

  it("fill in values, and leave unknown ones be", async () => {
    const { fill, word } = await import("../src/i18n");
    expect(fill("{n} of {total} {x}", { n: 1, total: 2 })).toBe("1 of 2 {x}");
    expect(word("quantized")).toBe("量子化");
    expect(word("constructor")).toBe("constructor");
  });
});

import { describe, expect, it, vi } from "vitest";
import { en } from "../src/i18n/en";
import { ja } from "../src/i18n/ja";

vi.mock("../src/state/view", () => ({ language: { value: "ja" } }));

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

  it("fill in values, and leave unknown ones be", async () => {
    const { fill, word } = await import("../src/i18n");
    expect(fill("{n} of {total} {x}", { n: 1, total: 2 })).toBe("1 of 2 {x}");
    expect(word("quantized")).toBe("量子化");
    expect(word("constructor")).toBe("constructor");
  });
});

import { describe, expect, it } from "vitest";
import { asksElements } from "../src/data/elements";

describe("a search for elements of names", () => {
  it.each(["arch:bert", "chat LANG:ja", "  params:7b x"])("%s", (text) => expect(asksElements(text)).toBe(true));
  it.each(["bert", "arch:", "arch: bert", "model:o/base", "smarch:bert", "o/task:x", ""])("is not %s", (text) =>
    expect(asksElements(text)).toBe(false),
  );
});

import { describe, expect, it } from "vitest";
import { visible } from "../src/engine/visible";
import { hubPage, isWeb, splitRef } from "../src/panels/naming";

describe("names", () => {
  it("shows signs that steer, and leaves the rest as it is", () => {
    expect(visible("x\u202egnp.exe")).toBe("x\ufffdgnp.exe");
    expect(visible("a\u200bb\u2066c\u0007d\ufeff")).toBe("a\ufffdb\ufffdc\ufffdd\ufffd");
    expect(visible("名前 ä é 👍 <b>")).toBe("名前 ä é 👍 <b>");
    expect(splitRef("model:o/x\u202egnp.exe").name).toBe("x\ufffdgnp.exe");
  });

  it("takes references apart", () => {
    expect(splitRef("dataset:o/d")).toEqual({ registry: "hf", kind: "dataset", owner: "o", name: "d" });
    expect(splitRef("local:model:m")).toEqual({ registry: "local", kind: "model", owner: "", name: "m" });
    expect(hubPage("dataset:o/d e")).toBe("https://huggingface.co/datasets/o/d%20e");
    expect(hubPage("local:model:m")).toBeNull();
  });

  it("makes links of http and https alone", () => {
    expect(["https://a.example", "http://a.example/x"].map(isWeb)).toEqual([true, true]);
    const odd = ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//a.example", "vbscript:x", "blob:x", ""];
    expect(odd.map(isWeb)).toEqual(odd.map(() => false));
  });
});

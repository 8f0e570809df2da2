import { describe, expect, it } from "vitest";
import { monthText, readView, START, type View, writeView } from "../src/state/url";

const views: Partial<View>[] = [
  {},
  { camera: { x: 0.123456789012, y: 0.9, zoom: 7.25 } },
  { ref: "model:meta-llama/Llama-2-7b", reach: "down", tab: "impact" },
  { ref: "dataset:a,b/c&d=e#f?g%2F", node: null },
  { node: 934_999, reach: "up" },
  { by: "license", size: "downloads", hide: { license: ["permissive", "undeclared"], task: ["text-generation", "tä,sk&"] } },
  { month: 0 },
  { month: 77, theme: "dark", lang: "ja", table: true },
  { page: "overview", portfolio: "my models", list: "/api/v1/overview/license-missing/models?portfolio=my+models&offset=50" },
  { page: "audit", kind: "dataset" },
  { page: "assess", ref: "model:o/a", assess: "openness", purpose: "release" },
  { page: "audit", ref: "model:o/a", policy: "product", tab: "audit" },
  { page: "review", item: 12, queue: { state: "open", owner: "A & B", topic: "license", due: "2026-11-22" } },
  { tab: "license", use: "commercial product, hosted & sold" },
  { page: "trends", list: "/api/v1/trends/growth/models?series=model&x=2024-05" },
];

describe("the address", () => {
  it.each(views)("keeps the whole view: %j", (part) => {
    const view = { ...START, ...part };
    expect(readView(writeView(view))).toEqual(view);
  });

  it("is empty at the start", () => {
    expect(writeView(START)).toBe("");
  });

  it("reads paths as pages", () => {
    expect(readView("", "/trends").page).toBe("trends");
    expect(readView("", "/some/folder/overview").page).toBe("overview");
    expect(readView("", "/index.html").page).toBe("map");
    expect(readView("?page=trends", "/index.html").page).toBe("trends");
  });

  it("takes nonsense for the start", () => {
    const nonsense =
      "?at=1,x,3&node=-4&by=__proto__&size=&month=1999-13&theme=neon&lang=xx&reach=sideways&tab=9&kind=space&hide.task=&page=admin&item=1.5&queue.state=&queue.odd=1";
    expect(readView(nonsense)).toEqual(START);
  });

  it.each(["https://evil.example/api/v1/trends/a/models", "//evil/api", "/api/v1/show/x", "/api/v1/trends/../x/models"])(
    "opens no list from %s",
    (list) => expect(readView(`?list=${encodeURIComponent(list)}`).list).toBeNull(),
  );

  it("writes months as people do", () => {
    expect(monthText(0)).toBe("2018-01");
    expect(monthText(77)).toBe("2024-06");
  });
});

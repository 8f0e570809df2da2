// What a person waits for, in a browser that draws in software: the first view and its bytes, a search and the flight to what it
// found, frames while panning at each zoom (wall clock, and processor time of the whole browser, which hardly depends on what else
// the machine does). node dev/measure.mjs URL [WORDS]; bench/page.py starts the server as well.
import { execSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { open, settled } from "./browser.mjs";

const [url = "http://127.0.0.1:8808/", words = "mistral 7b v0.1"] = process.argv.slice(2);
const FRAMES = 30;
const RUNS = 5;
const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const views = [];
for (let run = 0; run < RUNS; run++) {
  const { context, page } = await open();
  const wire = await context.newCDPSession(page);
  await wire.send("Network.enable");
  let bytes = 0;
  wire.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  const elsewhere = [];
  page.on("request", (request) => request.url().startsWith(url) || elsewhere.push(request.url()));
  await page.goto(url, { waitUntil: "commit" });
  await settled(page);
  const paint = await page.evaluate(() => ({
    firstPaint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    mapDrawn: performance.getEntriesByName("map-drawn")[0]?.startTime,
    settled: performance.getEntriesByName("map-settled")[0]?.startTime,
  }));
  const first = bytes;
  await page.fill("input[role=combobox]", words);
  const typed = await page.evaluate(() => performance.now());
  await page.waitForSelector("#suggestion-0");
  const suggested = await page.evaluate(() => performance.now());
  const chosen = await page.evaluate(() => performance.now());
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    (from) => performance.getEntriesByName("map-settled").some((mark) => mark.startTime > from + 50),
    chosen,
    {
      polling: 10,
    },
  );
  const flown = await page.evaluate(() => performance.getEntriesByName("map-settled").pop().startTime);
  views.push({ ...paint, bytes: first, elsewhere: elsewhere.length, suggest: suggested - typed, fly: flown - chosen });
  await context.close();
}
const of = (key) => Math.round(middle(views.map((view) => view[key])));
console.log(
  `first paint ${of("firstPaint")} ms, map drawn ${of("mapDrawn")} ms, settled ${of("settled")} ms (middle of ${RUNS} fresh browsers)`,
);
console.log(`first view ${(of("bytes") / 1000).toFixed(0)} kB, page and map, ${of("elsewhere")} requests elsewhere`);
console.log(`suggestions ${of("suggest")} ms after the last key, flown to and drawn ${of("fly")} ms after Enter`);

const { context, page } = await open();
await page.goto(url);
await settled(page);
const pids = execSync(`ps -eo pid,ppid,args`)
  .toString()
  .split("\n")
  .filter((line) => line.includes("filiation-") && line.includes("--type="))
  .map((line) => [line.trim().split(/\s+/)[0], /--type=([\w-]+)/.exec(line)?.[1]]);
const spent = () => {
  const sums = {};
  for (const [pid, type] of pids) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
      sums[type] = (sums[type] ?? 0) + 10 * (Number(fields[11]) + Number(fields[12]));
    } catch {}
  }
  return sums;
};
for (const zoom of [0.7, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8]) {
  await page.evaluate((z) => filiationMap.jump({ x: 0.7735, y: 0.7735, scale: 512 * 2 ** z }), zoom);
  await page.waitForTimeout(150);
  await settled(page);
  const before = spent();
  const result = await page.evaluate(async (frames) => {
    const map = filiationMap;
    const from = map.camera;
    const times = [];
    let last = performance.now();
    for (let i = 0; i < frames; i++) {
      map.jump({ x: from.x + (i * 3) / from.scale, y: from.y + i / from.scale, scale: from.scale * (1 + i * 0.0005) });
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      times.push(now - last);
      last = now;
    }
    times.sort((a, b) => a - b);
    const { mesh, points, dashed, discs, dots, splat } = map.scene;
    return {
      median: Math.round(times[frames / 2]),
      p90: Math.round(times[Math.floor(frames * 0.9)]),
      drawn: map.stats.drawn,
      inFlight: map.stats.circles,
      vertices: mesh.vertices,
      points: points.count + dashed.count,
      discs: discs.count,
      dots: dots.count + splat.count,
    };
  }, FRAMES);
  const after = spent();
  const cpu = Object.fromEntries(Object.entries(after).map(([type, ms]) => [type, Math.round((ms - before[type]) / FRAMES)]));
  console.log(JSON.stringify({ zoom, ...result, gpuCpu: cpu["gpu-process"], pageCpu: cpu.renderer }));
}
await context.close();

// How long frames take while panning, at each zoom: wall clock, and processor time of the whole browser, which does not
// depend on what else the machine does. node dev/frames.mjs URL
import { execSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { open, settled } from "./browser.mjs";

const FRAMES = 30;
const { context, page } = await open();
await page.goto(process.argv[2] ?? "http://127.0.0.1:8123/");
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

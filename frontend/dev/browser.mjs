// A headless Chromium that draws in software, for looking and measuring.
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

/** As the tests and the documentation's pictures start it. */
const FLAGS = JSON.parse(readFileSync(new URL("chromium.json", import.meta.url), "utf8"));

export async function open({ width = 1440, height = 900, ...more } = {}) {
  const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), "filiation-")), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
    viewport: { width, height },
    ...more,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && console.log("console:", message.text()));
  page.on("pageerror", (error) => console.log("page error:", error.message));
  return { context, page };
}

/** Wait until the map has drawn all that its view needs. */
export async function settled(page, timeout = 20_000) {
  await page.waitForFunction(
    () => window.filiationMap && window.filiationMap.stats.frames > 0 && window.filiationMap.resting,
    null,
    { timeout },
  );
}

import { computed, effect, signal } from "@preact/signals";
import type { Application, ApplicationsAnswer, ApplicationUse } from "../data/types";
import type { Line } from "../engine/arcs";
import type { Circle } from "../engine/events";
import { hex, pack } from "../engine/style";
import { application, engine, lit, missing, settled, source } from "./atlas";
import { MARK, tint } from "./palette";
import { month, reachMode, shade, view } from "./view";

/** The applications of the atlas; null before they are here. */
export const applications = signal<ApplicationsAnswer | null>(null);

/** The one that is singled out, with all that is told of it. */
export const chosen = computed<Application | null>(() => named(application.value));

function named(name: string | null): Application | null {
  return applications.value?.applications.find((item) => item.name === name) ?? null;
}

/** What was not seen yet by the month that is shown is not there. */
const shown = computed<Application[]>(() => {
  const until = month.value;
  const known = applications.value?.applications ?? [];
  return until === null ? known : known.filter((item) => monthOf(item.seen_at) <= until);
});

function monthOf(moment: string): number {
  return (Number(moment.slice(0, 4)) - 2018) * 12 + Number(moment.slice(5, 7)) - 1;
}

/** What of it stands on the map and counts. */
export function drawnUses(item: Application): (ApplicationUse & Circle & { node: number })[] {
  return item.uses.filter((use): use is ApplicationUse & Circle & { node: number } => use.is_sure && use.x !== null);
}

/** Without one that is singled out, so many lines are drawn of all together; of more, none. */
const FEW_LINES = 120;
const MOST_LINES = 1200;

/** From each application to what it uses: of the chosen one, of those that stand on what is lit, faintly of all where few. */
export function linesOf(items: readonly Application[], of: string | null, down: Uint8Array | null, colour: number): Line[] {
  const few = items.reduce((sum, item) => sum + item.uses.length, 0) <= FEW_LINES;
  const alone = of !== null || down !== null;
  const lines: Line[] = [];
  for (const item of items) {
    for (const use of drawnUses(item)) {
      const strong = item.name === of || down?.[use.node] === 1;
      if ((!strong && (alone || !few)) || lines.length >= MOST_LINES) continue;
      const ink = ((colour & 0xffffff) | ((strong ? 220 : 90) << 24)) >>> 0;
      lines.push({ x0: item.x, y0: item.y, x1: use.x, y1: use.y, colour: ink, dashed: false });
    }
  }
  return lines;
}

/** The applications whose names have all words, as the search lists them. */
export function findApplications(words: string): Application[] {
  const wanted = words
    .toLowerCase()
    .replace(/^application:/, "")
    .split(/\s+/)
    .filter(Boolean);
  const known = applications.value?.applications ?? [];
  return known.filter((item) => wanted.every((word) => item.name.toLowerCase().includes(word)));
}

const WHOLE: Circle = { x: 0.5, y: 0.5, r: 0.5 };

/** Bring an application into view, with what it uses; one that uses nothing, beside the whole map. */
export function flyToApplication(item: Application): void {
  const used: Circle[] = drawnUses(item);
  const circles = [item, ...(used.length ? used : [WHOLE])];
  const [left, right] = [Math.min(...circles.map(({ x, r }) => x - r)), Math.max(...circles.map(({ x, r }) => x + r))];
  const [top, bottom] = [Math.min(...circles.map(({ y, r }) => y - r)), Math.max(...circles.map(({ y, r }) => y + r))];
  const across = Math.max(right - left, bottom - top);
  engine.peek()?.flyTo({ x: (left + right) / 2, y: (top + bottom) / 2, r: Math.max(across / 2, 0.1) }, 0.8);
}

let connected = false;

/** Ask for the applications once the map is drawn, and keep their marks in step with what is singled out. */
export function connectApplications(): void {
  if (connected) return;
  connected = true;
  let asked = false;
  effect(() => {
    if (!settled.value || asked) return;
    asked = true;
    void load();
  });
  effect(() => {
    const down = reachMode.value === "down" ? lit.value : null;
    const colour = pack(hex(tint(MARK, shade.value)));
    engine.value?.setShore({ berths: shown.value, lines: linesOf(shown.value, application.value, down, colour) });
  });
  effect(() => {
    const item = chosen.value;
    engine.value?.setShore({ chosen: item?.name ?? null, used: item ? drawnUses(item) : [] });
  });
  effect(() => {
    if (!applications.value || application.value === null || chosen.value) return;
    missing.value = view.peek().ref;
    application.value = null;
  });
}

async function load(): Promise<void> {
  const told = await source
    .peek()
    ?.applications()
    .catch(() => null);
  applications.value = told ?? { total: 0, applications: [] };
  const item = chosen.peek();
  if (item && !view.peek().camera) flyToApplication(item);
}

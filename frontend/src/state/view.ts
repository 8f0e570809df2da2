import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Shade } from "./palette";
import { type FacetName, PAGES, readView, type View, writeView } from "./url";

const first = readView(location.search, location.pathname);
const media = matchMedia("(prefers-color-scheme: dark)");
const prefersDark = signal(media.matches);
media.addEventListener("change", (event) => {
  prefersDark.value = event.matches;
});

/** The whole view; what the address says. Change it with `patch`. */
export const view = signal<View>(first);

function part<K extends keyof View>(key: K): ReadonlySignal<View[K]> {
  return computed(() => view.value[key]);
}

export const page = part("page");
export const by = part("by");
export const size = part("size");
export const hide = part("hide");
export const month = part("month");
export const tableOpen = part("table");
export const tab = part("tab");
export const reachMode = part("reach");
export const portfolio = part("portfolio");
export const use = part("use");

export const shade = computed<Shade>(() => {
  const theme = view.value.theme;
  return theme === "auto" ? (prefersDark.value ? "dark" : "light") : theme;
});

export const language = computed<"en" | "ja">(() => {
  const lang = view.value.lang;
  return lang === "auto" ? (navigator.language.startsWith("ja") ? "ja" : "en") : lang;
});

/** Change some of the view; `push` makes a step that the back button takes back. */
export function patch(change: Partial<View>, push = false): void {
  const next = { ...view.peek(), ...change };
  if (push) writeAddress(next, Object.keys(change));
  batch(() => {
    view.value = next;
  });
}

/** Take back the step by which `key` came to be what it is; where there was none, change the view in place. */
export function retract<K extends keyof View>(key: K, change: Pick<View, K>): void {
  if (view.peek()[key] === change[key]) return;
  if (stepOf(history.state).includes(key)) {
    if (timer) writeAddress(view.peek());
    history.back();
  } else {
    patch(change);
  }
}

/** What the step to the address that is open changed, as it was noted there. */
function stepOf(state: unknown): string[] {
  return state && typeof state === "object" && "step" in state && Array.isArray(state.step) ? state.step : [];
}

/** Hide or show a class of a facet. */
export function toggleHidden(facet: FacetName, key: string): void {
  const hidden = new Set(view.peek().hide[facet]);
  if (!hidden.delete(key)) hidden.add(key);
  setHidden(facet, [...hidden]);
}

export function setHidden(facet: FacetName, keys: string[]): void {
  const next = { ...view.peek().hide };
  delete next[facet];
  if (keys.length) next[facet] = [...keys].sort();
  patch({ hide: next });
}

/** The address of the view with some of it changed, for links. */
export function addressOf(change: Partial<View>): string {
  return addressText({ ...view.peek(), ...change });
}

const PAGE_IN_PATH = new RegExp(`(?<=/)(${PAGES.join("|")})$`);

function addressText(next: View): string {
  const query = writeView(next);
  return `${location.pathname.replace(PAGE_IN_PATH, "")}${query ? `?${query}` : ""}`;
}

let timer = 0;

/** Write the address; with `step`, the names of what changes, as a step that can be taken back. */
function writeAddress(next: View, step?: string[]): void {
  // What was not written yet belongs to the step before.
  if (step && timer) history.replaceState(history.state, "", addressText(view.peek()));
  clearTimeout(timer);
  timer = 0;
  const address = addressText(next);
  if (step && address !== location.pathname + location.search) history.pushState({ step }, "", address);
  else history.replaceState(history.state, "", address);
}

/** Keep the address in step with the view, and the view with the back button. */
export function followAddress(onBack: (before: View, now: View) => void): void {
  effect(() => {
    const next = view.value;
    if (timer) return;
    timer = window.setTimeout(() => {
      timer = 0;
      writeAddress(view.peek());
    }, 200);
    void next;
  });
  addEventListener("popstate", () => {
    const before = view.peek();
    const now = readView(location.search, location.pathname);
    view.value = now;
    onBack(before, now);
  });
}

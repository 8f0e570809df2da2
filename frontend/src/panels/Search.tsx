import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Refused } from "../data/api";
import { asksElements } from "../data/elements";
import type { Application } from "../data/types";
import { visible } from "../engine/visible";
import { brief, t } from "../i18n";
import { findApplications, flyToApplication } from "../state/applications";
import { answers, applicationIn, applicationRef, engine, goTo, selectApplication, share, source } from "../state/atlas";
import { page, patch } from "../state/view";
import { Icon } from "./Icon";
import { later } from "./lazy";
import { splitRef } from "./naming";

interface Suggestion {
  ref: string;
  downloads: number | null;
  node: number;
  x: number;
  y: number;
  r: number;
  /** Where it is one, and no node. */
  application?: Application;
}

const LIMIT = 10;
/** So many applications stand above what else a word finds. */
const FEW = 3;
const WAIT_MS = 60;
const text = signal("");
const found = signal<Suggestion[] | null>(null);
/** Why a question cannot be answered, in the server's sentence. */
const refused = signal("");
const active = signal(0);
const open = signal(false);
const helping = signal(false);
const SearchHelp = later(() => import("./SearchHelp").then((module) => module.SearchHelp));

/** A combobox: type, choose, fly there. */
export function Search() {
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useSuggestions(text.value);
  useEffect(() => {
    const next = open.value ? found.value?.[active.value] : undefined;
    const flown = next?.application ? undefined : next;
    engine.peek()?.expect(flown ?? null, flown && share(flown));
  }, [found.value, active.value, open.value]);
  useEffect(() => {
    const away = (event: PointerEvent) => {
      if (box.current?.contains(event.target as Node)) return;
      open.value = false;
      helping.value = false;
    };
    const slash = (event: KeyboardEvent) => {
      if (event.key !== "/" || (event.target as HTMLElement).closest("input, textarea, select")) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", slash);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", slash);
    };
  }, []);
  const shown = open.value && found.value !== null && text.value.trim() !== "";
  return (
    <div class="search" ref={box} role="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        list={undefined}
        role="combobox"
        aria-label={t("search.label")}
        aria-expanded={shown}
        aria-controls="suggestions"
        aria-autocomplete="list"
        aria-activedescendant={shown && found.value?.length ? `suggestion-${active.value}` : undefined}
        placeholder={t("search.placeholder")}
        autocomplete="off"
        spellcheck={false}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          open.value = true;
          helping.value = false;
          active.value = 0;
        }}
        onFocus={() => {
          open.value = true;
        }}
        onKeyDown={(event) => onKey(event)}
      />
      <button
        type="button"
        class="help"
        aria-label={t("search.help")}
        title={t("search.help")}
        aria-expanded={helping.value}
        aria-controls="search-help"
        onClick={() => {
          helping.value = !helping.value;
          open.value = false;
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") helping.value = false;
        }}
      >
        <Icon name="help" />
      </button>
      {shown && <Suggestions />}
      <div class="search-help" id="search-help" hidden={!helping.value}>
        {helping.value && <SearchHelp onPick={(example: string) => pick(example, input.current)} />}
      </div>
      <div class="visually-hidden" role="status">
        {shown ? t("search.count", { n: found.value?.length ?? 0 }) : ""}
      </div>
    </div>
  );
}

function Suggestions() {
  const items = found.value ?? [];
  if (items.length === 0) {
    return <p class="suggestions quiet">{refused.value || t(nothingFound())}</p>;
  }
  return (
    <ul class="suggestions" id="suggestions" role="listbox" aria-label={t("search.label")}>
      {items.map((item, i) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the combobox
        <li
          key={item.ref}
          id={`suggestion-${i}`}
          role="option"
          aria-selected={i === active.value}
          onPointerDown={(event) => event.preventDefault()}
          // Not when the finger comes down: the click would land on what the list was lying on.
          onClick={() => choose(item)}
          onPointerEnter={() => {
            active.value = i;
          }}
        >
          <RefName refText={item.ref} />
          {item.downloads !== null && <span class="count">{brief(item.downloads)} ↓</span>}
        </li>
      ))}
    </ul>
  );
}

function nothingFound(): "search.noneStatic" | "search.none" | "search.elementsStatic" | "search.noneElements" {
  const elements = asksElements(text.value);
  if (answers.value === false) return elements ? "search.elementsStatic" : "search.noneStatic";
  return elements ? "search.noneElements" : "search.none";
}

/** Put an example behind what is asked already. */
function pick(example: string, input: HTMLInputElement | null): void {
  text.value = [text.value.trim(), example].filter(Boolean).join(" ");
  helping.value = false;
  active.value = 0;
  open.value = true;
  input?.focus();
}

export function RefName({ refText }: { refText: string }) {
  const application = applicationIn(refText);
  if (application !== null) {
    return (
      <span class="ref-name">
        <span class="badge">{t("node.application")}</span>
        <span class="own">{visible(application)}</span>
      </span>
    );
  }
  const { kind, owner, name } = splitRef(refText);
  return (
    <span class="ref-name">
      {kind === "dataset" && <span class="badge">{t("node.dataset")}</span>}
      {owner && <span class="owner">{owner}/</span>}
      <span class="own">{name}</span>
    </span>
  );
}

function useSuggestions(query: string): void {
  useEffect(() => {
    const words = query.trim();
    if (!words) {
      found.value = null;
      return;
    }
    const run = new AbortController();
    const timer = setTimeout(() => void suggest(words, run.signal), WAIT_MS);
    return () => {
      clearTimeout(timer);
      run.abort();
    };
  }, [query]);
}

async function suggest(words: string, signal: AbortSignal): Promise<void> {
  const alone = applicationIn(words) !== null;
  const marks = findApplications(words)
    .slice(0, alone ? LIMIT : FEW)
    .map(suggested);
  try {
    const nodes = alone ? [] : ((await source.peek()?.find(words, LIMIT, signal)) ?? []);
    found.value = [...marks, ...nodes].slice(0, LIMIT);
    refused.value = "";
  } catch (error) {
    if (signal.aborted) return;
    found.value = marks;
    refused.value = error instanceof Refused ? error.message : "";
  }
}

function suggested(application: Application): Suggestion {
  const { name, x, y, r } = application;
  return { ref: applicationRef(name), downloads: null, node: -1, x, y, r, application };
}

function choose(item: Suggestion): void {
  open.value = false;
  text.value = "";
  (document.activeElement as HTMLElement | null)?.blur();
  if (item.application) {
    selectApplication(item.application.name);
    flyToApplication(item.application);
    return;
  }
  // Who audits goes on to audit; all others are taken to the map.
  if (page.peek() === "audit" || page.peek() === "assess") patch({ ref: item.ref, node: null }, true);
  else void goTo(item.ref, item);
}

function onKey(event: KeyboardEvent): void {
  const items = found.value ?? [];
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    open.value = true;
    const step = event.key === "ArrowDown" ? 1 : -1;
    active.value = (active.value + step + items.length) % Math.max(1, items.length);
  } else if (event.key === "Enter") {
    const item = items[active.value];
    if (item) choose(item);
  } else if (event.key === "Escape") {
    if (open.value && text.value) open.value = false;
    else text.value = "";
  }
}

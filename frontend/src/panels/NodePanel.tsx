import { useEffect, useRef } from "preact/hooks";
import type { Impact, Portrait } from "../data/types";
import { brief, number, t } from "../i18n";
import { answers, engine, reach, reachPending, type Selection, select, selection, share, source } from "../state/atlas";
import { TABS } from "../state/url";
import { patch, reachMode, tab } from "../state/view";
import { Claims } from "./Claims";
import { Facts, TileFacts } from "./Facts";
import { Icon } from "./Icon";
import { ImpactTab } from "./ImpactTab";
import { later } from "./lazy";
import { RefName } from "./Search";
import { type Answer, useAnswer } from "./useAnswer";

/** Everything about the circle that is singled out. */
export function NodePanel() {
  const now = selection.value;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Keyboard and screen reader land on the panel when it opens, unless one is typing or on the map.
    if (now && document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, [now?.node]);
  const ref = now?.ref ?? null;
  const portrait = useAnswer<Portrait>(ref, (signal) => need(source.peek()?.show(ref ?? "", signal)));
  if (!now) return null;
  const title = ref ?? t("node.unnamed", { node: now.node });
  return (
    <aside class="node card" aria-label={t("node.panel", { ref: title })}>
      <header>
        <h2 tabIndex={-1} ref={heading}>
          {ref ? <RefName refText={ref} /> : title}
        </h2>
        <button type="button" class="tool" aria-label={t("control.close")} onClick={() => select(null)}>
          <Icon name="close" />
        </button>
      </header>
      <ReachButtons now={now} />
      <Tabs portrait={portrait} />
      <div class="node-body" role="tabpanel" id="node-body" aria-labelledby={`tab-${tab.value}`} tabIndex={0}>
        <Body now={now} portrait={portrait} />
      </div>
    </aside>
  );
}

function need<T>(promise: Promise<T> | undefined): Promise<T> {
  return promise ?? Promise.reject(new Error("not open"));
}

function Body({ now, portrait }: { now: Selection; portrait: Answer<Portrait> }) {
  if (answers.value === false || portrait.state === "nobody") {
    return (
      <>
        <p class="quiet">{t("node.noAnswers")}</p>
        <TileFacts now={now} />
      </>
    );
  }
  if (portrait.state === "waiting") {
    return (
      <>
        <TileFacts now={now} />
        <p class="quiet">{t("node.loading")}</p>
      </>
    );
  }
  if (portrait.state === "failed") {
    return (
      <>
        <p class="quiet">{t("node.failed", { reason: portrait.reason })}</p>
        <TileFacts now={now} />
      </>
    );
  }
  const about = portrait.value;
  switch (tab.value) {
    case "facts":
      return <Facts about={about} />;
    case "claims":
      return <Claims about={about} />;
    case "impact":
      return <ImpactTab refText={about.ref} />;
    case "license":
      return <LicenseTab refText={about.ref} />;
    case "scores":
      return <ScoresTab refText={about.ref} />;
    case "audit":
      return <AuditTab refText={about.ref} />;
    default:
      return <FamilyTree about={about} node={now.node} />;
  }
}

const FamilyTree = later(() => import("./FamilyTree").then((module) => module.FamilyTree));
const LicenseTab = later(() => import("./LicenseTab").then((module) => module.LicenseTab));
const ScoresTab = later(() => import("./ScoresTab").then((module) => module.ScoresTab));
const AuditTab = later(() => import("./AuditTab").then((module) => module.AuditTab));

function Tabs({ portrait }: { portrait: Answer<Portrait> }) {
  if (answers.value === false) return null;
  const count = portrait.state === "here" ? portrait.value.claims.length : null;
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    const next = TABS[(TABS.indexOf(tab.value) + step + TABS.length) % TABS.length];
    if (!next) return;
    patch({ tab: next });
    requestAnimationFrame(() => document.getElementById(`tab-${next}`)?.focus());
  };
  return (
    <div class="tabs" role="tablist" onKeyDown={move}>
      {TABS.map((name) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          aria-selected={tab.value === name}
          aria-controls="node-body"
          tabIndex={tab.value === name ? 0 : -1}
          onClick={() => patch({ tab: name })}
        >
          {t(`node.${name}`)}
          {name === "claims" && count !== null && <span class="count"> {number(count)}</span>}
        </button>
      ))}
    </div>
  );
}

function ReachButtons({ now }: { now: Selection }) {
  const mode = reachMode.value;
  const asked = mode === "down" && now.ref ? now.ref : null;
  const impact = useAnswer<Impact>(asked, (signal) => need(source.peek()?.impact(asked ?? "", signal)));
  const downloads = asked && impact.state === "here" ? impact.value.downloads : null;
  const toggle = (to: "down" | "up") => patch({ reach: mode === to ? "none" : to }, true);
  return (
    <div class="reach">
      {answers.value !== false && (
        <>
          <button type="button" class="pill" aria-pressed={mode === "down"} onClick={() => toggle("down")}>
            <Icon name="down" /> {t("reach.down")}
          </button>
          <button type="button" class="pill" aria-pressed={mode === "up"} onClick={() => toggle("up")}>
            <Icon name="up" /> {t("reach.up")}
          </button>
        </>
      )}
      <button type="button" class="pill" onClick={() => engine.value?.flyTo(now, share(now))}>
        <Icon name="target" /> {t("node.fly")}
      </button>
      <p class="reach-count" role="status" aria-live="polite">
        {reachText()}
        {downloads ? ` · ${t("reach.downloads", { n: brief(downloads) })}` : ""}
      </p>
    </div>
  );
}

function reachText(): string {
  const mode = reachMode.value;
  if (mode === "none") return "";
  if (reachPending.value) return t("reach.loading");
  const found = reach.value;
  if (!found) return "";
  if (found.count === 0) return t("reach.nothing");
  let depth = 0;
  for (const value of found.depth) if (value > depth) depth = value;
  const steps = depth === 1 ? t("reach.step") : t("reach.steps", { depth });
  return t(mode === "down" ? "reach.downCount" : "reach.upCount", { n: number(found.count), steps });
}

import type { Impact } from "../data/types";
import { brief, number, t, word } from "../i18n";
import { applicationRef, goTo, selectApplication, source } from "../state/atlas";
import { relationTint } from "../state/facets";
import { type Tint, tint } from "../state/palette";
import { shade } from "../state/view";
import { Fact, Unknown } from "./Facts";
import { RefName } from "./Search";
import { useAnswer } from "./useAnswer";

/** What stands on a node. */
export function ImpactTab({ refText }: { refText: string }) {
  const answer = useAnswer<Impact>(`impact ${refText}`, (signal) => {
    const from = source.peek();
    return from ? from.impact(refText, signal) : Promise.reject(new Error("not open"));
  });
  if (answer.state === "waiting") return <p class="quiet">{t("node.loading")}</p>;
  if (answer.state === "nobody") return <p class="quiet">{t("node.noAnswers")}</p>;
  if (answer.state === "failed") return <p class="quiet">{t("node.failed", { reason: answer.reason })}</p>;
  const impact = answer.value;
  return (
    <>
      <dl class="facts large">
        <Fact name={t("node.descendants")}>{number(impact.descendants)}</Fact>
        <Fact name={t("impact.downloads")}>
          {impact.downloads === null && impact.descendants > 0 ? <Unknown word="unknown" /> : number(impact.downloads ?? 0)}
        </Fact>
        <Fact name={t("impact.own")}>
          {impact.own_downloads === null ? <Unknown word="unknown" /> : number(impact.own_downloads)}
        </Fact>
      </dl>
      <Bars title={t("impact.byRelation")} counts={impact.by_relation} colour={relationTint} name={word} />
      <Bars title={t("impact.byDepth")} counts={impact.by_depth} />
      <Bars title={t("impact.licenses")} counts={impact.licenses} most={8} name={word} />
      {impact.applications && impact.applications.length > 0 && (
        <section>
          <h3>{t("impact.applications")}</h3>
          <ul class="top">
            {impact.applications.map((item) => (
              <li key={item.name}>
                <button type="button" class="link" onClick={() => selectApplication(item.name)}>
                  <RefName refText={applicationRef(item.name)} />
                </button>
                <span class="count">{item.depth === 1 ? t("reach.step") : t("reach.steps", { depth: item.depth })}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {impact.top.length > 0 && (
        <section>
          <h3>{t("impact.top")}</h3>
          <ol class="top">
            {impact.top.map((item) => (
              <li key={item.ref}>
                <button type="button" class="link" onClick={() => void goTo(item.ref)}>
                  <RefName refText={item.ref} />
                </button>
                <span class="count">{item.downloads === null ? "" : brief(item.downloads)}</span>
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}

interface BarsProps {
  title: string;
  counts: Record<string, number>;
  most?: number;
  colour?: (key: string) => Tint;
  name?: (key: string) => string;
}

/** Counts as bars, drawn as SVG attributes because a strict policy allows no inline styles. */
export function Bars({ title, counts, most = 12, colour, name = (key) => key }: BarsProps) {
  const rows = Object.entries(counts).slice(0, most);
  const greatest = Math.max(1, ...rows.map(([, count]) => count));
  if (rows.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul class="bars">
        {rows.map(([key, count]) => (
          <li key={key}>
            <span class="bar-name">{name(key)}</span>
            <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect
                width={Math.max(0.6, (100 * count) / greatest)}
                height="8"
                rx="1"
                fill={tint(colour?.(key) ?? ["#3a81b4", "#4a97c6"], shade.value)}
              />
            </svg>
            <span class="count">{number(count)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

import type { Figure, OverviewAnswer } from "../data/types";
import { brief, number, percent, t } from "../i18n";
import { title } from "../i18n/titles";
import { opened } from "../state/opening";
import { tint } from "../state/palette";
import { patch, portfolio, shade } from "../state/view";
import { Heads, ListDialog, NodeHead, NodeTable } from "./Listing";
import { Pilots } from "./Pilots";
import { useAnswer } from "./useAnswer";

/** The registry, or a portfolio, on one screen; each number opens the list behind it. */
export function Overview() {
  const chosen = portfolio.value;
  const answer = useAnswer<OverviewAnswer>(`overview ${chosen}`, async (signal) => (await opened()).overview(chosen, signal));
  return (
    <div class="overview">
      <h1>{t("overview.title")}</h1>
      <p class="lead">{t("overview.lead")}</p>
      {answer.state === "waiting" && <p class="quiet">{t("trends.loading")}</p>}
      {answer.state === "nobody" && <p class="quiet">{t("page.unavailable")}</p>}
      {answer.state === "failed" && <p class="quiet">{t("page.failed", { reason: answer.reason })}</p>}
      <Pilots />
      {answer.state === "here" && <Screen about={answer.value} />}
      <ListDialog />
    </div>
  );
}

function Screen({ about }: { about: OverviewAnswer }) {
  const query = about.portfolio ? `?${new URLSearchParams({ portfolio: about.portfolio })}` : "";
  return (
    <>
      {about.portfolios.length > 0 && (
        <label class="choose">
          {t("overview.choose")}
          <select value={about.portfolio ?? ""} onChange={(event) => patch({ portfolio: event.currentTarget.value }, true)}>
            <option value="">{t("overview.whole")}</option>
            {about.portfolios.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {about.unknown.length > 0 && (
        <p class="quiet">
          {t("overview.unknown", { n: about.unknown.length })}: {about.unknown.join(", ")}
        </p>
      )}
      <dl class="heroes">
        <Hero value={about.nodes} name={t("overview.nodes")} />
        <Hero value={about.downloads} name={t("overview.downloads")} />
        <Hero value={about.descendants} name={t("overview.descendants")} />
      </dl>
      <div class="halves">
        <section>
          <h2>{t("overview.documented")}</h2>
          <ul class="figures">
            {about.documented.map((figure) => (
              <FigureRow key={figure.id} figure={figure} good />
            ))}
          </ul>
        </section>
        <section>
          <h2>{t("overview.risks")}</h2>
          <ul class="figures">
            {about.risks.map((figure) => (
              <FigureRow key={figure.id} figure={figure} />
            ))}
          </ul>
        </section>
      </div>
      <section>
        <h2>{t("overview.attention")}</h2>
        <NodeTable items={about.attention} />
        <button type="button" class="link" onClick={() => patch({ list: `/api/v1/overview/attention/models${query}` }, true)}>
          {t("overview.all")}
        </button>
      </section>
      <section>
        <h2>{t("overview.upstream")}</h2>
        <UpstreamTable about={about} />
      </section>
    </>
  );
}

function Hero({ value, name }: { value: number; name: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={number(value)}>{value < 100_000 ? number(value) : brief(value)}</dd>
    </div>
  );
}

function FigureRow({ figure, good = false }: { figure: Figure; good?: boolean }) {
  const share = figure.of ? figure.count / figure.of : 0;
  const colour = tint(good ? ["#0072b2", "#3d9fdb"] : ["#d55e00", "#e8742a"], shade.value);
  return (
    <li>
      <button type="button" onClick={() => patch({ list: figure.nodes }, true)} disabled={figure.count === 0}>
        <span class="figure-count">{number(figure.count)}</span>
        <span class="figure-title">{title(figure.id, figure.title)}</span>
        <span class="count">{percent(share)}</span>
        <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect width="100" height="4" class="track" />
          <rect width={100 * share} height="4" fill={colour} />
        </svg>
      </button>
    </li>
  );
}

function UpstreamTable({ about }: { about: OverviewAnswer }) {
  return (
    <table class="plain">
      <Heads names={["name", "dependents", "downloads", "license"]} />
      <tbody>
        {about.upstream.map((item) => (
          <tr key={item.node}>
            <NodeHead item={item} />
            <td class="number">{number(item.dependents)}</td>
            <td class="number">{item.downloads === null ? "" : brief(item.downloads)}</td>
            <td>{item.license ?? <span class="unknown">{t("value.undeclared")}</span>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

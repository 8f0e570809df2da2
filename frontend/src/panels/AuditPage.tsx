import { useEffect, useState } from "preact/hooks";
import { ask } from "../data/api";
import type { Risk, RiskAnswer } from "../data/audit";
import { visible } from "../engine/visible";
import { brief, number, percent, t } from "../i18n";
import { say } from "../i18n/audit";
import { answering } from "../state/opening";
import { greet } from "../state/session";
import { KINDS, type KindChoice } from "../state/url";
import { patch, view } from "../state/view";
import { AuditView } from "./AuditView";
import { ViewLink } from "./Link";
import { RefName } from "./Search";
import { useAnswer } from "./useAnswer";
import { checkTitle } from "./wording";
import "./audit.css";

/** One audit as a page; without a name, the registry by risk. */
export function AuditPage() {
  const { ref } = view.value;
  useEffect(greet, []);
  if (!ref) return <Risks />;
  return (
    <div class="audit-page">
      <p>
        <ViewLink change={{ ref: null, node: null }}>← {say("back")}</ViewLink>
      </p>
      <h1>
        <RefName refText={ref} />
      </h1>
      <AuditView key={ref} refText={ref} wide />
    </div>
  );
}

const PAGE = 50;

/** Where a small team looks first. */
function Risks() {
  const { kind } = view.value;
  const [shown, setShown] = useState(PAGE);
  const [before, setBefore] = useState<RiskAnswer | null>(null);
  const answer = useAnswer<RiskAnswer>(`risk ${kind} ${shown}`, async (signal) => {
    await answering();
    return ask<RiskAnswer>(
      `risk?${new URLSearchParams({ limit: String(shown), ...(kind === "all" ? {} : { kind }) })}`,
      signal,
    );
  });
  useEffect(() => {
    if (answer.state === "here") setBefore(answer.value);
  }, [answer]);
  const now = answer.state === "here" ? answer.value : before;
  return (
    <div class="audit-page">
      <h1>{say("riskTitle")}</h1>
      <p class="lead">{say("riskLead")}</p>
      <KindChoiceBox />
      {answer.state === "waiting" && !now && <p class="quiet">{t("trends.loading")}</p>}
      {answer.state === "nobody" && <p class="quiet">{t("page.unavailable")}</p>}
      {answer.state === "failed" && (
        <p class="quiet" role="alert">
          {t("page.failed", { reason: visible(answer.reason) })}
        </p>
      )}
      {now && now.total === 0 && <p class="quiet">{say("empty")}</p>}
      {now && now.total > 0 && (
        <>
          <p class="quiet" role="status">
            {say("riskCount", { shown: number(now.risks.length), total: number(now.total) })}
          </p>
          <RiskTable risks={now.risks} />
          {now.risks.length < now.total && now.risks.length >= shown && shown < 1000 && (
            <button type="button" class="pill" onClick={() => setShown(Math.min(1000, shown + 2 * PAGE))}>
              {t("list.more")}
            </button>
          )}
        </>
      )}
    </div>
  );
}

function KindChoiceBox() {
  return (
    <div class="policy">
      <label>
        {say("show")}
        <select value={view.value.kind} onChange={(event) => patch({ kind: event.currentTarget.value as KindChoice })}>
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {say(`kind.${kind}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function RiskTable({ risks }: { risks: Risk[] }) {
  return (
    <div class="table-scroll" tabIndex={0}>
      <table class="plain risks">
        <thead>
          <tr>
            <th scope="col">{t("table.name")}</th>
            <th scope="col" class="number">
              {say("risk")}
            </th>
            <th scope="col" class="number">
              {say("badness")}
            </th>
            <th scope="col" class="number">
              {say("dependents")}
            </th>
            <th scope="col" class="number">
              {t("table.downloads")}
            </th>
            <th scope="col">{say("worst")}</th>
          </tr>
        </thead>
        <tbody>
          {risks.map((item) => (
            <tr key={item.node}>
              <th scope="row">
                <ViewLink change={{ ref: item.ref, node: null }}>
                  <RefName refText={item.ref} />
                </ViewLink>
              </th>
              <td class="number">{item.risk < 100 ? item.risk.toFixed(1) : number(Math.round(item.risk))}</td>
              <td class="number">{percent(item.badness)}</td>
              <td class="number">{number(item.dependents - 1)}</td>
              <td class="number">{item.downloads === null ? "" : brief(item.downloads)}</td>
              <td class="defects">{item.worst.map(checkTitle).join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

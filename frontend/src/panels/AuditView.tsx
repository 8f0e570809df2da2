import { useState } from "preact/hooks";
import { ask, path, save, send } from "../data/api";
import type { AuditAnswer, AuditFinding, AuditReason, AuditTarget } from "../data/audit";
import type { Override } from "../data/license";
import type { Policies, ReviewAnswer } from "../data/review";
import { visible } from "../engine/visible";
import { day, moment, number, percent, t, word } from "../i18n";
import { say } from "../i18n/audit";
import { say as sayLicense } from "../i18n/license";
import { goTo } from "../state/atlas";
import { answering } from "../state/opening";
import { mayReview } from "../state/session";
import { language, patch, view } from "../state/view";
import { Basis, severityClass } from "./Facts";
import { ViewLink } from "./Link";
import { Documentation, Locator, Scores } from "./Scores";
import { RefName } from "./Search";
import { useAnswer } from "./useAnswer";
import { VerdictBadge } from "./Verdict";
import "./audit.css";

const FIRST = 3;

/** May we build on it? The verdict, three reasons, what to do; below it all that it stands on. */
export function AuditView({ refText, wide = false }: { refText: string; wide?: boolean }) {
  const { policy } = view.value;
  const lang = language.value;
  const [again, setAgain] = useState(0);
  const query = new URLSearchParams({ lang, ...(policy ? { policy } : {}) });
  const key = `audit ${refText} ${query} ${again}`;
  const answer = useAnswer<AuditAnswer>(key, async (signal) => {
    await answering();
    return ask<AuditAnswer>(`audit/${path(refText)}?${query}`, signal);
  });
  return (
    <div class={`audit-view${wide ? " wide" : ""}`}>
      <PolicyChoice />
      {answer.state === "waiting" && <p class="quiet">{say("loading")}</p>}
      {answer.state === "nobody" && <p class="quiet">{t("page.unavailable")}</p>}
      {answer.state === "failed" && (
        <p class="quiet" role="alert">
          {t("page.failed", { reason: visible(answer.reason) })}
        </p>
      )}
      {answer.state === "here" && answer.value.targets[0] && (
        <Told
          answer={answer.value}
          target={answer.value.targets[0]}
          wide={wide}
          query={query}
          onChange={() => setAgain(again + 1)}
        />
      )}
    </div>
  );
}

function PolicyChoice() {
  const answer = useAnswer<Policies>("policies", async (signal) => {
    await answering();
    return ask<Policies>("policies", signal);
  });
  if (answer.state !== "here") return null;
  const chosen = view.value.policy || answer.value.default;
  const about = answer.value.policies.find((policy) => policy.name === chosen);
  return (
    <div class="policy">
      <label>
        {say("policy")}
        <select value={chosen} onChange={(event) => patch({ policy: event.currentTarget.value })}>
          {answer.value.policies.map((policy) => (
            <option key={policy.name} value={policy.name}>
              {policy.name}
            </option>
          ))}
        </select>
      </label>
      <p class="quiet">{about?.[language.value]}</p>
    </div>
  );
}

interface Shown {
  answer: AuditAnswer;
  target: AuditTarget;
  wide: boolean;
  query: URLSearchParams;
  onChange: () => void;
}

function Told({ answer, target, wide, query, onChange }: Shown) {
  return (
    <>
      <div class="answer" role="status">
        <p class="quiet">{say("question")}</p>
        <p>
          <VerdictBadge verdict={target.verdict} long /> <span class="quiet">{say("under", { at: moment(answer.at) })}</span>
        </p>
      </div>
      <p class="answer-links">
        {!wide && <ViewLink change={{ page: "audit", ref: target.ref }}>{say("page")}</ViewLink>}
        {wide && <ViewLink change={{ page: "map", ref: target.ref, tab: "audit", camera: null }}>{say("map")}</ViewLink>}
        <ViewLink change={{ page: "assess", ref: target.ref }}>{say("assess")}</ViewLink>
        <button type="button" class="link" onClick={() => void save(`api/v1/report/${path(target.ref)}?${query}`)}>
          {say("report")}
        </button>
      </p>
      <div class="audit-columns">
        <div>
          <Reasons reasons={target.reasons} />
          <Todo items={target.todo} />
          <Decisions items={target.overrides} />
          <License target={target} />
          <Lineage target={target} />
        </div>
        <div>
          <FindingList target={target} onChange={onChange} />
        </div>
      </div>
      <Scores target={target} />
      <Documentation target={target} />
      {target.notes.length > 0 && (
        <section>
          <h3>{say("notes")}</h3>
          <ul class="plain-list">
            {target.notes.map((note) => (
              <li key={note}>{visible(note)}</li>
            ))}
          </ul>
        </section>
      )}
      <p class="advice quiet">{sayLicense("advice")}</p>
    </>
  );
}

function Reasons({ reasons }: { reasons: AuditReason[] }) {
  const [first, rest] = [reasons.slice(0, FIRST), reasons.slice(FIRST)];
  return (
    <section>
      <h3>{say("why")}</h3>
      {reasons.length === 0 && <p class="quiet">{say("nothing")}</p>}
      <ReasonList reasons={first} />
      {rest.length > 0 && (
        <details>
          <summary>{say("more", { n: rest.length })}</summary>
          <ReasonList reasons={rest} />
        </details>
      )}
    </section>
  );
}

function ReasonList({ reasons }: { reasons: AuditReason[] }) {
  return (
    <ul class="reasons">
      {reasons.map((reason, i) => (
        <li key={`${reason.rule} ${i}`} class={`verdict-is-${reason.verdict}`}>
          <VerdictBadge verdict={reason.verdict} /> {visible(reason.message)}
          {reason.is_unknown && <span class="badge">{say("notKnown")}</span>}
          <p class="source quiet mono">
            {visible(reason.rule)}
            {reason.because.length > 0 && ` · ${visible(reason.because.join(" · "))}`}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Todo({ items }: { items: string[] }) {
  const [first, rest] = [items.slice(0, FIRST), items.slice(FIRST)];
  return (
    <section>
      <h3>{say("todo")}</h3>
      {items.length === 0 && <p class="quiet">{say("nothingToDo")}</p>}
      <ul class="plain-list">
        {first.map((item) => (
          <li key={item}>{visible(item)}</li>
        ))}
      </ul>
      {rest.length > 0 && (
        <details>
          <summary>{say("more", { n: rest.length })}</summary>
          <ul class="plain-list">
            {rest.map((item) => (
              <li key={item}>{visible(item)}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Decisions({ items }: { items: Override[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h3>{say("decisions")}</h3>
      <ul class="plain-list">
        {items.map((item) => (
          <li key={item.entry}>
            <span class="mono">
              {item.predicate} = {visible(item.value)}
            </span>{" "}
            <span class="quiet">
              {visible(say("decided", { who: item.who, at: day(item.decided_at), why: item.why }))}
              {item.until && ` (${say("until", { until: day(item.until) })})`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function FindingList({ target, onChange }: { target: AuditTarget; onChange: () => void }) {
  return (
    <section>
      <h3>
        {say("findings")} <span class="count">{target.findings.length}</span>
      </h3>
      {target.findings.length === 0 && <p class="quiet">{say("noFindings")}</p>}
      <ul class="findings">
        {target.findings.map((finding, i) => (
          <FindingItem key={`${finding.check} ${i}`} subject={target.ref} finding={finding} onChange={onChange} />
        ))}
      </ul>
    </section>
  );
}

function FindingItem({ subject, finding, onChange }: { subject: string; finding: AuditFinding; onChange: () => void }) {
  const { waived } = finding;
  return (
    <li class={`${severityClass(finding.severity)}${waived ? " is-waived" : ""}`}>
      <strong>{visible(finding.title)}</strong> <span class="badge">{word(finding.severity)}</span>
      {finding.confidence < 1 && <span class="quiet">{t("node.confidence", { percent: percent(finding.confidence) })}</span>}
      <p>{visible(finding.message)}</p>
      {waived && (
        <p class="waived">
          {visible(
            waived.until
              ? say("waivedUntil", { until: day(waived.until), who: waived.who, why: waived.why })
              : say("waived", { who: waived.who, why: waived.why }),
          )}
        </p>
      )}
      <details>
        <summary>{say("evidence")}</summary>
        <ul class="plain-list">
          {finding.evidence.map((told, i) => (
            <li key={finding.locations[i]}>
              {visible(told)} {told !== finding.locations[i] && <Locator place={finding.locations[i] ?? ""} />}
            </li>
          ))}
        </ul>
        <p>
          <Locator place={finding.check} />
        </p>
        {finding.remedy && (
          <p>
            {t("node.remedy")}: {visible(finding.remedy)}
          </p>
        )}
      </details>
      {!waived && <OpenReview subject={subject} check={finding.check} onChange={onChange} />}
    </li>
  );
}

/** A review of a finding, opened or found again; only those who may decide see the button. */
function OpenReview({ subject, check, onChange }: { subject: string; check: string; onChange: () => void }) {
  const [failed, setFailed] = useState("");
  if (!mayReview.value) return null;
  const open = async () => {
    try {
      const { review } = await send<ReviewAnswer>("review", { subject, check });
      onChange();
      patch({ page: "review", item: review.item.id }, true);
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <p>
      <button type="button" class="pill" onClick={() => void open()}>
        {say("review")}
      </button>
      {failed && <span role="alert"> {say("failed", { reason: visible(failed) })}</span>}
    </p>
  );
}

function License({ target }: { target: AuditTarget }) {
  const { declared, inherited, unknown, verdict } = target.license;
  const text = declared.text.join(", ");
  const terms = Object.keys(inherited).length;
  return (
    <section>
      <h3>{say("license")}</h3>
      <p>{text ? visible(say("declares", { text })) : <span class="unknown">{say("declaresNothing")}</span>}</p>
      {verdict && (
        <p>
          {visible(say("use", { use: verdict.purpose }))}: <strong>{sayLicense(`answer.${verdict.answer}`)}</strong>
        </p>
      )}
      {terms > 0 && <p class="quiet">{say("inherits", { n: terms })}</p>}
      {unknown.length > 0 && <p class="quiet">{say("silent", { n: unknown.length })}</p>}
    </section>
  );
}

function Lineage({ target: { lineage } }: { target: AuditTarget }) {
  const counts = {
    ancestors: number(lineage.ancestors),
    unknown: number(lineage.unknown.length),
    descendants: number(lineage.descendants),
  };
  return (
    <section>
      <h3>{say("lineage")}</h3>
      {lineage.parents.length === 0 && <p class="quiet">{say("noParents")}</p>}
      <ul class="parents">
        {lineage.parents.map((parent) => (
          <li key={`${parent.ref} ${parent.relation}`}>
            <button type="button" class="link" onClick={() => void goTo(parent.ref)}>
              <RefName refText={parent.ref} />
            </button>
            {parent.state !== "present" && <span class="badge">{word(parent.state)}</span>}
            <p class="edge">
              {word(parent.relation)} <Basis basis={parent.basis} />
              {t("node.confidence", { percent: percent(parent.confidence) })}
            </p>
          </li>
        ))}
      </ul>
      <p class="quiet">{say("counts", counts)}</p>
    </section>
  );
}

import { useEffect, useState } from "preact/hooks";
import { ask, path, save } from "../data/api";
import type { Assessment, Group, Kind, Kinds, Question, Result } from "../data/assess";
import { visible } from "../engine/visible";
import { day, number, percent, t, word } from "../i18n";
import { say } from "../i18n/assess";
import { answering } from "../state/opening";
import { greet, mayReview, me } from "../state/session";
import { language, patch, view } from "../state/view";
import { AnswerForm } from "./AnswerForm";
import { ViewLink } from "./Link";
import { ReadAcrossTable } from "./ReadAcrossTable";
import { RefName } from "./Search";
import { TokenBox } from "./TokenBox";
import { useAnswer } from "./useAnswer";
import "./assess.css";

/** One assessment of one model: what follows, what is missing, and every question with its evidence; to answer and to print. */
export function AssessPage() {
  const { ref } = view.value;
  useEffect(greet, []);
  const kinds = useAnswer<Kinds>("kinds of assessment", async (signal) => {
    await answering();
    return ask<Kinds>("assess", signal);
  });
  return (
    <div class="assess-page">
      {!ref && (
        <>
          <h1>{say("title")}</h1>
          <p class="lead">{say("lead")}</p>
          <Chooser />
        </>
      )}
      {kinds.state === "nobody" && <p class="quiet">{t("page.unavailable")}</p>}
      {kinds.state === "failed" && <Failed reason={kinds.reason} />}
      {ref && kinds.state === "here" && <OneModel refText={ref} kinds={kinds.value.kinds} />}
    </div>
  );
}

function Failed({ reason }: { reason: string }) {
  return (
    <p class="quiet" role="alert">
      {t("page.failed", { reason: visible(reason) })}
    </p>
  );
}

function Chooser() {
  const [name, setName] = useState("");
  const open = (event: Event) => {
    event.preventDefault();
    if (name.trim()) patch({ ref: name.trim() }, true);
  };
  return (
    <form class="assess-chooser" onSubmit={open}>
      <label>
        {say("model")}{" "}
        <input
          type="text"
          maxLength={300}
          placeholder="owner/name"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="pill" disabled={!name.trim()}>
        {say("open")}
      </button>
    </form>
  );
}

function OneModel({ refText, kinds }: { refText: string; kinds: Kind[] }) {
  const chosen = kinds.find((kind) => kind.name === view.value.assess) ?? kinds[0];
  const [again, setAgain] = useState(0);
  const { purpose } = view.value;
  const known = chosen?.purposes.includes(purpose) ? purpose : "";
  const query = new URLSearchParams({ lang: language.value, ...(known ? { purpose: known } : {}) });
  const route = chosen ? `${path(chosen.name)}/${path(refText)}?${query}` : null;
  const answer = useAnswer<Assessment>(route && `assess ${route} ${again}`, async (signal) => {
    await answering();
    return ask<Assessment>(`assess/${route}`, signal);
  });
  const [before, setBefore] = useState<{ route: string | null; told: Assessment } | null>(null);
  useEffect(() => {
    if (answer.state === "here") setBefore({ route, told: answer.value });
  }, [answer]);
  const now = answer.state === "here" ? answer.value : before?.route === route ? before.told : null;
  return (
    <>
      <p class="no-print">
        <ViewLink change={{ ref: null, node: null }}>← {say("back")}</ViewLink>
      </p>
      <h1>{now ? visible(now.title) : <RefName refText={refText} />}</h1>
      <Bar refText={refText} kinds={kinds} chosen={chosen} purpose={known} page={route && `api/v1/assessment/${route}`} />
      {answer.state === "waiting" && !now && <p class="quiet">{say("loading")}</p>}
      {answer.state === "failed" && <Failed reason={answer.reason} />}
      {now && <Told assessment={now} onAnswered={() => setAgain(again + 1)} />}
    </>
  );
}

function Bar(props: { refText: string; kinds: Kind[]; chosen: Kind | undefined; purpose: string; page: string | null }) {
  const { refText, kinds, chosen, purpose, page } = props;
  return (
    <div class="assess-bar no-print">
      <nav class="chips" aria-label={say("kind")}>
        {kinds.map((kind) => (
          <ViewLink
            key={kind.name}
            class="pill"
            change={{ assess: kind.name, purpose: "" }}
            current={kind.name === chosen?.name}
          >
            {language.value === "ja" ? kind.ja : kind.en}
          </ViewLink>
        ))}
      </nav>
      {chosen && chosen.purposes.length > 0 && (
        <label>
          {say("purpose")}{" "}
          <select value={purpose} onChange={(event) => patch({ purpose: event.currentTarget.value })}>
            <option value="">{say("usual")}</option>
            {chosen.purposes.map((name) => (
              <option key={name} value={name}>
                {purposeText(name)}
              </option>
            ))}
          </select>
        </label>
      )}
      <p class="answer-links">
        <ViewLink change={{ page: "audit", ref: refText }}>{say("audit")}</ViewLink>
        <ViewLink change={{ page: "map", ref: refText, camera: null }}>{say("map")}</ViewLink>
        {page && (
          <button type="button" class="link" onClick={() => void save(page)}>
            {say("save")}
          </button>
        )}
        <button type="button" class="link" onClick={() => print()}>
          {say("print")}
        </button>
      </p>
    </div>
  );
}

const PURPOSES = ["release", "adoption"] as const;

/** What a purpose is called; one that we have no words for says its own. */
function purposeText(name: string): string {
  const known = PURPOSES.find((one) => one === name);
  return known ? say(`purpose.${known}`) : visible(name);
}

type Shown = "all" | "missing" | "unknown";

function Told({ assessment, onAnswered }: { assessment: Assessment; onAnswered: () => void }) {
  const [shown, setShown] = useState<Shown>("all");
  const all = assessment.groups.reduce((sum, group) => sum + group.questions.length, 0);
  return (
    <>
      <p class="quiet">
        {say("dated", { day: assessment.day, dated: assessment.dated })}{" "}
        {say("counts", { all: number(all), open: number(assessment.open_questions) })}
      </p>
      <Results results={assessment.results} />
      <p class="advice quiet">{visible(assessment.notice)}</p>
      <div class="no-print">
        {(!mayReview.value || !me.value) && <TokenBox />}
        {me.value && !mayReview.value && <p class="quiet">{say("readerOnly")}</p>}
        <label class="assess-filter">
          {say("show")}{" "}
          <select value={shown} onChange={(event) => setShown(event.currentTarget.value as Shown)}>
            {(["all", "missing", "unknown"] as const).map((name) => (
              <option key={name} value={name}>
                {say(`show.${name}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {assessment.tables.map((table) => (
        <ReadAcrossTable key={table.id} table={table} />
      ))}
      {assessment.groups.map((group) => (
        <GroupOf key={group.id} group={group} shown={shown} assessment={assessment} onAnswered={onAnswered} />
      ))}
    </>
  );
}

function Results({ results }: { results: Result[] }) {
  return (
    <ul class="assess-results">
      {results.map((result) => (
        <li key={result.id}>
          <h2>{visible(result.title)}</h2>
          <p>{visible(result.text)}</p>
        </li>
      ))}
    </ul>
  );
}

function wanted(question: Question, shown: Shown): boolean {
  if (shown === "unknown") return question.value === "unknown";
  return shown === "all" || question.gap !== "";
}

function GroupOf(props: { group: Group; shown: Shown; assessment: Assessment; onAnswered: () => void }) {
  const { group, shown, assessment, onAnswered } = props;
  const questions = group.questions.filter((question) => wanted(question, shown));
  const sources = [...new Set(group.questions.map((question) => question.source).filter(Boolean))];
  return (
    <section class="assess-group">
      <h2>{visible(group.title)}</h2>
      {group.about && <p class="quiet">{visible(group.about)}</p>}
      {questions.length === 0 && <p class="quiet">{say("nothing")}</p>}
      <ul class="assess-questions">
        {questions.map((question) => (
          <QuestionItem key={question.id} question={question} assessment={assessment} onAnswered={onAnswered} />
        ))}
      </ul>
      {sources.length > 0 && <p class="quiet source">{visible(say("source", { source: sources.join("; ") }))}</p>}
    </section>
  );
}

function QuestionItem(props: { question: Question; assessment: Assessment; onAnswered: () => void }) {
  const { question, assessment, onAnswered } = props;
  const { answered } = question;
  const found = answered ? question.evidence.slice(1) : question.evidence;
  return (
    <li class={`value-is-${question.value}`} id={question.id}>
      <p class="asked">
        {visible(question.text)} {!question.required && <span class="badge">{say("optional")}</span>}
      </p>
      <p>
        <strong class="value">{say(`value.${question.value}`)}</strong>
        {question.detail && <span class="detail"> {visible(question.detail)}</span>}
      </p>
      {question.gap && <p class="gap">{visible(question.gap)}</p>}
      {answered && (
        <p class="said">
          {visible(
            say(answered.until ? "saidUntil" : "said", {
              who: answered.who,
              at: day(answered.at),
              why: answered.why,
              until: answered.until ? day(answered.until) : "",
            }),
          )}
          {question.evidence[0]?.where && <span class="mono"> {visible(question.evidence[0].where)}</span>}
        </p>
      )}
      <EvidenceList evidence={found} />
      {question.compared.length > 0 && <h4>{say("compared")}</h4>}
      <EvidenceList evidence={question.compared} />
      {mayReview.value && <AnswerForm question={question} assessment={assessment} onAnswered={onAnswered} />}
    </li>
  );
}

function EvidenceList({ evidence }: { evidence: Question["evidence"] }) {
  if (evidence.length === 0) return null;
  return (
    <ul class="plain-list evidence">
      {evidence.map((item, i) => (
        <li key={i}>
          {visible(item.text)} {item.where && <span class="mono quiet">{visible(item.where)}</span>}
          {item.basis && (
            <span class="quiet">
              {" "}
              {word(item.basis)}, {percent(item.confidence)}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

import { useEffect, useState } from "preact/hooks";
import type { Clause, InheritedTerm, LicenseAnswer, LicenseReason, LicenseVerdict, Override } from "../data/license";
import { visible } from "../engine/visible";
import { day, percent, t, word } from "../i18n";
import { type LICENSE_WORDS, say } from "../i18n/license";
import { goTo, source } from "../state/atlas";
import { patch, use } from "../state/view";
import { Basis, Findings } from "./Facts";
import { RefName } from "./Search";
import { useAnswer } from "./useAnswer";
import { japanese, termText } from "./wording";
import "./audit.css";

const USES = [
  "commercial product",
  "hosted",
  "internal",
  "fine-tuned",
  "merged",
  "quantised",
  "distilled",
  "redistributed",
] as const;

/** A node's licence: what is declared, what it inherits by which path, what does not fit, and whether a use is allowed. */
export function LicenseTab({ refText }: { refText: string }) {
  const answer = useAnswer<LicenseAnswer>(`license ${refText}`, (signal) => ask(refText, "", signal));
  if (answer.state === "waiting") return <p class="quiet">{t("node.loading")}</p>;
  if (answer.state === "nobody") return <p class="quiet">{t("node.noAnswers")}</p>;
  if (answer.state === "failed") return <p class="quiet">{t("node.failed", { reason: answer.reason })}</p>;
  const about = answer.value;
  return (
    <div class="license-tab">
      <Question about={about} />
      <Declared about={about} />
      <Decisions items={about.decisions} />
      <section>
        <h3>{say("conflicts")}</h3>
        <Findings findings={about.conflicts} none={say("noConflicts")} />
      </section>
      <Inheritance items={about.inherited} />
      <Silent refs={about.unknown} />
      <p class="advice quiet">{say("advice")}</p>
    </div>
  );
}

function ask(refText: string, wanted: string, signal: AbortSignal): Promise<LicenseAnswer> {
  const from = source.peek();
  return from ? from.license(refText, wanted, signal) : Promise.reject(new Error("not open"));
}

/** The question box: words, or buttons for the usual ones. */
function Question({ about }: { about: LicenseAnswer }) {
  const wanted = use.value;
  const [text, setText] = useState(wanted);
  useEffect(() => setText(wanted), [wanted]);
  const chosen = wanted.split(",").map((part) => part.trim());
  const toggle = (name: string) => {
    const rest = chosen.filter((part) => part && part !== name);
    patch({ use: (chosen.includes(name) ? rest : [...rest, name]).join(", ") });
  };
  return (
    <section class="question">
      <div class="ask" role="group" aria-label={say("question")}>
        <label for="use">{say("question")}</label>
        <input
          id="use"
          type="text"
          maxLength={200}
          value={text}
          placeholder={say("placeholder")}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && patch({ use: text.trim() })}
        />
        <button type="button" class="pill" onClick={() => patch({ use: text.trim() })}>
          {say("ask")}
        </button>
      </div>
      <p class="chips">
        {USES.map((name) => (
          <button key={name} type="button" class="pill" aria-pressed={chosen.includes(name)} onClick={() => toggle(name)}>
            {say(`use.${name}`)}
          </button>
        ))}
      </p>
      {wanted && <Judged about={about} wanted={wanted} />}
    </section>
  );
}

function Judged({ about, wanted }: { about: LicenseAnswer; wanted: string }) {
  const answer = useAnswer<LicenseAnswer>(`license ${about.ref} for ${wanted}`, (signal) => ask(about.ref, wanted, signal));
  return (
    <div role="status" class="judged">
      {answer.state === "waiting" && <p class="quiet">{t("node.loading")}</p>}
      {answer.state === "failed" && <p class="quiet">{visible(answer.reason)}</p>}
      {answer.state === "here" && answer.value.verdict && <Told about={about} verdict={answer.value.verdict} />}
    </div>
  );
}

const TONES = { yes: "pass", "ask a lawyer": "review", no: "block" } as const;

function Told({ about, verdict }: { about: LicenseAnswer; verdict: LicenseVerdict }) {
  return (
    <>
      <p>
        <strong class={`verdict verdict-${TONES[verdict.answer]}`}>{say(`answer.${verdict.answer}`)}</strong>
      </p>
      {verdict.decided && <DecisionLine item={verdict.decided} />}
      {verdict.reasons.length === 0 && <p class="quiet">{say("noReasons")}</p>}
      <ul class="reasons">
        {verdict.reasons.map((reason, i) => (
          <li key={`${reason.term} ${reason.source} ${i}`} class={`weight-${reason.weight}`}>
            <span class="badge">{say(`weight.${reason.weight}`)}</span>
            {visible(reasonText(about, reason))}
            <p class="source quiet">
              <span class="mono">{[reason.license, reason.clause].filter(Boolean).join(" ")}</span>{" "}
              {reason.confidence < 1 && t("node.confidence", { percent: percent(reason.confidence) })}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

/** A reason in the language of the view; the server says it in English. */
function reasonText(about: LicenseAnswer, reason: LicenseReason): string {
  const words = japanese();
  if (!words) return reason.text;
  if (reason.term) {
    const term = words.terms[reason.term];
    if (!term) return reason.text;
    if (term.kind === "right") return say("missing", { license: reason.license ?? "", term: term.ja });
    return reason.source === about.ref ? term.ja : `${term.ja} ${say("from", { source: reason.source })}`;
  }
  if (reason.clause) return words.checks[reason.clause]?.ja.title ?? reason.text;
  if (reason.source !== about.ref) return say("silent", { source: reason.source });
  return say(about.declared.state === "undeclared" ? "undeclared" : "unreadable");
}

function Declared({ about: { declared } }: { about: LicenseAnswer }) {
  const state = `state.${declared.state}` as keyof typeof LICENSE_WORDS;
  return (
    <section>
      <h3>{say("declared")}</h3>
      <p>
        {declared.text.length > 0 && <strong>{visible(declared.text.join(", "))} </strong>}
        <span class={declared.expression ? "quiet" : "unknown"}>{say(state)}</span>
      </p>
      {declared.expression && declared.expression !== declared.text.join(", ") && (
        <p class="mono quiet">{visible(declared.expression)}</p>
      )}
      {declared.is_choice && <p class="quiet">{say("choice")}</p>}
      {(["right", "obligation", "restriction"] as const).map((kind) => (
        <Clauses key={kind} title={say(kind)} items={declared.clauses.filter((clause) => clause.kind === kind)} />
      ))}
    </section>
  );
}

function Clauses({ title, items }: { title: string; items: Clause[] }) {
  if (items.length === 0) return null;
  return (
    <details>
      <summary>
        {title} <span class="count">{items.length}</span>
      </summary>
      <ul class="clauses">
        {items.map((clause) => (
          <li key={`${clause.license} ${clause.term}`}>
            {termText(clause.term, clause.text)} <ClauseMark clause={clause} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function ClauseMark({ clause }: { clause: Clause }) {
  return (
    <span class="mono quiet" title={clause.note}>
      {[clause.license, clause.clause].filter(Boolean).join(" ")}
    </span>
  );
}

function Decisions({ items }: { items: Override[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h3>{say("decisions")}</h3>
      {items.map((item) => (
        <DecisionLine key={item.entry} item={item} />
      ))}
    </section>
  );
}

function DecisionLine({ item }: { item: Override }) {
  return (
    <p>
      <span class="mono">
        {item.predicate} = {visible(item.value)}
      </span>{" "}
      <span class="quiet">
        {visible(say("decided", { who: item.who, day: day(item.decided_at), why: item.why }))}
        {item.until && ` (${say("until", { day: day(item.until) })})`}
      </span>
    </p>
  );
}

/** Terms that came the same way stand together. */
function Inheritance({ items }: { items: InheritedTerm[] }) {
  const groups = new Map<string, InheritedTerm[]>();
  for (const item of items) {
    const key = JSON.stringify([item.flow, item.from, item.path.map((step) => [step.parent, step.relation])]);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return (
    <section>
      <h3>{say("inherited")}</h3>
      {items.length === 0 && <p class="quiet">{say("noneInherited")}</p>}
      {[...groups].map(([key, group]) => (
        <Way key={key} items={group} />
      ))}
    </section>
  );
}

function Way({ items }: { items: InheritedTerm[] }) {
  const [first] = items;
  if (!first) return null;
  return (
    <div class="way">
      <button type="button" class="link" onClick={() => void goTo(first.from)}>
        <RefName refText={first.from} />
      </button>
      <p class="quiet">
        {say(`flow.${first.flow}`)} · {t("node.confidence", { percent: percent(first.confidence) })}
      </p>
      <details>
        <summary>{say("path")}</summary>
        <ol class="steps">
          {first.path.map((step) => (
            <li key={`${step.child} ${step.parent}`}>
              <RefName refText={step.child} /> ← {word(step.relation)} <Basis basis={step.basis} />{" "}
              {t("node.confidence", { percent: percent(step.confidence) })} ← <RefName refText={step.parent} />
            </li>
          ))}
        </ol>
      </details>
      <details open={items.length < 4}>
        <summary>{say("terms", { n: items.length })}</summary>
        <ul class="clauses">
          {items.map((item) => (
            <li key={item.term}>
              {termText(item.term, item.clause?.text ?? item.term)}{" "}
              {item.clause ? <ClauseMark clause={item.clause} /> : <span class="quiet">{say("unclear")}</span>}
              {item.answered && <span class="badge">{say("answered")}</span>}
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

function Silent({ refs }: { refs: string[] }) {
  if (refs.length === 0) return null;
  return (
    <section>
      <h3>{say("unknown")}</h3>
      <ul class="links">
        {refs.map((ref) => (
          <li key={ref}>
            <button type="button" class="link" onClick={() => void goTo(ref)}>
              <RefName refText={ref} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

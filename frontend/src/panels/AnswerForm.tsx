import { useState } from "preact/hooks";
import { path, send } from "../data/api";
import { type Assessment, type Question, VALUES, type Value } from "../data/assess";
import { visible } from "../engine/visible";
import { say } from "../i18n/assess";

const CHOICES = VALUES.filter((value) => value !== "unknown");

/** A person's answer, with its reason: it is written into the ledger and stands before what was found. */
export function AnswerForm(props: { question: Question; assessment: Assessment; onAnswered: () => void }) {
  const { question, assessment, onAnswered } = props;
  const before = question.value === "unknown" ? "yes" : question.value;
  const [value, setValue] = useState<Value>(before);
  const [why, setWhy] = useState("");
  const [detail, setDetail] = useState(question.detail);
  const [where, setWhere] = useState("");
  const [until, setUntil] = useState("");
  const [told, setTold] = useState<{ text: string; failed: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const write = async (given: Value | "") => {
    if (!why.trim()) return setTold({ text: say("needWhy"), failed: true });
    setBusy(true);
    setTold({ text: say("writing"), failed: false });
    try {
      const more = { detail: given ? detail : "", where, ...(until ? { until: `${until}T00:00:00Z` } : {}) };
      const body = { question: question.id, value: given, why, ...more };
      await send(`assess/${path(assessment.kind)}/${path(assessment.ref)}`, body);
      setTold(null);
      setWhy("");
      onAnswered();
    } catch (error) {
      const reason = visible(error instanceof Error ? error.message : String(error));
      setTold({ text: say("failed", { reason }), failed: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <details class="no-print answer-form">
      <summary>{say(question.answered ? "change" : "answer")}</summary>
      <div class="fields">
        <label>
          {say("value")}
          <select value={value} onChange={(event) => setValue(event.currentTarget.value as Value)}>
            {CHOICES.map((name) => (
              <option key={name} value={name}>
                {say(`value.${name}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say("until")}
          <input type="date" value={until} onInput={(event) => setUntil(event.currentTarget.value)} />
        </label>
      </div>
      <Field name={say("detail")} value={detail} onInput={setDetail} />
      <Field name={say("where")} value={where} onInput={setWhere} />
      <label class="field">
        {say("why")}
        <textarea
          rows={2}
          maxLength={10_000}
          value={why}
          placeholder={say("whyHint")}
          onInput={(event) => setWhy(event.currentTarget.value)}
        />
      </label>
      <button type="button" class="pill strong" disabled={busy} onClick={() => void write(value)}>
        {say("keep")}
      </button>{" "}
      {question.answered && question.answered.entry > 0 && (
        <button type="button" class="pill" disabled={busy} onClick={() => void write("")}>
          {say("takeBack")}
        </button>
      )}
      {told && <p role={told.failed ? "alert" : "status"}>{told.text}</p>}
    </details>
  );
}

function Field({ name, value, onInput }: { name: string; value: string; onInput: (text: string) => void }) {
  return (
    <label class="field">
      {name}
      <input type="text" maxLength={1000} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </label>
  );
}

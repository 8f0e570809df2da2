import { useState } from "preact/hooks";
import { send } from "../data/api";
import type { Stage, Way } from "../data/pilots";
import { visible } from "../engine/visible";
import { say } from "../i18n/pilots";
import "./assess.css";

/** A step of a person's, and what they learnt: both are written into the ledger. */
export function PilotForms({ way, onMoved }: { way: Way; onMoved: () => void }) {
  return (
    <div class="no-print">
      <Move way={way} onMoved={onMoved} />
      <Learn way={way} onMoved={onMoved} />
    </div>
  );
}

function useWriting(onDone: () => void) {
  const [told, setTold] = useState<{ text: string; failed: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const write = async (route: string, why: string, body: object) => {
    if (!why.trim()) return setTold({ text: say("needWhy"), failed: true });
    setBusy(true);
    setTold({ text: say("writing"), failed: false });
    try {
      await send(route, body);
      setTold(null);
      onDone();
    } catch (error) {
      const reason = visible(error instanceof Error ? error.message : String(error));
      setTold({ text: say("failed", { reason }), failed: true });
    } finally {
      setBusy(false);
    }
  };
  const shown = told && <p role={told.failed ? "alert" : "status"}>{told.text}</p>;
  return { write, busy, shown };
}

function Move({ way, onMoved }: { way: Way; onMoved: () => void }) {
  const [stage, setStage] = useState<Stage>(way.ways[0] ?? "stopped");
  const [why, setWhy] = useState("");
  const [due, setDue] = useState("");
  const [despite, setDespite] = useState(false);
  const { write, busy, shown } = useWriting(onMoved);
  const keep = () => {
    const again = way.stage === "stopped";
    const more = { why, ...(due ? { due: `${due}T00:00:00Z` } : {}) };
    const body = again ? { ref: way.ref, ...more } : { ref: way.ref, stage, despite, ...more };
    return write(again ? "pilots/adopt" : "pilots/advance", why, body);
  };
  return (
    <details class="answer-form">
      <summary>{say("move")}</summary>
      <div class="fields">
        <label>
          {say("to")}
          <select value={stage} onChange={(event) => setStage(event.currentTarget.value as Stage)}>
            {way.ways.map((name) => (
              <option key={name} value={name}>
                {say(`stage.${name}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say("dueLabel")}
          <input type="date" value={due} onInput={(event) => setDue(event.currentTarget.value)} />
        </label>
      </div>
      {way.next.length > 0 && (
        <label>
          <input type="checkbox" checked={despite} onChange={(event) => setDespite(event.currentTarget.checked)} />{" "}
          {say("despiteLabel")}
        </label>
      )}
      <Reason name={say("why")} hint={say("whyHint")} value={why} onInput={setWhy} />
      <button type="button" class="pill strong" disabled={busy} onClick={() => void keep()}>
        {say("keep")}
      </button>
      {shown}
    </details>
  );
}

function Learn({ way, onMoved }: { way: Way; onMoved: () => void }) {
  const [learnt, setLearnt] = useState<"success" | "failure">("success");
  const [what, setWhat] = useState("");
  const [where, setWhere] = useState("");
  const { write, busy, shown } = useWriting(() => {
    setWhat("");
    onMoved();
  });
  return (
    <details class="answer-form">
      <summary>{say("learnt")}</summary>
      <div class="fields">
        <select
          aria-label={say("learnt")}
          value={learnt}
          onChange={(event) => setLearnt(event.currentTarget.value === "failure" ? "failure" : "success")}
        >
          <option value="success">{say("success")}</option>
          <option value="failure">{say("failure")}</option>
        </select>
        <label>
          {say("where")}
          <input type="text" maxLength={1000} value={where} onInput={(event) => setWhere(event.currentTarget.value)} />
        </label>
      </div>
      <Reason name={say("what")} hint="" value={what} onInput={setWhat} />
      <button
        type="button"
        class="pill strong"
        disabled={busy}
        onClick={() => void write("pilots/learnt", what, { ref: way.ref, learnt, what, where })}
      >
        {say("keep")}
      </button>
      {shown}
    </details>
  );
}

function Reason(props: { name: string; hint: string; value: string; onInput: (text: string) => void }) {
  return (
    <label class="field">
      {props.name}
      <textarea
        rows={2}
        maxLength={10_000}
        value={props.value}
        placeholder={props.hint}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
    </label>
  );
}

import { useState } from "preact/hooks";
import { send } from "../data/api";
import { DECISIONS, type Decision, type Item, type ReviewAnswer } from "../data/review";
import { visible } from "../engine/visible";
import { say } from "../i18n/review";
import { mayReview, me } from "../state/session";
import { TokenBox } from "./TokenBox";

type Written = (answer: ReviewAnswer) => void;
/** What a person can settle, and how its value looks. */
const PREDICATES = ["license", "license-use"] as const;

/** Decide on an item, with a reason; say something; give it to somebody. */
export function DecideBox({ item, onWritten }: { item: Item; onWritten: Written }) {
  return (
    <section class="decide card">
      <h2>{say("decide")}</h2>
      {(!mayReview.value || !me.value) && <TokenBox />}
      {me.value && !mayReview.value && <p class="quiet">{say("readerOnly")}</p>}
      {mayReview.value && (
        <>
          <DecideForm key={`${item.id} ${item.state}`} item={item} onWritten={onWritten} />
          <Says item={item} onWritten={onWritten} />
          <Assigns key={item.owner ?? ""} item={item} onWritten={onWritten} />
        </>
      )}
    </section>
  );
}

/** Send once at a time, and tell what came of it. */
function useSending(onWritten: Written) {
  const [told, setTold] = useState<{ text: string; failed: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async (route: string, body: object, after?: () => void) => {
    setBusy(true);
    setTold({ text: say("writing"), failed: false });
    try {
      onWritten(await send<ReviewAnswer>(route, body));
      setTold({ text: say("written"), failed: false });
      after?.();
    } catch (error) {
      const reason = visible(error instanceof Error ? error.message : String(error));
      setTold({ text: say("failed", { reason }), failed: true });
    } finally {
      setBusy(false);
    }
  };
  const line = told && <p role={told.failed ? "alert" : "status"}>{told.text}</p>;
  return { busy, run, line, refuse: (text: string) => setTold({ text, failed: true }) };
}

function DecideForm({ item, onWritten }: { item: Item; onWritten: Written }) {
  const [decision, setDecision] = useState<Decision>("approve");
  const [why, setWhy] = useState("");
  const [until, setUntil] = useState("");
  const [predicate, setPredicate] = useState<(typeof PREDICATES)[number]>("license");
  const [value, setValue] = useState("");
  const sending = useSending(onWritten);
  const choices = DECISIONS.filter((name) => name !== "reopen" || item.decided);
  const ends = decision === "waive" || decision === "approve" || decision === "override";
  const decide = () => {
    if (!why.trim()) return sending.refuse(say("needWhy"));
    if (decision === "waive" && !until) return sending.refuse(say("needUntil"));
    if (decision === "override" && !value.trim()) return sending.refuse(say("needValue"));
    void sending.run(`review/${item.id}/decision`, {
      decision,
      why,
      ...(ends && until ? { until: `${until}T00:00:00Z` } : {}),
      ...(decision === "override" ? { predicate, value: value.trim() } : {}),
    });
  };
  return (
    <>
      <fieldset>
        <legend class="visually-hidden">{say("decide")}</legend>
        {choices.map((name) => (
          <label key={name} class="choice">
            <input type="radio" name="decision" checked={decision === name} onChange={() => setDecision(name)} />{" "}
            {say(`decision.${name}`)}
          </label>
        ))}
      </fieldset>
      <p class="quiet">{say(`means.${decision}`)}</p>
      {decision === "override" && (
        <div class="fields">
          <label>
            {say("predicate")}
            <select value={predicate} onChange={(event) => setPredicate(event.currentTarget.value as typeof predicate)}>
              {PREDICATES.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          <label>
            {say("value")}
            <input
              type="text"
              maxLength={1000}
              value={value}
              placeholder={say(`value.${predicate}`)}
              onInput={(event) => setValue(event.currentTarget.value)}
            />
          </label>
        </div>
      )}
      {ends && (
        <label class="field">
          {say("untilLabel")}
          <input type="date" value={until} onInput={(event) => setUntil(event.currentTarget.value)} />
        </label>
      )}
      <label class="field">
        {say("why")}
        <textarea
          rows={3}
          maxLength={10_000}
          value={why}
          placeholder={say("whyHint")}
          onInput={(event) => setWhy(event.currentTarget.value)}
        />
      </label>
      <button type="button" class="pill strong" disabled={sending.busy} onClick={decide}>
        {say("submit")}
      </button>
      {sending.line}
    </>
  );
}

function Says({ item, onWritten }: { item: Item; onWritten: Written }) {
  const [text, setText] = useState("");
  const sending = useSending(onWritten);
  return (
    <details>
      <summary>{say("say")}</summary>
      <label class="field">
        {say("comment")}
        <textarea rows={2} maxLength={10_000} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button
        type="button"
        class="pill"
        disabled={sending.busy || !text.trim()}
        onClick={() => void sending.run(`review/${item.id}/comment`, { text }, () => setText(""))}
      >
        {say("save")}
      </button>
      {sending.line}
    </details>
  );
}

function Assigns({ item, onWritten }: { item: Item; onWritten: Written }) {
  const [owner, setOwner] = useState(item.owner ?? me.peek()?.name ?? "");
  const [due, setDue] = useState("");
  const sending = useSending(onWritten);
  const give = () => void sending.run(`review/${item.id}/owner`, { owner, ...(due ? { due: `${due}T00:00:00Z` } : {}) });
  return (
    <details>
      <summary>{say("assign")}</summary>
      <div class="fields">
        <label>
          {say("owner")}
          <input type="text" maxLength={200} value={owner} onInput={(event) => setOwner(event.currentTarget.value)} />
        </label>
        <label>
          {say("due")}
          <input type="date" value={due} onInput={(event) => setDue(event.currentTarget.value)} />
        </label>
      </div>
      <button type="button" class="pill" disabled={sending.busy} onClick={give}>
        {say("save")}
      </button>
      {sending.line}
    </details>
  );
}

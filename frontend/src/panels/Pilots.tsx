import { useEffect, useState } from "preact/hooks";
import { ask } from "../data/api";
import { type Stage, WAY, type Way, type Ways } from "../data/pilots";
import { visible } from "../engine/visible";
import { day, number, t } from "../i18n";
import { say } from "../i18n/pilots";
import { answering } from "../state/opening";
import { greet, mayReview } from "../state/session";
import { language } from "../state/view";
import { ViewLink } from "./Link";
import { PilotForms } from "./PilotForms";
import { RefName } from "./Search";
import { useAnswer } from "./useAnswer";
import "./pilots.css";

const SHOWN_NEEDS = 4;

/** Every adopted model: where it stands between selection and use, and what it needs next. */
export function Pilots() {
  const [again, setAgain] = useState(0);
  useEffect(greet, []);
  const answer = useAnswer<Ways>(`pilots ${language.value} ${again}`, async (signal) => {
    await answering();
    return ask<Ways>(`pilots?lang=${language.value}`, signal);
  });
  const [before, setBefore] = useState<Ways | null>(null);
  useEffect(() => {
    if (answer.state === "here") setBefore(answer.value);
  }, [answer]);
  const told = answer.state === "here" ? answer.value : before;
  if (answer.state === "nobody") return null;
  return (
    <section class="pilots">
      <h2>{say("title")}</h2>
      <p class="quiet">{say("lead")}</p>
      {answer.state === "failed" && <p class="quiet">{t("page.failed", { reason: visible(answer.reason) })}</p>}
      {told && told.models.length === 0 && <p class="quiet">{say("none")}</p>}
      <ul class="pilot-list">
        {told?.models.map((way) => (
          <OneModel key={way.ref} way={way} onMoved={() => setAgain(again + 1)} />
        ))}
      </ul>
      {told && told.total > told.models.length && (
        <p class="quiet">{say("more", { shown: number(told.models.length), total: number(told.total) })}</p>
      )}
    </section>
  );
}

function OneModel({ way, onMoved }: { way: Way; onMoved: () => void }) {
  const since = say("stands", { stage: say(`stage.${way.stage}`), since: day(way.since), who: way.who, why: way.why });
  return (
    <li class={way.is_due ? "is-due" : ""}>
      <h3>
        <ViewLink change={{ page: "assess", ref: way.ref, assess: "pilot" }}>
          <RefName refText={way.ref} />
        </ViewLink>
      </h3>
      <Steps at={way.stage} />
      <p>{visible(since)}</p>
      <p class="quiet">
        {visible(way.owner ? say("owner", { owner: way.owner }) : say("nobody"))} ·{" "}
        {visible(way.revision ? say("revision", { revision: way.revision.slice(0, 12) }) : say("unpinned"))}
        {way.due && ` · ${say(way.is_due ? "overdue" : "due", { due: day(way.due) })}`}
        {way.successes + way.failures > 0 &&
          ` · ${say("register", { successes: way.successes, failures: way.failures, open: way.open_failures })}`}
      </p>
      {way.missing.length > 0 && <p class="gap">{visible(say("despite", { missing: way.missing.join(", ") }))}</p>}
      <Needs way={way} />
      {mayReview.value && <PilotForms way={way} onMoved={onMoved} />}
    </li>
  );
}

/** The way as steps; the one where the model stands is marked, also for who cannot see. */
function Steps({ at }: { at: Stage }) {
  const place = at === "stopped" ? -1 : WAY.indexOf(at);
  return (
    <ol class="pilot-steps">
      {WAY.map((stage, n) => (
        <li key={stage} class={n < place ? "done" : n === place ? "here" : ""} aria-current={n === place ? "step" : undefined}>
          {say(`stage.${stage}`)}
        </li>
      ))}
      {at === "stopped" && (
        <li class="here" aria-current="step">
          {say("stage.stopped")}
        </li>
      )}
    </ol>
  );
}

function Needs({ way }: { way: Way }) {
  if (way.stage === "stopped") return <p>{say("off")}</p>;
  const ahead = way.ways[0] ?? way.stage;
  const stage = say(`stage.${ahead}`);
  if (way.next.length === 0) return <p>{way.stage === "watch" ? say("watched") : say("ready", { stage })}</p>;
  return (
    <>
      <p>
        <strong>{say(way.stage === "watch" ? "nextWatch" : "next", { stage, n: number(way.next.length) })}</strong>
      </p>
      <ul class="pilot-needs">
        {way.next.slice(0, SHOWN_NEEDS).map((need) => (
          <li key={need.id}>
            {visible(need.gap || need.text)} <code>{visible(need.do)}</code>
          </li>
        ))}
      </ul>
      <ViewLink change={{ page: "assess", ref: way.ref, assess: "pilot" }}>{say("all")}</ViewLink>
    </>
  );
}

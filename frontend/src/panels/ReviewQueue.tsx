import { useEffect, useState } from "preact/hooks";
import { ask } from "../data/api";
import type { Queue, Review } from "../data/review";
import { visible } from "../engine/visible";
import { day, number, t, word } from "../i18n";
import { type REVIEW_WORDS, say } from "../i18n/review";
import { answering } from "../state/opening";
import type { Queue as Filter } from "../state/url";
import { patch, view } from "../state/view";
import { ViewLink } from "./Link";
import { RefName } from "./Search";
import { useAnswer } from "./useAnswer";
import { checkTitle, findingWords } from "./wording";

const PAGE = 50;
const MOST = 500;

/** The items that were asked for, the riskiest first. */
export function ReviewQueue() {
  const { queue } = view.value;
  const [shown, setShown] = useState(PAGE);
  const [before, setBefore] = useState<Queue | null>(null);
  const query = new URLSearchParams({ state: "waiting", ...queue, limit: String(shown) });
  if (queue.state === "all") query.delete("state");
  const answer = useAnswer<Queue>(`queue ${query}`, async (signal) => {
    await answering();
    return ask<Queue>(`review?${query}`, signal);
  });
  useEffect(() => {
    if (answer.state === "here") setBefore(answer.value);
  }, [answer]);
  const now = answer.state === "here" ? answer.value : before;
  return (
    <>
      {now && <Filters queue={now} />}
      {answer.state === "waiting" && !now && <p class="quiet">{say("loading")}</p>}
      {answer.state === "nobody" && <p class="quiet">{t("page.unavailable")}</p>}
      {answer.state === "failed" && (
        <p class="quiet" role="alert">
          {visible(answer.reason)}
        </p>
      )}
      {answer.state !== "failed" && now && (
        <>
          <p class="quiet" role="status">
            {now.total === 0 ? say("empty") : say("count", { shown: number(now.items.length), total: number(now.total) })}
          </p>
          {now.total > 0 && <Rows reviews={now.items} />}
          {now.items.length < now.total && shown < MOST && (
            <button type="button" class="pill" onClick={() => setShown(Math.min(MOST, shown + 2 * PAGE))}>
              {t("list.more")}
            </button>
          )}
        </>
      )}
    </>
  );
}

function set(name: Filter, value: string): void {
  patch({ queue: { ...view.peek().queue, [name]: value } });
}

const WAITING = ["open", "expired"];

function Filters({ queue }: { queue: Queue }) {
  const { states, owners, topics } = queue;
  const waiting = WAITING.reduce((sum, state) => sum + (states[state] ?? 0), 0);
  const all = Object.values(states).reduce((sum, count) => sum + count, 0);
  return (
    <div class="review-filters">
      <Choice
        name="state"
        otherwise="waiting"
        options={[
          ["waiting", say("state.waiting"), waiting],
          ...Object.entries(states).map(([name, count]): Option => [name, stateText(name), count]),
          ["all", say("any"), all],
        ]}
      />
      <Choice
        name="owner"
        options={[
          ["", say("any"), null],
          ...Object.entries(owners).map(([name, count]): Option => [name, name === "-" ? say("nobody") : visible(name), count]),
        ]}
      />
      <Choice
        name="topic"
        options={[
          ["", say("any"), null],
          ...Object.entries(topics)
            .filter(([name]) => name)
            .map(([name, count]): Option => [name, topicText(name), count]),
        ]}
      />
      <Choice
        name="due"
        options={[
          ["", say("any"), null],
          ["overdue", say("due.overdue"), null],
          ["week", say("due.week"), null],
          ["none", say("due.none"), null],
        ]}
      />
    </div>
  );
}

type Option = [value: string, text: string, count: number | null];

function Choice({ name, options, otherwise = "" }: { name: Filter; options: Option[]; otherwise?: string }) {
  return (
    <label>
      {say(`filter.${name}`)}
      <select
        value={view.value.queue[name] ?? otherwise}
        onChange={(event) => set(name, event.currentTarget.value === otherwise ? "" : event.currentTarget.value)}
      >
        {options.map(([value, text, count]) => (
          <option key={value} value={value}>
            {count === null ? text : `${text} (${number(count)})`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A state of an item in words. */
export function stateText(state: string): string {
  return say(`state.${state}` as keyof typeof REVIEW_WORDS);
}

export function topicText(topic: string): string {
  return say(`topic.${topic}` as keyof typeof REVIEW_WORDS);
}

function Rows({ reviews }: { reviews: Review[] }) {
  return (
    <div class="table-scroll" tabIndex={0}>
      <table class="plain queue">
        <thead>
          <tr>
            {(["finding", "subject", "severity"] as const).map((name) => (
              <th key={name} scope="col">
                {say(name)}
              </th>
            ))}
            <th scope="col" class="number">
              {say("risk")}
            </th>
            {(["owner", "due", "state"] as const).map((name) => (
              <th key={name} scope="col">
                {say(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {reviews.map((review) => (
            <Row key={review.item.id} review={review} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ review: { item, risk, is_overdue, is_gone } }: { review: Review }) {
  return (
    <tr>
      <th scope="row">
        <ViewLink change={{ item: item.id }}>{visible(checkTitle(item.check))}</ViewLink>
        <p class="quiet clipped">{visible(findingWords(item).message)}</p>
      </th>
      <td>
        <RefName refText={item.subject} />
      </td>
      <td>{item.severity ? word(item.severity) : <span class="unknown">{t("value.unknown")}</span>}</td>
      <td class="number">
        {risk === null ? (
          <span class="unknown">{t("value.unknown")}</span>
        ) : risk < 100 ? (
          risk.toFixed(1)
        ) : (
          number(Math.round(risk))
        )}
      </td>
      <td>{item.owner ? visible(item.owner) : <span class="quiet">{say("nobody")}</span>}</td>
      <td class={is_overdue ? "late" : ""}>
        {item.due ? day(item.due) : ""}
        {is_overdue && ` (${say("overdue")})`}
      </td>
      <td>
        {stateText(item.state)} {is_gone && <span class="badge">{say("gone")}</span>}
      </td>
    </tr>
  );
}

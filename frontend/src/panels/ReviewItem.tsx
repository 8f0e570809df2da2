import { useState } from "preact/hooks";
import { ask } from "../data/api";
import type { Item, LogLine, Place, Review, ReviewAnswer } from "../data/review";
import { visible } from "../engine/visible";
import { day, moment, number, percent, t, word } from "../i18n";
import { type REVIEW_WORDS, say } from "../i18n/review";
import { answering } from "../state/opening";
import { DecideBox } from "./DecideBox";
import { Fact, severityClass } from "./Facts";
import { ViewLink } from "./Link";
import { stateText, topicText } from "./ReviewQueue";
import { Locator } from "./Scores";
import { RefName } from "./Search";
import { SideBySide } from "./SideBySide";
import { useAnswer } from "./useAnswer";
import { checkTitle, findingWords, titleOf } from "./wording";

/** One item: the finding, the evidence side by side, what was decided; and a place to decide. */
export function ReviewItem({ number: id }: { number: number }) {
  const [changed, setChanged] = useState<ReviewAnswer | null>(null);
  const answer = useAnswer<ReviewAnswer>(`review ${id}`, async (signal) => {
    await answering();
    return ask<ReviewAnswer>(`review/${id}`, signal);
  });
  const now = changed ?? (answer.state === "here" ? answer.value : null);
  return (
    <>
      <p>
        <ViewLink change={{ item: null }}>← {say("back")}</ViewLink>
      </p>
      {answer.state === "waiting" && <p class="quiet">{say("loading")}</p>}
      {answer.state === "nobody" && <p class="quiet">{t("page.unavailable")}</p>}
      {answer.state === "failed" && (
        <p class="quiet" role="alert">
          {visible(answer.reason)}
        </p>
      )}
      {now && (
        <>
          <Head review={now.review} />
          <div class="review-columns">
            <div>
              <Found review={now.review} places={now.places} />
              <SideBySide review={now.review} />
            </div>
            <div>
              <DecideBox item={now.review.item} onWritten={setChanged} />
              <History lines={now.history} />
            </div>
          </div>
        </>
      )}
    </>
  );
}

function Head({ review: { item } }: { review: Review }) {
  return (
    <>
      <p class="quiet">
        {say("number", { n: item.id })} · {visible(say("openedBy", { at: moment(item.opened_at), who: item.opened_by }))}
      </p>
      <h1>{visible(checkTitle(item.check))}</h1>
      <p class="item-subject">
        <RefName refText={item.subject} />{" "}
        <ViewLink change={{ page: "audit", ref: item.subject, item: null }}>{say("audit")}</ViewLink>{" "}
        <ViewLink change={{ page: "map", ref: item.subject, item: null, camera: null }}>{say("map")}</ViewLink>
      </p>
      <p>
        <strong class={`state state-${item.state}`}>{stateText(item.state)}</strong> <Decided item={item} />
      </p>
    </>
  );
}

function Decided({ item: { decided } }: { item: Item }) {
  if (!decided) return null;
  return (
    <span>
      {decided.until && `${say("until", { until: moment(decided.until) })} · `}
      {decided.predicate && `${decided.predicate} = ${visible(decided.value)} · `}
      <span class="quiet">{visible(say("decidedBy", { who: decided.who, at: moment(decided.at) }))}:</span>{" "}
      {visible(decided.why)}
    </span>
  );
}

function Found({ review, places }: { review: Review; places: Place[] }) {
  const { item } = review;
  const words = findingWords(item);
  return (
    <section class={`found ${severityClass(item.severity ?? "info")}`}>
      <p class="found-message">{visible(words.message)}</p>
      {review.is_gone && <p class="gone">{say("goneLong")}</p>}
      <dl class="facts">
        <Fact name={say("severity")}>
          {item.severity ? word(item.severity) : <span class="unknown">{t("value.unknown")}</span>}
          {item.confidence !== null && (
            <span class="quiet"> · {t("node.confidence", { percent: percent(item.confidence) })}</span>
          )}
        </Fact>
        {review.topic && <Fact name={say("filter.topic")}>{topicText(review.topic)}</Fact>}
        {review.risk !== null && <Fact name={say("risk")}>{number(review.risk)}</Fact>}
        {review.dependents !== null && <Fact name={say("dependents")}>{number(review.dependents - 1)}</Fact>}
        <Fact name={say("owner")}>{item.owner ? visible(item.owner) : <span class="quiet">{say("nobody")}</span>}</Fact>
        {item.due && (
          <Fact name={say("due")}>
            {day(item.due)} {review.is_overdue && <span class="late">{say("overdue")}</span>}
          </Fact>
        )}
        {places.length > 0 && (
          <Fact name={say("places")}>
            <ul class="plain-list">
              {places.map((read) => (
                <li key={read.place}>
                  {visible(titleOf(read, read.place))}{" "}
                  {titleOf(read, read.place) !== read.place && <Locator place={read.place} />}
                </li>
              ))}
            </ul>
          </Fact>
        )}
        {words.remedy && <Fact name={say("remedy")}>{visible(words.remedy)}</Fact>}
      </dl>
    </section>
  );
}

function History({ lines }: { lines: LogLine[] }) {
  return (
    <section>
      <h2>{say("history")}</h2>
      <ol class="history">
        {[...lines].reverse().map((line) => (
          <li key={line.number}>
            <p>
              <strong>{visible(line.who)}</strong> <span class="quiet">({roleText(line.role)})</span>{" "}
              {visible(actionText(line))}
            </p>
            {line.why && <p class="said">{visible(line.why)}</p>}
            <p class="quiet source">
              {moment(line.at)} · {say("entry", { n: line.number, digest: line.digest.slice(0, 12) })}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}

const ROLES = ["reader", "reviewer", "administrator"] as const;

function roleText(role: string): string {
  const known = ROLES.find((name) => name === role);
  return known ? say(`role.${known}`) : visible(role);
}

function actionText(line: LogLine): string {
  const key = line.action === "decide" ? `action.decide.${line.decision}` : `action.${line.action}`;
  const until = line.until ? moment(line.until) : "";
  return say(key as keyof typeof REVIEW_WORDS, {
    owner: line.value || say("nobody"),
    until,
    predicate: line.predicate,
    value: line.value,
  });
}

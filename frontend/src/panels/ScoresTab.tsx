import type { LoneScore, PipelineEffect, ScoreRow, ScoresAnswer, ScoreTrack, TrackPoint } from "../data/scores";
import { visible } from "../engine/visible";
import { day, number, t } from "../i18n";
import { SCORE_WORDS, say } from "../i18n/scores";
import { source } from "../state/atlas";
import { useAnswer } from "./useAnswer";
import "./audit.css";
import "./scores.css";

const SHOWN = 30;
const TONES = { confirmed: "pass", within_noise: "pass", lower: "review", higher: "review", not_comparable: "none" } as const;

/** A model's scores: what several models share, what was claimed against what was measured, and how it went over time. */
export function ScoresTab({ refText }: { refText: string }) {
  const answer = useAnswer<ScoresAnswer>(`scores ${refText}`, (signal) => {
    const from = source.peek();
    return from ? from.scores(refText, signal) : Promise.reject(new Error("not open"));
  });
  if (answer.state === "waiting") return <p class="quiet">{t("node.loading")}</p>;
  if (answer.state === "nobody") return <p class="quiet">{t("node.noAnswers")}</p>;
  if (answer.state === "failed") return <p class="quiet">{t("node.failed", { reason: answer.reason })}</p>;
  const about = answer.value;
  if (about.rows.length + about.unmeasured.length + about.unclaimed.length === 0) return <p class="quiet">{say("none")}</p>;
  return (
    <div class="scores-tab">
      <Pipelines items={about.pipelines} />
      <section>
        <h3>{say("rows")}</h3>
        {about.rows.length === 0 && <p class="quiet">{say(noneMet(about))}</p>}
        <ul class="score-rows">
          {about.rows.slice(0, SHOWN).map((row) => (
            <Row key={`${row.claim.source} ${row.metric} ${row.dataset} ${row.claimed} ${row.result.source}`} row={row} />
          ))}
        </ul>
        <More rest={about.rows.length - SHOWN} />
      </section>
      <Tracks items={about.tracks} />
      <Lone title={say("unmeasured")} items={about.unmeasured} />
      <Lone title={say("unclaimed")} items={about.unclaimed} />
      <p class="advice quiet">{say("advice")}</p>
    </div>
  );
}

/** Why no claim met a measurement, as a key of the words. */
function noneMet({ unmeasured, unclaimed }: ScoresAnswer): keyof typeof SCORE_WORDS {
  if (unmeasured.length > 0 && unclaimed.length > 0) return "noRows";
  return unmeasured.length > 0 ? "noResults" : "noClaims";
}

function Pipelines({ items }: { items: PipelineEffect[] }) {
  if (items.length === 0) return null;
  return (
    <section class="shared-effect">
      <h3>{say("pipeline")}</h3>
      {items.map(({ metric, dataset, harness, worse, shared }) => (
        <p key={`${metric} ${dataset} ${harness}`}>
          {visible(
            say("pipelineLead", {
              same: shared.same_direction,
              models: shared.models,
              how: say(worse ? "worse" : "better"),
              what: named(metric, dataset),
              harness: harness ?? say("someHarness"),
              median: gap(shared.median),
              low: gap(shared.low),
              high: gap(shared.high),
            }),
          )}
        </p>
      ))}
    </section>
  );
}

function Row({ row }: { row: ScoreRow }) {
  return (
    <li>
      <p>
        <strong class={`verdict verdict-${row.contradicted ? "block" : TONES[row.verdict]}`}>
          {say(`verdict.${row.verdict}`)}
        </strong>{" "}
        {visible(named(row.metric, row.dataset, row.claim.protocol))}
        {row.contradicted && <span class="badge"> {say("contradicted")}</span>}
      </p>
      <p class="figures">
        <span>
          <span class="quiet">{say("claimed")}</span> {figure(row.claimed)}
        </span>
        <span>
          <span class="quiet">{say("measured")}</span> {figure(row.measured)}
        </span>
        <span>
          <span class="quiet">{say("delta")}</span> {gap(row.delta)}
        </span>
      </p>
      <details>
        <summary class="quiet">{say("why")}</summary>
        <Why row={row} />
      </details>
    </li>
  );
}

/** What differs, what only one side says, what is let pass, and where both were read. */
function Why({ row }: { row: ScoreRow }) {
  const { tolerance, pipeline } = row;
  return (
    <ul class="plain-list">
      {row.differs.map((item) => (
        <li key={item.field}>
          {visible(say("differs", { field: field(item.field), claimed: item.claimed, measured: item.measured }))}
        </li>
      ))}
      {row.unsaid.length > 0 && <li>{say("unsaid", { fields: row.unsaid.map(field).join(", ") })}</li>}
      {tolerance && (
        <li>
          {say("allowed", {
            point: figure(tolerance.point),
            chance: tolerance.sampling === null ? say("unknown") : figure(tolerance.sampling),
            protocol: figure(tolerance.protocol),
          })}
        </li>
      )}
      {pipeline && <li>{say(pipeline.explains ? "explains" : "notExplains")}</li>}
      <li class="quiet">
        {visible(say("read", { claim: row.claim.source, result: row.result.source }))}
        {row.result.by && ` ${visible(say("by", { who: row.result.by }))}`}
        {row.result.at && ` ${day(row.result.at)}`}
      </li>
      {row.claim.also.length > 0 && <li class="quiet">{visible(say("also", { places: row.claim.also.join(", ") }))}</li>}
    </ul>
  );
}

function Tracks({ items }: { items: ScoreTrack[] }) {
  if (items.length === 0) return null;
  const moved = items.filter((track) => track.steps.length > 0);
  const steady = items.length - moved.length;
  return (
    <section>
      <h3>{say("tracks")}</h3>
      <ul class="score-rows">
        {moved.slice(0, SHOWN).map((track) => (
          <li key={`${track.metric} ${track.dataset} ${JSON.stringify(track.protocol)}`}>
            <p>{visible(named(track.metric, track.dataset, track.protocol))}</p>
            {track.steps.map((step) => {
              const [before, after] = [track.points[step.before], track.points[step.after]];
              if (!before || !after) return null;
              const values = {
                before: figure(before.value),
                after: figure(after.value),
                first: moment(before),
                second: moment(after),
              };
              return (
                <p key={step.before}>
                  <strong class={`verdict verdict-${step.change === "rose" ? "pass" : "review"}`}>
                    {say(`change.${step.change}`)}
                  </strong>{" "}
                  {visible(say("step", values))} ({gap(step.delta)})
                </p>
              );
            })}
          </li>
        ))}
      </ul>
      {steady > 0 && <p class="quiet">{say("agree", { n: number(steady) })}</p>}
    </section>
  );
}

function Lone({ title, items }: { title: string; items: LoneScore[] }) {
  if (items.length === 0) return null;
  return (
    <details>
      <summary>
        {title} <span class="count">{number(items.length)}</span>
      </summary>
      <ul class="plain-list">
        {items.slice(0, SHOWN).map((item) => (
          <li key={`${item.side.source} ${item.metric} ${item.dataset} ${item.value}`}>
            {visible(named(item.metric, item.dataset, item.side.protocol))}: {figure(item.value)}{" "}
            <span class="mono quiet">{visible(item.side.source)}</span>
          </li>
        ))}
      </ul>
      <More rest={items.length - SHOWN} />
    </details>
  );
}

function More({ rest }: { rest: number }) {
  return rest > 0 ? <p class="quiet">+ {number(rest)}</p> : null;
}

function named(metric: string, dataset: string | null, protocol: Record<string, string | number | null> = {}): string {
  const data = dataset ? [dataset, protocol.config].filter(Boolean).join(" ") : say("noData");
  const name = say("on", { metric, dataset: data });
  return protocol.variant ? `${name} (${protocol.variant})` : name;
}

function field(name: string): string {
  const key = `field.${name}` as keyof typeof SCORE_WORDS;
  return key in SCORE_WORDS ? say(key) : name;
}

function moment(point: TrackPoint): string {
  const parts = [point.revision?.slice(0, 8), point.at ? day(point.at) : null];
  return parts.filter(Boolean).join(", ") || say("unnamed");
}

function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function gap(value: number): string {
  return `${value > 0 ? "+" : ""}${figure(value)}`;
}

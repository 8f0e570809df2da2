import type { Attribute, AuditTarget, Factor } from "../data/audit";
import { visible } from "../engine/visible";
import { percent } from "../i18n";
import { type AUDIT_WORDS, say } from "../i18n/audit";
import { tint } from "../state/palette";
import { language, shade } from "../state/view";
import { titleOf, wording } from "./wording";

const SCORES = ["documentation", "provenance", "reproducibility", "portability", "popularity", "upkeep"] as const;

/** How well a target does; the points of each factor stand there, and add up. */
export function Scores({ target }: { target: AuditTarget }) {
  return (
    <section>
      <h3>{say("scores")}</h3>
      <ul class="scores">
        {SCORES.map((name) => {
          const attribute = target.attributes.find((item) => item.name === name);
          return (
            <li key={name}>
              <ScoreBar name={say(`score.${name}`)} value={target.scores[name] ?? null} />
              {attribute && <Parts attribute={attribute} />}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function ScoreBar({ name, value }: { name: string; value: number | null }) {
  return (
    <div class="score">
      <span>{name}</span>
      {value === null ? (
        <span class="unknown">{say("unknown")}</span>
      ) : (
        <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          <rect width="100" height="8" rx="1" class="track" />
          <rect width={100 * value} height="8" rx="1" fill={tint(["#0072b2", "#3d9fdb"], shade.value)} />
        </svg>
      )}
      <span class="number">{value === null ? "" : percent(value)}</span>
    </div>
  );
}

/** Points to at most two digits. */
function plain(points: number): string {
  return String(Math.round(100 * points) / 100);
}

function Parts({ attribute }: { attribute: Attribute }) {
  const words = wording()?.attributes[attribute.name];
  const left = attribute.weight - attribute.of;
  return (
    <details>
      <summary>
        {say("points", { points: plain(attribute.points), of: plain(attribute.of) })}
        {left > 0 && `; ${say("left", { n: plain(left) })}`}
      </summary>
      {words && <p class="quiet">{titleOf(words.about, "")}</p>}
      <div class="table-scroll" tabIndex={0}>
        <table class="plain factors">
          <thead>
            <tr>
              <th scope="col">{say("factor")}</th>
              <th scope="col">{say("state")}</th>
              <th scope="col" class="number">
                {say("pointsHead")}
              </th>
              <th scope="col">{say("evidenceHead")}</th>
            </tr>
          </thead>
          <tbody>
            {attribute.factors.map((factor) => (
              <tr key={factor.name}>
                <th scope="row">{titleOf(words?.factors[factor.name], factor.name)}</th>
                <td>{stateWord(factor.state)}</td>
                <td class="number">
                  {plain(factor.points)} / {plain(factor.of)}
                </td>
                <td>
                  <Evidence factor={factor} />
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{say("total")}</th>
              <td />
              <td class="number">
                {plain(attribute.points)} / {plain(attribute.of)}
              </td>
              <td class="quiet">{left > 0 && say("left", { n: plain(left) })}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </details>
  );
}

function Evidence({ factor }: { factor: Factor }) {
  return (
    <ul>
      {factor.evidence.map((item, i) => (
        <li key={`${item.locator} ${i}`}>
          {visible(item.value)} <Locator place={item.locator} />
        </li>
      ))}
    </ul>
  );
}

/** Where something was read, in small print. */
export function Locator({ place }: { place: string }) {
  return <span class="locator mono quiet">{visible(place)}</span>;
}

function stateWord(state: string) {
  const key = `state.${state}` as keyof typeof AUDIT_WORDS;
  const text = say(key);
  return state === "unknown" || state === "undeclared" ? <span class="unknown">{text}</span> : text;
}

/** The sections of the card, each with the sentence that decided. */
export function Documentation({ target: { documentation } }: { target: AuditTarget }) {
  if (!documentation) return null;
  return (
    <section>
      <h3>{say("sections")}</h3>
      <div class="table-scroll" tabIndex={0}>
        <table class="plain factors">
          <thead>
            <tr>
              <th scope="col">{say("section")}</th>
              <th scope="col">{say("state")}</th>
              <th scope="col">{say("sentence")}</th>
            </tr>
          </thead>
          <tbody>
            {documentation.sections.map((item) => (
              <tr key={item.section}>
                <th scope="row" class={item.of ? "part" : ""}>
                  {visible(language.value === "ja" ? item.title_ja : item.title)}
                </th>
                <td>{stateWord(item.state)}</td>
                <td>{item.sentence && visible(item.sentence)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

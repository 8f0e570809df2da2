import type { Prediction, SaidName, Undeclared } from "../data/elements";
import { visible } from "../engine/visible";
import { percent, t, word } from "../i18n";
import { called, say } from "../i18n/elements";
import { language } from "../state/view";
import type { Answer } from "./useAnswer";
import "./undeclared.css";

/** What a name says, element by element. */
export function NameSection({ answer }: { answer: Answer<Undeclared> }) {
  const name = answer.state === "here" ? answer.value.name : null;
  return name?.elements.length ? <Name name={name} /> : null;
}

/** What the neighbourhood tells where nobody declared it. */
export function PredictedSection({ answer }: { answer: Answer<Undeclared> }) {
  if (answer.state === "failed") return <p class="quiet">{t("node.failed", { reason: answer.reason })}</p>;
  if (answer.state !== "here") return null;
  const { name, predicted } = answer.value;
  // Of a dataset neither is told.
  return name || predicted?.length !== 0 ? <Predicted items={predicted} /> : null;
}

function Name({ name }: { name: SaidName }) {
  return (
    <section>
      <h3>{say("name")}</h3>
      <ul class="elements">
        {name.elements.map((part, i) => (
          <li key={`${i} ${part.text}`} class={part.element === "other" ? "other" : ""}>
            <span class="kind">{called(`element.${part.element}`) ?? visible(part.element)}</span>
            <span class="text">{visible(part.text)}</span>
            {part.value !== part.text.toLowerCase() && <span class="quiet"> = {visible(part.value)}</span>}
          </li>
        ))}
      </ul>
      <p class="quiet">{called(`convention.${name.convention}`) ?? visible(name.convention)}</p>
    </section>
  );
}

function Predicted({ items }: { items: Prediction[] | null }) {
  return (
    <section class="predicted" aria-labelledby="predicted">
      <h3 id="predicted">
        {say("predicted")} <span class="badge">{say("notDeclared")}</span>
      </h3>
      {items?.length ? (
        <>
          <p class="quiet">{say("predictedLead")}</p>
          <ul>
            {items.map((item) => (
              <Guess key={item.attribute} item={item} />
            ))}
          </ul>
        </>
      ) : (
        <p class="quiet">{say(items ? "nothing" : "notYet")}</p>
      )}
    </section>
  );
}

function Guess({ item }: { item: Prediction }) {
  const { low, high } = item;
  const value = item.attribute === "relation" ? word(item.value) : item.value;
  return (
    <li>
      <span class="attribute">{called(`attribute.${item.attribute}`) ?? visible(item.attribute)}</span>{" "}
      <span class="guess">{visible(value)}</span>{" "}
      <small class="quiet">{t("node.confidence", { percent: percent(item.confidence) })}</small>
      {typeof low === "number" && typeof high === "number" && (
        <small class="quiet"> · {say("range", { low: rounded(low), high: rounded(high) })}</small>
      )}
      {item.because.length > 0 && (
        <ul class="reasons">
          {item.because.map((reason) => (
            <li key={reason.en}>{visible(reason[language.value])}</li>
          ))}
        </ul>
      )}
    </li>
  );
}

function rounded(value: number): string {
  return value.toLocaleString(language.value, { maximumSignificantDigits: 4 });
}

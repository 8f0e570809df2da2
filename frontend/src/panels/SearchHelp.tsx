import { PREFIXES } from "../data/elements";
import { called, say } from "../i18n/elements";
import { answers } from "../state/atlas";
import "./undeclared.css";

/** What can be asked for beside words; an example is put into the box. */
export function SearchHelp({ onPick }: { onPick: (example: string) => void }) {
  return (
    <>
      <p>{say("helpLead")}</p>
      <ul class="prefixes">
        {PREFIXES.map(([prefix, element, value]) => (
          <li key={prefix}>
            <button type="button" class="link mono" onClick={() => onPick(`${prefix}:${value} `)}>
              {prefix}:{value}
            </button>{" "}
            <span class="quiet">{called(`element.${element}`)}</span>
          </li>
        ))}
      </ul>
      <p class="quiet">
        {answers.value === false ? say("helpStatic") : say("helpMore", { example: "arch:bert task:ner lang:ja" })}
      </p>
    </>
  );
}

import { useState } from "preact/hooks";
import { ask, path } from "../data/api";
import type { InheritedTerm, LicenseAnswer } from "../data/license";
import type { Review } from "../data/review";
import type { Claim, Portrait } from "../data/types";
import { visible } from "../engine/visible";
import { percent, t, word } from "../i18n";
import { say as sayLicense } from "../i18n/license";
import { say } from "../i18n/review";
import { Basis } from "./Facts";
import { RefName } from "./Search";
import { useAnswer } from "./useAnswer";

/** Which statements a topic is about. */
const ABOUT: Record<string, string[]> = {
  license: ["license", "license_name", "license_link"],
  dependencies: ["base_model", "new_version", "merge_method"],
  datasets: ["dataset", "source_dataset", "evaluated_on"],
  metrics: ["metric", "metric_protocol", "evaluated_on"],
};
const SIDES = [
  ["declared", (basis: string) => basis === "declared"],
  ["stated", (basis: string) => basis === "stated"],
  ["concluded", (basis: string) => basis !== "declared" && basis !== "stated"],
] as const;

/** What the publisher declared beside what the card or a file says, what was concluded, and what the lineage says. */
export function SideBySide({ review }: { review: Review }) {
  const { subject } = review.item;
  const [all, setAll] = useState(false);
  const held = review.node !== null;
  const answer = useAnswer<Portrait>(held ? `show ${subject}` : null, (signal) =>
    ask<Portrait>(`show/${path(subject)}`, signal),
  );
  if (!held) return <p class="quiet">{visible(say("notHeld", { subject }))}</p>;
  const about = ABOUT[review.topic ?? ""];
  return (
    <section>
      <h2>{say("evidence")}</h2>
      {answer.state === "waiting" && <p class="quiet">{t("node.loading")}</p>}
      {answer.state === "failed" && <p class="quiet">{t("node.failed", { reason: visible(answer.reason) })}</p>}
      {answer.state === "here" && (
        <>
          <Claims claims={answer.value.claims.filter((claim) => all || !about || about.includes(claim.predicate))} />
          {about && (
            <button type="button" class="link" onClick={() => setAll(!all)}>
              {say(all ? "fewClaims" : "allClaims")}
            </button>
          )}
          <Lineage review={review} about={answer.value} />
        </>
      )}
    </section>
  );
}

function Claims({ claims }: { claims: Claim[] }) {
  const predicates = [...new Set(claims.map((claim) => claim.predicate))];
  if (claims.length === 0) return <p class="quiet">{say("noClaims")}</p>;
  return (
    <div class="table-scroll" tabIndex={0}>
      <table class="plain sides">
        <thead>
          <tr>
            <th scope="col">{say("about")}</th>
            {SIDES.map(([side]) => (
              <th key={side} scope="col">
                {say(side)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {predicates.map((predicate) => (
            <tr key={predicate}>
              <th scope="row">{predicate.replaceAll("_", " ")}</th>
              {SIDES.map(([side, isOn]) => (
                <td key={side}>
                  <Said claims={claims.filter((claim) => claim.predicate === predicate && isOn(claim.basis))} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Said({ claims }: { claims: Claim[] }) {
  if (claims.length === 0) return <span class="unknown">{say("nothingSaid")}</span>;
  return (
    <ul>
      {claims.map((claim, i) => (
        <li key={`${claim.value} ${claim.locator} ${i}`}>
          <span class="said-value">{visible(claim.value)}</span>
          {claim.relation && <span class="badge">{word(claim.relation)}</span>}
          <p class="quiet source">
            <span class="mono">{visible(claim.locator)}</span> · {claim.witness}
            {claim.confidence < 1 && ` · ${t("node.confidence", { percent: percent(claim.confidence) })}`}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Lineage({ review, about }: { review: Review; about: Portrait }) {
  if (review.topic === "license") return <Terms subject={review.item.subject} />;
  if (about.parents.length === 0) return null;
  return (
    <>
      <h3>{say("lineage")}</h3>
      <ul class="plain-list">
        {about.parents.map((edge) => (
          <li key={`${edge.ref} ${edge.relation}`}>
            <RefName refText={edge.ref} /> {word(edge.relation)} <Basis basis={edge.relation_basis} />
            {t("node.confidence", { percent: percent(edge.confidence) })}
            {edge.set_aside && ` · ${t("node.setAside", { reason: edge.set_aside })}`}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Whose terms come down to it. */
function Terms({ subject }: { subject: string }) {
  const answer = useAnswer<LicenseAnswer>(`license ${subject}`, (signal) =>
    ask<LicenseAnswer>(`license/${path(subject)}`, signal),
  );
  if (answer.state !== "here") return null;
  const { inherited, unknown } = answer.value;
  const sources = new Map<string, InheritedTerm[]>();
  for (const term of inherited) {
    const key = `${term.from} ${term.flow}`;
    sources.set(key, [...(sources.get(key) ?? []), term]);
  }
  return (
    <>
      <h3>{say("lineage")}</h3>
      {inherited.length + unknown.length === 0 && <p class="quiet">{say("noLineage")}</p>}
      <ul class="plain-list">
        {[...sources].map(([key, terms]) => (
          <li key={key}>
            {terms[0] && <RefName refText={terms[0].from} />}{" "}
            {[...new Set(terms.map((term) => term.clause?.license))].join(", ")}: {say("lineageTerms", { n: terms.length })}{" "}
            <span class="quiet">
              ({terms[0] && sayLicense(`flow.${terms[0].flow}`)},{" "}
              {t("node.confidence", { percent: percent(terms[0]?.confidence ?? 0) })})
            </span>
          </li>
        ))}
        {unknown.map((ref) => (
          <li key={ref}>
            <RefName refText={ref} />: <span class="unknown">{say("lineageSilent")}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

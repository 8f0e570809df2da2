import type { Claim, Portrait } from "../data/types";
import { visible } from "../engine/visible";
import { day, percent, t, word } from "../i18n";
import { Basis } from "./Facts";
import { OutLink } from "./Link";
import { isWeb } from "./naming";

/** All that was said of a node, by whom and where; contradictions stand side by side. */
export function Claims({ about }: { about: Portrait }) {
  const groups = new Map<string, Claim[]>();
  for (const claim of about.claims) groups.set(claim.predicate, [...(groups.get(claim.predicate) ?? []), claim]);
  return (
    <>
      <p class="quiet">{t("claims.count", { n: about.claims.length })}</p>
      {[...groups].map(([predicate, claims]) => (
        <section key={predicate}>
          <h3>{predicate.replaceAll("_", " ")}</h3>
          <ul class="claims">
            {claims.map((claim, i) => (
              <li key={`${claim.value} ${claim.locator} ${i}`}>
                <p class="value">
                  {isWeb(claim.value) ? <OutLink href={claim.value}>{visible(claim.value)}</OutLink> : visible(claim.value)}
                  {claim.relation && <span class="badge">{word(claim.relation)}</span>}
                  {claim.weight !== null && <span class="badge">× {claim.weight}</span>}
                </p>
                <p class="source">
                  <Basis basis={claim.basis} /> <span class="mono">{claim.locator}</span> · {claim.witness} ·{" "}
                  {day(claim.seen_at)}
                  {claim.confidence < 1 && ` · ${t("node.confidence", { percent: percent(claim.confidence) })}`}
                  {claim.understood_as && ` · ${t("claims.understood", { how: claim.understood_as })}`}
                </p>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

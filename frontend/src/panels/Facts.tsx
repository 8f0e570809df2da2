import type { ComponentChildren } from "preact";
import type { Undeclared } from "../data/elements";
import type { Finding, ParentEdge, Portrait } from "../data/types";
import { visible } from "../engine/visible";
import { brief, day, number, percent, t, word } from "../i18n";
import { goTo, type Selection, source } from "../state/atlas";
import { licenseClass, relationTint } from "../state/facets";
import { tint } from "../state/palette";
import { monthText } from "../state/url";
import { shade } from "../state/view";
import { OutLink } from "./Link";
import { later } from "./lazy";
import { hubPage, isWeb } from "./naming";
import { RefName } from "./Search";
import { Swatch } from "./Tooltip";
import { useAnswer } from "./useAnswer";
import { checkTitle, findingWords } from "./wording";

export function Facts({ about }: { about: Portrait }) {
  const undeclared = useAnswer<Undeclared>(about.ref, (signal) => {
    const from = source.peek();
    return from ? from.undeclared(about.ref, signal) : Promise.reject(new Error("not open"));
  });
  return (
    <>
      <dl class="facts">
        {about.state !== "present" && <Fact name={t("facet.state")}>{word(about.state)}</Fact>}
        <Fact name={t("node.license")}>
          {about.license ? visible(about.license) : <Unknown word="undeclared" />}
          {about.license && <small class="quiet"> {word(licenseClass(kindOf(about.license)))}</small>}
        </Fact>
        <Fact name={t("node.task")}>{about.pipeline_tag ? visible(about.pipeline_tag) : <Unknown word="undeclared" />}</Fact>
        <Fact name={t("node.library")}>{about.library ? visible(about.library) : <Unknown word="undeclared" />}</Fact>
        <Fact name={t("node.downloads")}>
          {about.downloads === null ? <Unknown word="unknown" /> : number(about.downloads)}
        </Fact>
        <Fact name={t("node.likes")}>{about.likes === null ? <Unknown word="unknown" /> : number(about.likes)}</Fact>
        <Fact name={t("node.created")}>{about.created_at ? day(about.created_at) : <Unknown word="unknown" />}</Fact>
        <Fact name={t("node.children")}>{number(about.children_count)}</Fact>
        <Fact name={t("node.descendants")}>{number(about.descendants_count)}</Fact>
      </dl>
      <NameSection answer={undeclared} />
      <Parents parents={about.parents} />
      <section>
        <h3>{t("node.findings")}</h3>
        <Findings findings={about.findings} none={t("node.noFindings")} />
      </section>
      <PredictedSection answer={undeclared} />
      <Links about={about} />
    </>
  );
}

const NameSection = later(() => import("./Undeclared").then((module) => module.NameSection));
const PredictedSection = later(() => import("./Undeclared").then((module) => module.PredictedSection));

/** What kind of licence a name means, as the map knows it. */
function kindOf(license: string): string {
  const manifest = source.value?.manifest;
  return manifest?.license_kinds[manifest.licenses.indexOf(license)] ?? "unknown";
}

/** What the tile carries, for the moment before an answer, or where nobody answers. */
export function TileFacts({ now }: { now: Selection }) {
  const manifest = source.value?.manifest;
  if (!manifest || !now.tile) return null;
  const { columns, parent } = now.tile.data;
  const named = (list: string[], column: "task" | "library" | "license") => {
    const name = list[columns[column][now.row] as number];
    return name ? visible(name) : <Unknown word="undeclared" />;
  };
  const log = (value: number) =>
    value === 255 ? <Unknown word="unknown" /> : t("node.about", { n: brief(Math.round(10 ** (value / 10) - 1)) });
  const born = columns.month[now.row] as number;
  const child = (parent[now.row] as number) >= 0;
  return (
    <dl class="facts">
      <Fact name={t("facet.state")}>{word(manifest.states[columns.state[now.row] as number] ?? "unknown")}</Fact>
      {child && (
        <Fact name={t("facet.relation")}>{word(manifest.relations[columns.relation[now.row] as number] ?? "unknown")}</Fact>
      )}
      {child && <Fact name={t("facet.basis")}>{word(manifest.bases[columns.basis[now.row] as number] ?? "unknown")}</Fact>}
      <Fact name={t("node.license")}>{named(manifest.licenses, "license")}</Fact>
      <Fact name={t("node.task")}>{named(manifest.tasks, "task")}</Fact>
      <Fact name={t("node.library")}>{named(manifest.libraries, "library")}</Fact>
      <Fact name={t("node.created")}>{born === 65535 ? <Unknown word="unknown" /> : monthText(born)}</Fact>
      <Fact name={t("node.downloads")}>{log(columns.downloads[now.row] as number)}</Fact>
      <Fact name={t("node.descendants")}>{log(columns.descendants[now.row] as number)}</Fact>
      <Fact name={t("node.documented")}>{`${columns.documented[now.row]}/6`}</Fact>
    </dl>
  );
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Not knowing is a value, and looks like one. */
export function Unknown({ word: which }: { word: "unknown" | "undeclared" }) {
  return <span class="unknown">{t(`value.${which}`)}</span>;
}

function Parents({ parents }: { parents: ParentEdge[] }) {
  return (
    <section>
      <h3>{t("node.parents")}</h3>
      {parents.length === 0 && <p class="quiet">{t("node.noParents")}</p>}
      <ul class="parents">
        {parents.map((edge) => (
          <li key={`${edge.ref} ${edge.relation}`} class={edge.set_aside ? "aside" : ""}>
            <button type="button" class="link" onClick={() => void goTo(edge.ref)}>
              <RefName refText={edge.ref} />
            </button>
            <p class="edge">
              <Swatch colour={tint(relationTint(edge.relation), shade.value)} /> {word(edge.relation)}
              <Basis basis={edge.relation_basis} /> {t("node.confidence", { percent: percent(edge.confidence) })}
              {edge.because && <span class="quiet"> · {t("node.because", { because: edge.because })}</span>}
              {edge.set_aside && <strong> · {t("node.setAside", { reason: edge.set_aside })}</strong>}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Basis({ basis }: { basis: string }) {
  return <span class={`basis basis-${/^\w+$/.test(basis) ? basis : "other"}`}>{word(basis)}</span>;
}

/** Findings in the language of the view, each with its evidence. */
export function Findings({ findings, none }: { findings: Finding[]; none: string }) {
  if (findings.length === 0) return <p class="quiet">{none}</p>;
  return (
    <ul class="findings">
      {findings.map((finding) => {
        const words = findingWords(finding);
        return (
          <li key={finding.check + finding.message} class={severityClass(finding.severity)}>
            <strong>{visible(checkTitle(finding.check))}</strong> <span class="badge">{word(finding.severity)}</span>
            <p>{visible(words.message)}</p>
            {words.remedy && (
              <p>
                {t("node.remedy")}: {words.remedy}
              </p>
            )}
            <p class="locator mono quiet">{visible([finding.check, ...finding.locations.filter(isPlace)].join(" · "))}</p>
          </li>
        );
      })}
    </ul>
  );
}

/** The number of an edge or a claim says nothing to a reader; the audit tells these in words. */
function isPlace(location: string): boolean {
  return !/^(edge|claim)\/\d+$/.test(location);
}

/** Severities that we do not know look like the mildest. */
export function severityClass(severity: string): string {
  return `severity-${/^\w+$/.test(severity) ? severity : "info"}`;
}

function Links({ about }: { about: Portrait }) {
  const papers = about.claims.filter((claim) => claim.predicate === "arxiv" && /^\d{4}\.\d{4,5}(v\d+)?$/.test(claim.value));
  const terms = about.claims.filter((claim) => claim.predicate === "license_link" && isWeb(claim.value));
  const hub = about.state === "present" ? hubPage(about.ref) : null;
  const links = [
    ...(hub ? [{ href: hub, text: "Hugging Face" }] : []),
    ...[...new Set(papers.map((claim) => claim.value))].map((id) => ({
      href: `https://arxiv.org/abs/${id}`,
      text: `arXiv:${id}`,
    })),
    ...[...new Set(terms.map((claim) => claim.value))].map((href) => ({ href, text: href })),
  ];
  if (links.length === 0 && !about.purl) return null;
  return (
    <section>
      <h3>{t("node.links")}</h3>
      <ul class="links">
        {links.map((link) => (
          <li key={link.href}>
            <OutLink href={link.href}>{link.text}</OutLink>
          </li>
        ))}
        {about.purl && <li class="mono quiet">{about.purl}</li>}
      </ul>
    </section>
  );
}

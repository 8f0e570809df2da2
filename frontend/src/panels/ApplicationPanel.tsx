import { useEffect, useRef } from "preact/hooks";
import type { Application, ApplicationUse } from "../data/types";
import { visible } from "../engine/visible";
import { day, number, percent, t, word } from "../i18n";
import { say } from "../i18n/applications";
import { applications, chosen, flyToApplication } from "../state/applications";
import { answers, application, applicationRef, goTo, select } from "../state/atlas";
import { Basis, Fact } from "./Facts";
import { Icon } from "./Icon";
import { ViewLink } from "./Link";
import { RefName } from "./Search";

const COMMIT = /^[0-9a-f]{40}$/;

/** Everything about the application that is singled out. */
export function ApplicationPanel() {
  const about = chosen.value;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (about && document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, [about?.name]);
  const ref = applicationRef(application.value ?? "");
  return (
    <aside class="node card" aria-label={t("node.panel", { ref })}>
      <header>
        <h2 tabIndex={-1} ref={heading}>
          <RefName refText={ref} />
        </h2>
        <button type="button" class="tool" aria-label={t("control.close")} onClick={() => select(null)}>
          <Icon name="close" />
        </button>
      </header>
      {about && (
        <div class="reach">
          <button type="button" class="pill" onClick={() => flyToApplication(about)}>
            <Icon name="target" /> {t("node.fly")}
          </button>
          {answers.value !== false && (
            <ViewLink class="pill" change={{ page: "overview", portfolio: ref }}>
              {say("figures")}
            </ViewLink>
          )}
        </div>
      )}
      <div class="node-body" tabIndex={0}>
        {about ? <Body about={about} /> : <p class="quiet">{applications.value ? "" : t("node.loading")}</p>}
      </div>
    </aside>
  );
}

function Body({ about }: { about: Application }) {
  const { uses, total } = about;
  const count = (is: (use: ApplicationUse) => boolean) => number(uses.filter(is).length);
  return (
    <>
      <dl class="facts">
        <Fact name={say("seen")}>{day(about.seen_at)}</Fact>
        <Fact name={say("models")}>{count((use) => !isDataset(use))}</Fact>
        <Fact name={say("datasets")}>{count(isDataset)}</Fact>
        <Fact name={say("absent")}>{count((use) => use.node === null || use.state !== "present")}</Fact>
        <Fact name={say("pinned")}>
          {say("of", { n: count((use) => COMMIT.test(use.revision ?? "")), total: number(uses.length) })}
        </Fact>
      </dl>
      <h3>{say("uses")}</h3>
      {total === 0 && <p class="quiet">{say("nothing")}</p>}
      <ul class="parents">
        {uses.map((use) => (
          <Use key={`${use.ref} ${use.revision}`} use={use} />
        ))}
      </ul>
      {total > uses.length && <p class="quiet">{say("more", { shown: number(uses.length), total: number(total) })}</p>}
      <p class="quiet">{say("about")}</p>
    </>
  );
}

function isDataset(use: ApplicationUse): boolean {
  return /^([a-z0-9_]+:)?dataset:/.test(use.ref);
}

function Use({ use }: { use: ApplicationUse }) {
  const name = <RefName refText={use.ref} />;
  const absent = use.node === null ? say("unknown") : use.state === "present" ? "" : word(use.state);
  return (
    <li>
      {use.node === null ? (
        name
      ) : (
        <button type="button" class="link" onClick={() => void goTo(use.ref)}>
          {name}
        </button>
      )}
      <p class="edge">
        <Basis basis={use.basis} /> {t("node.confidence", { percent: percent(use.confidence) })} · {revisionOf(use)}
        {absent && <strong> · {absent}</strong>}
        {!use.is_sure && ` · ${say("unsure")}`}
      </p>
      <p class="edge mono">{visible(use.place)}</p>
    </li>
  );
}

function revisionOf({ revision }: ApplicationUse): string {
  if (!revision) return say("current");
  if (COMMIT.test(revision)) return say("commit", { revision: revision.slice(0, 12) });
  return say("revision", { revision: visible(revision) });
}

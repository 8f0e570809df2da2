import { useEffect, useState } from "preact/hooks";
import type { Hit } from "../engine/scene";
import { t } from "../i18n";
import { engine, selectHit, settled, source } from "../state/atlas";
import { splitRef } from "./naming";

const MOST = 4;

/** The circles that hold the whole view, outermost first. */
export function Breadcrumb() {
  void settled.value;
  const around = (engine.value?.around ?? []).slice(-MOST);
  if (around.length === 0) return null;
  return (
    <nav class="breadcrumb" aria-label={t("map.inside")}>
      <span class="quiet">{t("map.inside")}</span>
      <ol>
        {around.map((hit) => (
          <li key={hit.id}>
            <button type="button" onClick={() => selectHit(hit)}>
              <NodeName hit={hit} />
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** The name of a circle: from its tile, else asked for. */
export function NodeName({ hit }: { hit: Hit }) {
  const name = useName(hit.id, hit.tile.data.label[hit.row] ?? null);
  return <>{name ? splitRef(name).name : t("node.unnamed", { node: hit.id })}</>;
}

export function useName(node: number, known: string | null): string | null {
  const [asked, setAsked] = useState<{ node: number; ref: string } | null>(null);
  useEffect(() => {
    if (known) return;
    let gone = false;
    const timer = setTimeout(() => {
      source
        .peek()
        ?.node(node)
        .then((place) => !gone && setAsked({ node, ref: place.ref }))
        .catch(() => undefined);
    }, 50);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [node, known]);
  return known ?? (asked?.node === node ? asked.ref : null);
}

import { useEffect, useRef } from "preact/hooks";
import { visible } from "../engine/visible";
import { t, word } from "../i18n";
import { applications } from "../state/applications";
import { engine, facets, hover, hoverMark } from "../state/atlas";
import { tint } from "../state/palette";
import { by, shade } from "../state/view";
import { useName } from "./Breadcrumb";
import { splitRef } from "./naming";

/** Keep a box beside the pointer, within the view. */
function useBeside(now: { px: number; py: number } | null) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!now || !box.current) return;
    const width = engine.peek()?.viewSize.width ?? 0;
    const left = now.px + 16 + box.current.offsetWidth > width ? now.px - 14 - box.current.offsetWidth : now.px + 14;
    box.current.style.transform = `translate(${Math.round(left)}px, ${Math.round(now.py + 14)}px)`;
  });
  return box;
}

/** The application under the pointer. */
export function MarkTooltip() {
  const now = hoverMark.value;
  const box = useBeside(now);
  const item = now && applications.value?.applications.find(({ name }) => name === now.name);
  if (!item) return null;
  return (
    <div class="tooltip" ref={box} aria-hidden="true">
      <strong>{visible(item.name)}</strong>
      <span class="tooltip-class">{t("mark.uses", { n: item.total })}</span>
    </div>
  );
}

/** What is under the pointer. */
export function Tooltip() {
  const now = hover.value;
  const box = useBeside(now);
  const name = useName(now?.hit.id ?? -1, now ? (now.hit.tile.data.label[now.hit.row] ?? null) : "-");
  if (!now || !facets.value) return null;
  const { tile, row, id } = now.hit;
  const facet = facets.value[by.value];
  const item = facet.classes[facet.classOf(tile.data, row)];
  const parts = name ? splitRef(name) : null;
  return (
    <div class="tooltip" ref={box} aria-hidden="true">
      <strong>{parts ? parts.name : t("node.unnamed", { node: id })}</strong>
      {parts?.owner && <span class="quiet"> {parts.owner}</span>}
      {item && (
        <span class="tooltip-class">
          <Swatch colour={tint(item.tint, shade.value)} /> {item.message ? word(item.key) : item.key}
        </span>
      )}
    </div>
  );
}

/** A spot of colour; an SVG attribute, because a strict policy allows no inline styles. */
export function Swatch({ colour, hollow }: { colour: string; hollow?: boolean }) {
  return (
    <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
      <circle cx="6" cy="6" r="5" fill={colour} fill-opacity={hollow ? 0.15 : 0.9} stroke={colour} stroke-width="1.5" />
    </svg>
  );
}

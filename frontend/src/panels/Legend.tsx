import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { visible } from "../engine/visible";
import { brief, number, t, word } from "../i18n";
import { applications } from "../state/applications";
import { engine, facets, selectApplication, settled } from "../state/atlas";
import { MARK, tint } from "../state/palette";
import { FACETS, type FacetName, SIZES, type SizeBy } from "../state/url";
import { by, hide, month, patch, setHidden, shade, size, toggleHidden } from "../state/view";
import { Icon } from "./Icon";
import { Swatch } from "./Tooltip";

const MOST_APPLICATIONS = 6;
const open = signal(innerWidth > 720);

/** Says what colours mean, counts what is in view, filters. */
export function Legend() {
  const all = facets.value;
  return (
    <section class={`legend card${open.value ? "" : " closed"}`} aria-label={t("control.legend")}>
      <button type="button" class="legend-head" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
        <Icon name="legend" /> {t("control.legend")}
      </button>
      {open.value && all && (
        <div class="legend-body">
          <div class="choices">
            <label>
              <span>{t("legend.colour")}</span>
              <select value={by.value} onChange={(event) => patch({ by: event.currentTarget.value as FacetName })}>
                {FACETS.map((name) => (
                  <option key={name} value={name}>
                    {t(`facet.${name}`)}
                  </option>
                ))}
              </select>
            </label>
            <label>
              <span>{t("legend.size")}</span>
              <select value={size.value} onChange={(event) => patch({ size: event.currentTarget.value as SizeBy })}>
                {SIZES.map((name) => (
                  <option key={name} value={name}>
                    {t(`size.${name}`)}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <Filters />
          <Entries />
          <ul class="signs">
            <Sign name="sea">
              <path d="M-2 8L8 -2M0 12L12 0M4 14L14 4" class="sign-hatch" />
            </Sign>
            <Sign name="dashed">
              <circle cx="6" cy="6" r="4.8" class="sign-dashed" />
            </Sign>
            <Sign name="faint">
              <circle cx="6" cy="6" r="4.8" class="sign-faint" />
            </Sign>
          </ul>
          <Applications />
          <p class="position">{t("map.position")}</p>
        </div>
      )}
    </section>
  );
}

/** What stands around the map, each to be opened; nothing where none was charted. */
function Applications() {
  const known = applications.value;
  if (!known?.total) return null;
  return (
    <section class="applications" aria-label={t("legend.applications")}>
      <p>
        <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
          <path d="M6 0.5L11.5 6L6 11.5L0.5 6Z" fill={tint(MARK, shade.value)} />
        </svg>
        {t("legend.application")}
      </p>
      <ul>
        {known.applications.slice(0, MOST_APPLICATIONS).map(({ name }) => (
          <li key={name}>
            <button type="button" class="link" onClick={() => selectApplication(name)}>
              {visible(name)}
            </button>
          </li>
        ))}
      </ul>
      {known.total > MOST_APPLICATIONS && (
        <p class="quiet">{t("legend.moreApplications", { n: number(known.total - MOST_APPLICATIONS) })}</p>
      )}
    </section>
  );
}

function Sign({ name, children }: { name: "sea" | "dashed" | "faint"; children: ComponentChildren }) {
  return (
    <li>
      <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
        {children}
      </svg>
      {t(`legend.${name}`)}
    </li>
  );
}

function Entries() {
  const facet = facets.value?.[by.value];
  const last = useRef({ key: "", at: 0 });
  if (!facet) return null;
  const counts = countsInView();
  const hidden = new Set(hide.value[facet.name]);
  const alone = (key: string) =>
    setHidden(
      facet.name,
      facet.classes.map((item) => item.key).filter((other) => other !== key),
    );
  return (
    <ul class="entries" title={t("legend.hint")}>
      {facet.classes.map((item, i) =>
        counts[i] === 0 && !hidden.has(item.key) && facet.classes.length > 9 ? null : (
          <li key={item.key}>
            <button
              type="button"
              class="entry"
              aria-pressed={!hidden.has(item.key)}
              onClick={(event) => {
                // The second click of a double click comes back for the entry alone.
                if (last.current.key === item.key && event.timeStamp - last.current.at < 320) alone(item.key);
                else toggleHidden(facet.name, item.key);
                last.current = { key: item.key, at: event.timeStamp };
              }}
            >
              <Swatch colour={tint(item.tint, shade.value)} hollow={hidden.has(item.key)} />
              <span class="entry-name">{item.message ? word(item.key) : visible(item.key)}</span>
              <span class="count">{brief(counts[i] ?? 0)}</span>
            </button>
          </li>
        ),
      )}
    </ul>
  );
}

/** Above the entries, which so stay under the pointer between the clicks of a double click. */
function Filters() {
  const hiding = FACETS.filter((name) => hide.value[name]?.length);
  if (hiding.length === 0) return null;
  const count = hiding.reduce((sum, name) => sum + (hide.value[name]?.length ?? 0), 0);
  return (
    <p class="filters" role="status">
      {t("legend.filtered", { n: count })}: {hiding.map((name) => t(`facet.${name}`)).join(", ")}{" "}
      <button type="button" class="link" onClick={() => patch({ hide: {} })}>
        {t("legend.all")}
      </button>
    </p>
  );
}

/** How many circles of each class are in view, hidden ones too. */
function countsInView(): number[] {
  void settled.value;
  const facet = facets.value?.[by.value];
  const now = engine.value;
  const counts = new Array<number>(facet?.classes.length ?? 0).fill(0);
  if (!facet || !now) return counts;
  const until = month.value ?? 65534;
  const [left, top] = now.mapAt(0, 0);
  const [right, bottom] = now.mapAt(now.viewSize.width, now.viewSize.height);
  for (const tile of now.viewTiles) {
    const { x, y, count, columns } = tile.data;
    for (let row = 0; row < count; row++) {
      const born = columns.month[row] as number;
      if (born > until && born !== 65535) continue;
      const atX = tile.left + (x[row] as number) * tile.span;
      const atY = tile.top + (y[row] as number) * tile.span;
      if (atX < left || atX > right || atY < top || atY > bottom) continue;
      const which = facet.classOf(tile.data, row);
      counts[which] = (counts[which] ?? 0) + 1;
    }
  }
  return counts;
}

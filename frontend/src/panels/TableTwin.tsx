import { signal } from "@preact/signals";
import { hitOf } from "../engine/scene";
import { HIDDEN } from "../engine/style";
import type { Tile } from "../engine/tiles";
import { brief, number, t, word } from "../i18n";
import { engine, goToNode, reach, selectHit, selection, settled, source } from "../state/atlas";
import { monthText } from "../state/url";
import { month, patch, tableOpen } from "../state/view";
import { useName } from "./Breadcrumb";
import { Icon } from "./Icon";
import { splitRef } from "./naming";

const MOST = 200;
const words = signal("");

interface Row {
  tile: Tile;
  row: number;
  depth: number | null;
}

/** The map as a table: the same circles, greatest first, for those who read rather than look. */
export function TableTwin() {
  if (!tableOpen.value) {
    return (
      <div id="table-twin" class="table-closed">
        <button
          type="button"
          onClick={() => patch({ table: true })}
          onFocus={() => undefined}
          class="visually-hidden-until-focus"
        >
          {t("control.table")}
        </button>
      </div>
    );
  }
  const { rows, total } = rowsInView();
  const lit = reach.value !== null;
  return (
    <section id="table-twin" class="table card" aria-label={lit ? t("table.reach") : t("table.title")}>
      <header>
        <h2>{lit ? t("table.reach") : t("table.title")}</h2>
        <p role="status" class="quiet">
          {total ? t("table.count", { shown: number(rows.length), total: number(total) }) : t("table.empty")}
        </p>
        <input
          type="search"
          aria-label={t("table.filter")}
          placeholder={t("table.filter")}
          value={words.value}
          onInput={(event) => (words.value = event.currentTarget.value)}
        />
        <button type="button" class="tool" aria-label={t("control.close")} onClick={() => patch({ table: false })}>
          <Icon name="close" />
        </button>
      </header>
      <div class="table-scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {HEADS.map((head) => (
                <th key={head} scope="col">
                  {t(`table.${head}`)}
                </th>
              ))}
              {lit && <th scope="col">{t("table.depth")}</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map((item) => (
              <TableRow key={`${item.tile.key} ${item.row}`} item={item} lit={lit} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const HEADS = ["name", "kind", "relation", "license", "task", "library", "month", "downloads", "descendants"] as const;

function TableRow({ item: { tile, row, depth }, lit }: { item: Row; lit: boolean }) {
  const manifest = source.value?.manifest;
  const { columns, parent, id, label } = tile.data;
  const node = id[row] as number;
  const name = useName(node, label[row] ?? null);
  if (!manifest) return null;
  const born = columns.month[row] as number;
  const log = (value: number) => (value === 255 ? "" : brief(Math.round(10 ** (value / 10) - 1)));
  const here = selection.value?.node === node;
  return (
    <tr aria-current={here ? "true" : undefined}>
      <th scope="row">
        <button type="button" class="link" onClick={() => (name ? selectHit(hitOf(tile, row)) : void goToNode(node))}>
          {name ? splitRef(name).owner && <span class="owner">{splitRef(name).owner}/</span> : null}
          {name ? splitRef(name).name : t("node.unnamed", { node })}
        </button>
      </th>
      <td>{columns.kind[row] === 1 ? t("node.dataset") : t("node.model")}</td>
      <td>{(parent[row] as number) >= 0 ? word(manifest.relations[columns.relation[row] as number] ?? "") : ""}</td>
      <td>{manifest.licenses[columns.license[row] as number] ?? ""}</td>
      <td>{manifest.tasks[columns.task[row] as number] ?? ""}</td>
      <td>{manifest.libraries[columns.library[row] as number] ?? ""}</td>
      <td>{born === 65535 ? "" : monthText(born)}</td>
      <td class="number">{log(columns.downloads[row] as number)}</td>
      <td class="number">{log(columns.descendants[row] as number)}</td>
      {lit && <td class="number">{depth ?? ""}</td>}
    </tr>
  );
}

/** Circles whose centre is in view and that no filter hides; of these the lit ones when any are. */
function rowsInView(): { rows: Row[]; total: number } {
  void settled.value;
  const now = engine.value;
  if (!now) return { rows: [], total: 0 };
  const [left, top] = now.mapAt(0, 0);
  const [right, bottom] = now.mapAt(now.viewSize.width, now.viewSize.height);
  const until = month.value ?? 65534;
  const lit = depths();
  const wanted = words.value.toLowerCase();
  const found: (Row & { r: number })[] = [];
  for (const tile of now.viewTiles) {
    const { x, y, r, count, columns, id, label } = tile.data;
    for (let row = 0; row < count; row++) {
      if ((tile.flags[row] as number) & HIDDEN) continue;
      const born = columns.month[row] as number;
      if (born > until && born !== 65535) continue;
      const depth = lit?.get(id[row] as number);
      if (lit && depth === undefined) continue;
      if (wanted && !label[row]?.toLowerCase().includes(wanted)) continue;
      const atX = tile.left + (x[row] as number) * tile.span;
      const atY = tile.top + (y[row] as number) * tile.span;
      if (atX < left || atX > right || atY < top || atY > bottom) continue;
      found.push({ tile, row, depth: depth ?? null, r: (r[row] as number) * tile.span });
    }
  }
  found.sort((a, b) => b.r - a.r);
  return { rows: found.slice(0, MOST), total: found.length };
}

function depths(): Map<number, number> | null {
  const found = reach.value;
  if (!found) return null;
  const map = new Map<number, number>();
  for (let i = 0; i < found.count; i++) map.set(found.node[i] as number, found.depth[i] as number);
  return map;
}

import { useEffect, useRef, useState } from "preact/hooks";
import { NoAnswers } from "../data/api";
import type { Listed } from "../data/types";
import { brief, number, t, word } from "../i18n";
import { title as titled } from "../i18n/titles";
import { goTo } from "../state/atlas";
import { opened } from "../state/opening";
import { retract, view } from "../state/view";
import { Icon } from "./Icon";
import { RefName } from "./Search";

interface Pages {
  title: string;
  total: number;
  items: Listed[];
  next: string | null;
}

/** The list behind a number, in a dialog. */
export function ListDialog() {
  const address = view.value.list;
  const dialog = useRef<HTMLDialogElement>(null);
  const [pages, setPages] = useState<Pages | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const load = async (from: string, before: Pages | null) => {
    try {
      const page = await (await opened()).list(from);
      setPages({ title: page.title, total: page.total, items: [...(before?.items ?? []), ...page.items], next: page.next });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      setFailed(error instanceof NoAnswers ? t("page.unavailable") : t("page.failed", { reason }));
    }
  };
  useEffect(() => {
    setPages(null);
    setFailed(null);
    if (!address) {
      dialog.current?.close();
      return;
    }
    if (!dialog.current?.open) dialog.current?.showModal();
    void load(address, null);
  }, [address]);
  const id = address?.split("/")[4] ?? "";
  return (
    <dialog ref={dialog} class="list-dialog card" onClose={closeList} aria-label={pages?.title}>
      <header>
        <h2>{pages ? titled(id, pages.title) : failed ? "" : t("node.loading")}</h2>
        <button type="button" class="tool" aria-label={t("control.close")} onClick={closeList}>
          <Icon name="close" />
        </button>
      </header>
      {failed && <p class="quiet">{failed}</p>}
      {pages && (
        <>
          <p class="quiet" role="status">
            {t("list.count", { shown: number(pages.items.length), total: number(pages.total) })}
          </p>
          <NodeTable items={pages.items} />
          {pages.next && (
            <button type="button" class="pill" onClick={() => pages.next && void load(pages.next, pages)}>
              {t("list.more")}
            </button>
          )}
        </>
      )}
    </dialog>
  );
}

function closeList(): void {
  retract("list", { list: null });
}

/** Nodes as rows that lead to the map. */
export function NodeTable({ items }: { items: Listed[] }) {
  const defects = items.some((item) => item.defects?.length);
  return (
    <table class="plain">
      <Heads names={["name", "downloads", "descendants"]} more={defects ? [t("list.defects")] : []} />
      <tbody>
        {items.map((item) => (
          <tr key={item.node}>
            <NodeHead item={item} />
            <td class="number">{item.downloads === null ? "" : brief(item.downloads)}</td>
            <td class="number">{number(item.descendants)}</td>
            {defects && (
              <td class="defects">{item.defects?.map((name) => titled(name, name.replaceAll("-", " "))).join(", ")}</td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const COUNTS = ["downloads", "descendants", "dependents"];

/** The first row of a table of nodes. */
export function Heads({
  names,
  more = [],
}: {
  names: ("name" | "license" | "downloads" | "descendants" | "dependents")[];
  more?: string[];
}) {
  return (
    <thead>
      <tr>
        {names.map((name) => (
          <th key={name} scope="col" class={COUNTS.includes(name) ? "number" : ""}>
            {t(`table.${name}`)}
          </th>
        ))}
        {more.map((text) => (
          <th key={text} scope="col">
            {text}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** The name of a row's node, which leads to the map; how it is there, where it is not simply there. */
export function NodeHead({ item }: { item: { ref: string; state?: string | null } }) {
  return (
    <th scope="row">
      <button type="button" class="link" onClick={() => void goTo(item.ref)}>
        <RefName refText={item.ref} />
      </button>
      {item.state && item.state !== "present" && <span class="badge">{word(item.state)}</span>}
    </th>
  );
}

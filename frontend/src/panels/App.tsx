import { effect } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import { restore } from "../state/atlas";
import { followAddress, language, page, shade } from "../state/view";
import { Header } from "./Header";
import { MapPage } from "./MapPage";

effect(() => {
  document.documentElement.lang = language.value;
  document.documentElement.dataset.theme = shade.value;
});
effect(() => {
  const name = { map: t("nav.map"), trends: t("nav.trends"), overview: t("nav.overview") }[page.value];
  document.title = `${name} · ${t("app.name")}`;
});
followAddress((_before, now) => void restore(now));

const later = {
  trends: () => import("./Trends").then((module) => module.Trends),
  overview: () => import("./Overview").then((module) => module.Overview),
};

export function App() {
  const now = page.value;
  return (
    <div class={`app page-${now}`}>
      <a class="skip" href="#table-twin">
        {t("nav.skip")}
      </a>
      <Header />
      {now === "map" ? <MapPage /> : <Later key={now} load={later[now]} />}
    </div>
  );
}

/** A page that is fetched when first opened. */
function Later({ load }: { load: () => Promise<ComponentType> }) {
  const [Page, setPage] = useState<ComponentType | null>(null);
  useEffect(() => {
    void load().then((found) => setPage(() => found));
  }, [load]);
  return <main class="sheet">{Page ? <Page /> : <p class="quiet">{t("trends.loading")}</p>}</main>;
}

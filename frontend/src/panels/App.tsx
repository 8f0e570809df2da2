import { effect } from "@preact/signals";
import { t } from "../i18n";
import { restore } from "../state/atlas";
import { locked } from "../state/session";
import { followAddress, language, page, shade } from "../state/view";
import { Header } from "./Header";
import { later } from "./lazy";
import { MapPage } from "./MapPage";

effect(() => {
  document.documentElement.lang = language.value;
  document.documentElement.dataset.theme = shade.value;
});
effect(() => {
  document.title = `${t(`nav.${page.value}`)} · ${t("app.name")}`;
});
followAddress((_before, now) => void restore(now));

const Gate = later(() => import("./TokenBox").then((module) => module.Gate));
const PAGES = {
  trends: later(() => import("./Trends").then((module) => module.Trends)),
  overview: later(() => import("./Overview").then((module) => module.Overview)),
  audit: later(() => import("./AuditPage").then((module) => module.AuditPage)),
  assess: later(() => import("./AssessPage").then((module) => module.AssessPage)),
  review: later(() => import("./ReviewPage").then((module) => module.ReviewPage)),
};

export function App() {
  const now = page.value;
  if (locked.value) {
    return (
      <div class="app">
        <Gate />
      </div>
    );
  }
  return (
    <div class={`app page-${now}`}>
      <a class="skip" href="#table-twin">
        {t("nav.skip")}
      </a>
      <Header />
      {now === "map" ? <MapPage /> : <Sheet key={now} name={now} />}
    </div>
  );
}

function Sheet({ name }: { name: keyof typeof PAGES }) {
  const Page = PAGES[name];
  return (
    <main class="sheet">
      <Page />
    </main>
  );
}

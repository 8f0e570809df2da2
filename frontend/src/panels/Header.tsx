import { t } from "../i18n";
import { PAGES, THEMES } from "../state/url";
import { language, page, patch, shade, tableOpen, view } from "../state/view";
import { Icon } from "./Icon";
import { ViewLink } from "./Link";
import { Search } from "./Search";

export function Header() {
  return (
    <header class="header">
      <div class="brand">
        <ViewLink change={{ page: "map" }} class="name">
          <Icon name="mark" />
          <span>{t("app.name")}</span>
        </ViewLink>
      </div>
      <Search />
      <nav class="pages" aria-label={t("nav.pages")}>
        {PAGES.map((name) => (
          <ViewLink key={name} change={{ page: name, item: null }} current={page.value === name}>
            {t(`nav.${name}`)}
          </ViewLink>
        ))}
      </nav>
      <div class="tools">
        {page.value === "map" && (
          <button
            type="button"
            class="tool"
            aria-pressed={tableOpen.value}
            onClick={() => patch({ table: !tableOpen.value })}
            title={t("control.table")}
            aria-label={t("control.table")}
          >
            <Icon name="table" />
          </button>
        )}
        <ThemeButton />
        <button
          type="button"
          class="tool text"
          lang={language.value === "en" ? "ja" : "en"}
          aria-label={t("control.languageLabel")}
          onClick={() => patch({ lang: language.value === "en" ? "ja" : "en" })}
        >
          {t("control.language")}
        </button>
      </div>
    </header>
  );
}

function ThemeButton() {
  const now = view.value.theme;
  const next = now === "auto" ? (shade.value === "dark" ? "light" : "dark") : now === "dark" ? "light" : "dark";
  const label = t("control.theme", { theme: t(`theme.${THEMES.includes(now) ? now : "auto"}`) });
  return (
    <button type="button" class="tool" title={label} aria-label={label} onClick={() => patch({ theme: next })}>
      <Icon name={shade.value === "dark" ? "moon" : "sun"} />
    </button>
  );
}

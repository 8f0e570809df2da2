import { t } from "../i18n";
export function Trends() {
  return <h1>{t("trends.title")}</h1>;
}

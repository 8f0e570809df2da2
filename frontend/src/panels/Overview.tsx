import { t } from "../i18n";
export function Overview() {
  return <h1>{t("overview.title")}</h1>;
}

import { t } from "../../i18n";

export function Score() {
  return <h1>{t("view.score")}</h1>;
}

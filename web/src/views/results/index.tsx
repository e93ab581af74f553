import { t } from "../../i18n";

export default function Results() {
  return <h1>{t("view.results")}</h1>;
}

import { t } from "../../i18n";

export default function Vote() {
  return <h1>{t("view.vote")}</h1>;
}

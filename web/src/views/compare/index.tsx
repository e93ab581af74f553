import { t } from "../../i18n";

export default function Compare() {
  return <h1>{t("view.compare")}</h1>;
}

// Language and theme of a report.
import { t } from "../i18n";
import { Icon } from "../parts/Icon";
import { language, theme, type Theme } from "../state/settings";

const themes: Theme[] = ["system", "light", "dark"];

export function ReportTools() {
  const now = theme.value;
  const name = `${t("theme.title")}: ${t(`theme.${now}`)}`;
  return (
    <div class="row report-tools">
      <button type="button" class="button plain" title={t("language.switch")} onClick={() => (language.value = language.value === "en" ? "zh" : "en")}>
        <span lang={language.value === "en" ? "zh" : "en"}>{t("language.other")}</span>
      </button>
      <button
        type="button"
        class="button plain icon"
        aria-label={name}
        title={name}
        onClick={() => (theme.value = themes[(themes.indexOf(now) + 1) % themes.length]!)}
      >
        <Icon name={now} />
      </button>
    </div>
  );
}

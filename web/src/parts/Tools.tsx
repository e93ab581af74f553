// Language, theme and API key, at the end of the frame's head.
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { apiKey, askingForKey, language, theme, type Theme } from "../state/settings";
import { Icon } from "./Icon";

const themes: Theme[] = ["system", "light", "dark"];
const next = (now: Theme): Theme => themes[(themes.indexOf(now) + 1) % themes.length] ?? "system";

export function Tools() {
  const now = theme.value;
  const keyName = t(apiKey.value ? "key.set" : "key.title");
  const themeName = `${t("theme.title")}: ${t(`theme.${now}`)}`;
  return (
    <div class="frame-tools">
      <button
        type="button"
        class="button plain"
        onClick={() => (language.value = language.value === "en" ? "zh" : "en")}
        title={t("language.switch")}
      >
        <span lang={language.value === "en" ? "zh" : "en"}>{t("language.other")}</span>
      </button>
      <button type="button" class="button plain icon" onClick={() => (theme.value = next(now))} aria-label={themeName} title={themeName}>
        <Icon name={now} />
      </button>
      <button
        type="button"
        class="button plain icon"
        onClick={() => (askingForKey.value = true)}
        aria-label={keyName}
        title={keyName}
        aria-haspopup="dialog"
        data-set={apiKey.value ? "" : undefined}
      >
        <Icon name="key" />
      </button>
    </div>
  );
}

/** Asks for the API key. */
export function KeyPanel() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = askingForKey.value;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  const use = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    apiKey.value = String(new FormData(form).get("key") ?? "").trim();
    askingForKey.value = false;
  };
  const forget = () => {
    apiKey.value = "";
    askingForKey.value = false;
  };
  const outside = (event: MouseEvent) => {
    if (event.target === dialog.current) askingForKey.value = false;
  };
  return (
    <dialog class="key-panel" ref={dialog} aria-labelledby="key-title" onClose={() => (askingForKey.value = false)} onClick={outside}>
      <form onSubmit={use}>
        <h2 id="key-title">{t("key.title")}</h2>
        <p class="quiet small">{t("key.why")}</p>
        <input
          class="input"
          name="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          aria-labelledby="key-title"
          placeholder={t("key.placeholder")}
          key={`${open} ${apiKey.value}`}
          defaultValue={apiKey.value}
        />
        <div class="row">
          <button type="submit" class="button primary">
            {t("key.use")}
          </button>
          {apiKey.value && (
            <button type="button" class="button" onClick={forget}>
              {t("key.forget")}
            </button>
          )}
          <button type="button" class="button plain" onClick={() => (askingForKey.value = false)}>
            {t("action.close")}
          </button>
        </div>
      </form>
    </dialog>
  );
}

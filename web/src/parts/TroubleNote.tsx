// Says what went wrong and offers what can be done about it.
import type { Trouble } from "../api/trouble";
import { t, timeOfDay } from "../i18n";
import { askingForKey } from "../state/settings";
import "./trouble.css";

interface Props {
  trouble: Trouble;
  /** Does again what failed; left out where that is no help. */
  again?: () => void;
}

export function TroubleNote({ trouble, again }: Props) {
  const { kind, detail, field, retryAt } = trouble;
  const minor = kind === "cancelled";
  return (
    <section class={minor ? "trouble minor" : "trouble"} role={minor ? "status" : "alert"}>
      <h2>{t(`trouble.${kind}`)}</h2>
      <p>{t(`trouble.${kind}.do`)}</p>
      {retryAt !== undefined && <p>{t("trouble.retryAt", { time: timeOfDay(retryAt) })}</p>}
      {detail && !minor && (
        <p class="trouble-detail">
          {field && <span>{t("trouble.field", { field })} </span>}
          <span lang="en">{detail}</span>
        </p>
      )}
      <div class="row">
        {kind === "unauthenticated" && (
          <button type="button" class="button primary" onClick={() => (askingForKey.value = true)}>
            {t("trouble.unauthenticated.key")}
          </button>
        )}
        {again && (
          <button type="button" class="button" onClick={again}>
            {t("action.again")}
          </button>
        )}
      </div>
    </section>
  );
}

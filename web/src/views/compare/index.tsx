// Pictures for one prompt beside each other: ranked, and any two of them in detail.
import { t } from "../../i18n";
import { Differences } from "./Differences";
import { Inputs } from "./Inputs";
import { Pair } from "./Pair";
import { Ranking } from "./Ranking";
import { candidates, pair, ranked } from "./state";
import "./compare.css";

export default function Compare() {
  const [a, b] = pair.value;
  const waiting = candidates.all.value.length > 0;
  return (
    <div class={ranked.value.length > 0 ? "compare" : "compare empty"}>
      <h1 class="unseen">{t("view.compare")}</h1>
      <Inputs />
      {a && b ? (
        <section class="stack" aria-label={t("compare.pair")}>
          <Pair a={a} b={b} />
          <Differences a={a} b={b} />
        </section>
      ) : (
        <section class="compare-hint">
          <h2>{t("compare.hint.title")}</h2>
          <ol>
            {(["pictures", "prompt", "rank"] as const).map((step) => (
              <li key={step}>{t(`compare.hint.${step}`)}</li>
            ))}
          </ol>
          {waiting && ranked.value.length === 1 && <p class="quiet">{t("compare.hint.second")}</p>}
        </section>
      )}
      {waiting && <Ranking />}
    </div>
  );
}

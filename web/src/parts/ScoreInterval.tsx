// A score with its interval, as numbers and on a line from 0 to 100.
import { number, t } from "../i18n";
import { goodness } from "./Meter";
import "./scoreInterval.css";

interface Props {
  /** All [0, 100]. */
  score: number;
  low: number;
  high: number;
  /** In a list or beside another one. */
  small?: boolean;
}

export function ScoreInterval({ score, low, high, small = false }: Props) {
  return (
    <div class={small ? "score-interval small" : "score-interval"}>
      <p class="score-number">
        <strong>{number(score, 1)}</strong> <span class="quiet">{t("result.of")}</span>
      </p>
      <div class="score-line" aria-hidden="true">
        <div class="score-range" style={{ left: `${low}%`, width: `${high - low}%`, background: goodness(score / 100) }} />
        <div class="score-mark" style={{ left: `${score}%` }} />
      </div>
      <p class="score-words" title={t("result.intervalWhy")}>
        {t("result.interval", { low: number(low), high: number(high) })}
      </p>
    </div>
  );
}

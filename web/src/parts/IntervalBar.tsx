// A score and its interval on the line from 0 to 100.
import { number, t } from "../i18n";
import "./interval-bar.css";

interface Props {
  /** Points, [0, 100]. */
  value: number;
  low: number;
  high: number;
  /** Where it was before. */
  before?: number;
}

export function IntervalBar({ value, low, high, before }: Props) {
  const label = t("interval.says", { score: number(value, 1), low: number(low, 1), high: number(high, 1) });
  return (
    <div class="interval-bar" role="img" aria-label={label} title={label}>
      <span class="interval-line" style={{ left: `${low}%`, width: `${Math.max(0, high - low)}%` }} />
      {before !== undefined && <span class="interval-before" style={{ left: `${before}%` }} />}
      <span class="interval-dot" style={{ left: `${value}%` }} />
    </div>
  );
}

/** The numbers under a column of bars. */
export function IntervalAxis() {
  return (
    <div class="interval-axis" aria-hidden="true">
      {[0, 25, 50, 75, 100].map((tick) => (
        <span key={tick} style={{ left: `${tick}%` }}>
          {tick}
        </span>
      ))}
    </div>
  );
}

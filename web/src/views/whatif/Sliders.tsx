// A slider for each weight and impact, with what was measured and what it costs.
import { softmax, type Row } from "../../fusion/context";
import type { Fused, Measurements } from "../../fusion/fuse";
import { COMPONENTS } from "../../fusion/names";
import { named, number, t } from "../../i18n";
import { LEAST, MOST, impactNames, withImpact, withWeight } from "./edit";

interface Props {
  row: Row;
  /** Where the sliders began. */
  begin: Row;
  measurements: Measurements;
  /** Undefined where nothing can be scored. */
  fused: Fused | undefined;
  onChange: (row: Row) => void;
}

export function Sliders({ row, begin, measurements, fused, onChange }: Props) {
  const points = new Map(fused?.pointsLost.map(({ name, points }) => [name, points]));
  const most = Math.max(10, ...points.values());
  const [weights, begun] = [softmax(row.logits), softmax(begin.logits)];
  const percent = (share: number) => t("whatif.percent", { n: number(100 * share) });
  return (
    <div class="whatif-groups">
      <fieldset>
        <legend class="label">{t("whatif.weights")}</legend>
        {COMPONENTS.map((name, i) => {
          const value = measurements.components[i];
          return (
            <Slider
              key={name}
              name={named("component", name)}
              label={t("whatif.weightOf", { name: named("component", name) })}
              told={value === undefined ? t("whatif.unmeasured") : t("whatif.value", { value: number(value, 2) })}
              value={weights[i]!}
              shown={percent(weights[i]!)}
              moved={Math.abs(weights[i]! - begun[i]!) > 1e-9}
              range={[LEAST, MOST]}
              points={points.get(name)}
              most={most}
              onInput={(weight) => onChange(withWeight(row, i, weight))}
            />
          );
        })}
      </fieldset>
      <fieldset>
        <legend class="label">{t("whatif.impacts")}</legend>
        {impactNames(begin, measurements.severities.keys()).map((name) => {
          const severity = measurements.severities.get(name);
          const impact = row.impacts.get(name) ?? 0;
          return (
            <Slider
              key={name}
              name={named("distortion", name)}
              label={t("whatif.impactOf", { name: named("distortion", name) })}
              told={severity === undefined ? t("whatif.unassessed") : t("whatif.severity", { value: number(severity, 2) })}
              value={impact}
              shown={percent(impact)}
              moved={impact !== (begin.impacts.get(name) ?? 0)}
              range={[0, 1]}
              points={points.get(name)}
              most={most}
              onInput={(impact) => onChange(withImpact(row, name, impact))}
            />
          );
        })}
      </fieldset>
    </div>
  );
}

interface SliderProps {
  name: string;
  /** Its name for screen readers. */
  label: string;
  /** What was measured, in words. */
  told: string;
  value: number;
  shown: string;
  moved: boolean;
  range: [number, number];
  /** What it costs now. */
  points: number | undefined;
  /** The longest bar, points. */
  most: number;
  onInput: (value: number) => void;
}

function Slider({ name, label, told, value, shown, moved, range, points, most, onInput }: SliderProps) {
  const costs = points === undefined ? "" : t("whatif.costs", { points: number(points, 1) });
  return (
    <div class={moved ? "slider moved" : "slider"}>
      <p>
        <span class="slider-name">{name}</span> <span class="quiet small slider-told">{told}</span>
      </p>
      <output class="slider-value">{shown}</output>
      <input
        class="range"
        type="range"
        min={range[0]}
        max={range[1]}
        step={0.005}
        value={value}
        aria-label={label}
        aria-valuetext={`${shown}${costs && `, ${costs}`}`}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
      />
      <div class="slider-cost" title={costs} aria-hidden="true">
        {points !== undefined && points >= 0.05 && (
          <>
            <span style={{ width: `${(100 * points) / most}%` }} />
            <em>−{number(points, 1)}</em>
          </>
        )}
      </div>
    </div>
  );
}

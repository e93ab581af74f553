// The measured components, each with its value and weight.
import type { Components as Values } from "../gen/cpaiqa/common/v1/measurement_pb";
import { named, number, t } from "../i18n";
import { Meter } from "./Meter";
import { componentNames } from "./names";
import "./components.css";

export function Components({ values, weights }: { values: Values | undefined; weights: Values | undefined }) {
  return (
    <ul class="components">
      {componentNames.map(([name, field]) => {
        const value = values?.[field];
        const weight = weights?.[field];
        return (
          <li key={name}>
            <span>{named("component", name)}</span>
            {value === undefined ? (
              <span class="quiet">{t("components.missing")}</span>
            ) : (
              <>
                <span class="components-value">{number(value, 2)}</span>
                <Meter value={value} />
                <span class="quiet components-weight">{weight !== undefined && t("components.weight", { n: number(weight, 2) })}</span>
              </>
            )}
          </li>
        );
      })}
    </ul>
  );
}

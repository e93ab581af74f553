// One picture under every scenario, the best first.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { quality } from "../../api/transport";
import { troubleOf, type Trouble } from "../../api/trouble";
import type { ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { named, number, t } from "../../i18n";
import { IntervalAxis, IntervalBar } from "../../parts/IntervalBar";
import { TroubleNote } from "../../parts/TroubleNote";
import { VerdictBadge } from "../../parts/VerdictBadge";
import { scenarios } from "../../state/scenarios";

interface Props {
  /** Of the measurement. */
  id: string;
  /** The scenario that the answer was given under; undefined for a mixture. */
  inUse: string | undefined;
  onTry: (name: string) => void;
}

export function AllScenarios({ id, inUse, onTry }: Props) {
  const [scores, trouble] = [useSignal<ScoreResponse[]>([]), useSignal<Trouble | undefined>(undefined)];
  const known = scenarios.value;
  const fetch = async () => {
    trouble.value = undefined;
    try {
      const told = (await quality.rescore({ ids: [id] })).scores;
      scores.value = told.sort((a, b) => b.score - a.score);
    } catch (error) {
      trouble.value = troubleOf(error);
    }
  };
  // Again when scenarios were revised.
  useEffect(() => void fetch(), [id, known]);

  return (
    <div class="card">
      <header>
        <h2>{t("whatif.all")}</h2>
        <p class="small quiet">{t("whatif.allExplain")}</p>
      </header>
      {trouble.value && <TroubleNote trouble={trouble.value} again={() => void fetch()} />}
      {scores.value.length > 0 && (
        <table class="table whatif-all">
          <thead>
            <tr>
              <th scope="col">{t("whatif.column.scenario")}</th>
              <th scope="col" class="number">
                {t("whatif.column.score")}
              </th>
              <th scope="col">
                <span class="unseen">{t("whatif.column.interval")}</span>
                <IntervalAxis />
              </th>
              <th scope="col">{t("whatif.column.verdict")}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {scores.value.map((score) => {
              const name = score.scenario?.name ?? "";
              return (
                <tr key={name} data-scenario={name} data-score={score.score}>
                  <th scope="row">
                    {named("scenario", name)} {name === inUse && <span class="badge">{t("whatif.inUse")}</span>}
                  </th>
                  <td class="number">{number(score.score, 1)}</td>
                  <td class="whatif-bar">
                    <IntervalBar value={score.score} low={score.intervalLow} high={score.intervalHigh} />
                  </td>
                  <td>{score.decision && <VerdictBadge decision={score.decision} />}</td>
                  <td>
                    <button
                      type="button"
                      class="button plain whatif-try"
                      aria-label={`${t("whatif.try")}: ${named("scenario", name)}`}
                      onClick={() => onTry(name)}
                    >
                      {t("whatif.try")}
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </div>
  );
}

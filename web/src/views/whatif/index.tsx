// Sliders for what a scenario weighs: the score of what was measured follows at once.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { contextOf, mix, rowFor, rowOf, type Row } from "../../fusion/context";
import { fuse, measured } from "../../fusion/fuse";
import type { ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { named, number, t } from "../../i18n";
import { IntervalBar } from "../../parts/IntervalBar";
import { TroubleNote } from "../../parts/TroubleNote";
import { fetchScenarios, scenarios, scenariosTrouble } from "../../state/scenarios";
import { answer } from "../score/state";
import { AllScenarios } from "./AllScenarios";
import { alike } from "./edit";
import { Save } from "./Save";
import { Sliders } from "./Sliders";
import "./whatif.css";

/** A row of numbers to begin with: a scenario's, or the mixture of the answer (an empty name). */
const MIXTURE = "";

/** Of the picture that the score view shows. */
export default function WhatIfShown() {
  return answer.value && <WhatIf score={answer.value} />;
}

export function WhatIf({ score }: { score: ScoreResponse }) {
  useEffect(() => {
    if (scenarios.peek().length === 0) void fetchScenarios();
  }, []);
  if (scenariosTrouble.value) return <TroubleNote trouble={scenariosTrouble.value} again={() => void fetchScenarios()} />;
  if (scenarios.value.length === 0) return <p class="quiet">{t("scenario.loading")}</p>;
  return <Ready key={score.id + score.scenario?.name} score={score} />;
}

function Ready({ score }: { score: ScoreResponse }) {
  const profiles = scenarios.value;
  const distribution = score.scenario?.distribution ?? [];
  const mixed = distribution.length > 1;
  const start = useSignal(mixed ? MIXTURE : (score.scenario?.name ?? ""));
  const edited = useSignal<Row | undefined>(undefined);
  const measurements = useMemo(() => measured(score), [score]);

  const base = profiles.find(({ name }) => name === start.value);
  const answered = contextOf(profiles, distribution);
  const begin = base ? rowOf(base) : answered && rowFor(answered);
  if (begin === undefined) return <p class="quiet">{t("trouble.notFound")}</p>;
  const row = edited.value ?? begin;
  const before = fuse(mix([[begin, 1]]), measurements);
  const now = fuse(mix([[row, 1]]), measurements);
  const choose = (name: string) => {
    start.value = name;
    edited.value = undefined;
  };
  const isAnswers = start.value === (mixed ? MIXTURE : score.scenario?.name);
  const revised = isAnswers && before !== undefined && Math.abs(before.score - score.score) > 1e-6;

  return (
    <section class="stack whatif" aria-labelledby="whatif-title">
      <div class="card">
        <header>
          <h2 id="whatif-title">{t("whatif.title")}</h2>
          <div class="row">
            <label class="small quiet" for="whatif-from">
              {t("whatif.from")}
            </label>
            <select class="input whatif-from" id="whatif-from" value={start.value} onChange={(e) => choose(e.currentTarget.value)}>
              {mixed && <option value={MIXTURE}>{t("whatif.mixture")}</option>}
              {profiles.map(({ name }) => (
                <option value={name} key={name}>
                  {named("scenario", name)}
                </option>
              ))}
            </select>
            <button type="button" class="button" disabled={alike(row, begin)} onClick={() => (edited.value = undefined)}>
              {t("whatif.reset")}
            </button>
          </div>
        </header>
        <p class="quiet small">{t("whatif.explain")}</p>
        {revised && <p class="small whatif-note">{t("whatif.revised")}</p>}
        {now && before ? <Moved now={now} before={before} /> : <p class="whatif-note">{t("whatif.nothing")}</p>}
        <Sliders row={row} begin={begin} measurements={measurements} fused={now} onChange={(row) => (edited.value = row)} />
      </div>
      <Save base={base} likeliest={profiles.find(({ name }) => name === score.scenario?.name)} row={row} onSaved={choose} />
      <AllScenarios id={score.id} inUse={mixed ? undefined : score.scenario?.name} onTry={choose} />
    </section>
  );
}

type Told = NonNullable<ReturnType<typeof fuse>>;

/** The score now, and how far it moved. */
function Moved({ now, before }: { now: Told; before: Told }) {
  const change = now.score - before.score;
  const moved = Math.abs(change) >= 0.05;
  const sign = change > 0 ? "+" : "−";
  return (
    <div class="whatif-moved">
      <p aria-live="polite">
        <span class="unseen">{t("whatif.score")} </span>
        <output class="whatif-score" data-score={now.score}>
          {number(now.score, 1)}
        </output>{" "}
        <span class="quiet">
          {moved ? `${t("whatif.change", { points: sign + number(Math.abs(change), 1) })}, ${t("whatif.was", { score: number(before.score, 1) })}` : t("whatif.same")}
        </span>
      </p>
      <IntervalBar value={now.score} low={now.low} high={now.high} before={moved ? before.score : undefined} />
    </div>
  );
}

// The score itself, and what is to be done with the picture.
import { Verdict } from "../../gen/cpaiqa/scenario/v1/scenario_service_pb";
import type { Decision, ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { named, percent, t } from "../../i18n";
import { Icon, type IconName } from "../../parts/Icon";
import { Meter } from "../../parts/Meter";
import { ScoreInterval } from "../../parts/ScoreInterval";

export function Result({ answer }: { answer: ScoreResponse }) {
  const { scenario, decision } = answer;
  return (
    <section class="card stack result" aria-labelledby="result-title">
      <h2 id="result-title" class="unseen">
        {t("result.title")}
      </h2>
      <ScoreInterval score={answer.score} low={answer.intervalLow} high={answer.intervalHigh} />
      {scenario && (
        <p class="small">
          {t("result.for", { scenario: named("scenario", scenario.name), revision: t("scenario.revision", { n: scenario.revision }) })}
        </p>
      )}
      {decision && <DecisionNote decision={decision} />}
      {scenario && scenario.distribution.length > 1 && <ReadAs distribution={scenario.distribution} />}
    </section>
  );
}

const verdicts: Partial<Record<Verdict, ["accept" | "review" | "reject", string, IconName]>> = {
  [Verdict.ACCEPT]: ["accept", "well", "check"],
  [Verdict.REVIEW]: ["review", "careful", "eye"],
  [Verdict.REJECT]: ["reject", "bad", "close"],
};

function DecisionNote({ decision }: { decision: Decision }) {
  const told = verdicts[decision.verdict];
  if (!told) return null;
  const [name, tone, icon] = told;
  return (
    <div class={`decision ${tone}`}>
      <Icon name={icon} />
      <div>
        <strong>{t(`verdict.${name}`)}</strong>
        {decision.rules.map((rule) => (
          <p class="small" lang="en" key={rule}>
            <code>{rule}</code>
          </p>
        ))}
      </div>
    </div>
  );
}

function ReadAs({ distribution }: { distribution: { name: string; probability: number }[] }) {
  const likely = [...distribution].sort((a, b) => b.probability - a.probability).filter(({ probability }, i) => i < 3 && probability >= 0.01);
  return (
    <div>
      <h3 class="label">{t("result.readAs")}</h3>
      <ul class="read-as small">
        {likely.map(({ name, probability }) => (
          <li key={name}>
            <span>{named("scenario", name)}</span>
            <Meter value={probability} plain />
            <span>{percent(probability)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

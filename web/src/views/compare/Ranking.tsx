// All pictures, the best first; those without a score below them.
import { namedLoss, number, t } from "../../i18n";
import { Icon } from "../../parts/Icon";
import { IntervalAxis, IntervalBar } from "../../parts/IntervalBar";
import { VerdictBadge } from "../../parts/VerdictBadge";
import type { Candidate } from "../../state/candidates";
import { candidates, choose, pair, ranked, type Place } from "./state";

export function Ranking() {
  const places = ranked.value;
  const others = candidates.all.value.filter(({ outcome }) => outcome.value.state !== "scored");
  return (
    <section class="card compare-ranking">
      <header>
        <h2>{t("compare.ranking")}</h2>
        {places.length > 1 && <p class="small quiet">{t("compare.rankingExplain")}</p>}
      </header>
      <ol class="ranks">
        {places.map((place) => (
          <Rank key={place.key} place={place} many={places.length > 1} />
        ))}
      </ol>
      {places.length > 1 && (
        <div class="rank-axis">
          <IntervalAxis />
        </div>
      )}
      {others.length > 0 && (
        <ul class="ranks">
          {others.map((candidate) => (
            <Unscored key={candidate.key} candidate={candidate} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Rank({ place, many }: { place: Place; many: boolean }) {
  const { score } = place;
  const [a, b] = pair.value;
  const worst = [...score.pointsLost].sort((x, y) => y.points - x.points)[0];
  return (
    <li class="rank" data-name={place.name} data-score={score.score} data-best={place.best}>
      <span class="rank-place">{place.rank}</span>
      <img src={place.url} alt="" loading="lazy" />
      <div class="rank-name">
        <span title={place.name}>{place.name}</span>
        <span class="small quiet">
          {worst && worst.points >= 0.5 && `${namedLoss(worst.name)} −${number(worst.points, 1)}`}{" "}
          {score.decision && <VerdictBadge decision={score.decision} />}
        </span>
      </div>
      <div class="rank-score">
        <strong>{number(score.score, 1)}</strong>
        {many && (
          <span class="small quiet" title={t("compare.bestExplain")}>
            {t("compare.best", { percent: number(100 * place.best, place.best < 0.1 ? 1 : 0) })}
          </span>
        )}
      </div>
      <div class="rank-bar">
        <IntervalBar value={score.score} low={score.intervalLow} high={score.intervalHigh} />
      </div>
      {many && (
        <div class="rank-sides">
          <SideButton letter="A" place={place} on={a?.key === place.key} />
          <SideButton letter="B" place={place} on={b?.key === place.key} />
        </div>
      )}
    </li>
  );
}

function SideButton({ letter, place, on }: { letter: "A" | "B"; place: Place; on: boolean }) {
  const side = letter === "A" ? "a" : "b";
  return (
    <button
      type="button"
      class={`side-button ${side}`}
      aria-pressed={on}
      aria-label={t("compare.show", { name: place.name, letter })}
      onClick={() => choose(side, place.key)}
    >
      {letter}
    </button>
  );
}

function Unscored({ candidate }: { candidate: Candidate }) {
  const outcome = candidate.outcome.value;
  const failed = outcome.state === "failed" ? outcome.trouble : undefined;
  return (
    <li class="rank unscored">
      <span class="rank-place">–</span>
      {failed ? (
        <span class="rank-icon">
          <Icon name="warning" />
        </span>
      ) : (
        <img src={candidate.url} alt="" loading="lazy" />
      )}
      <div class="rank-name">
        <span title={candidate.name}>{candidate.name}</span>
        {failed ? (
          <span class="small rank-trouble">
            <strong>{t(`trouble.${failed.kind}`)}</strong>
            <br />
            {t(`trouble.${failed.kind}.do`)} <span lang="en">{failed.detail}</span>
          </span>
        ) : (
          <span class="small quiet">{t(outcome.state === "running" ? "compare.running" : "compare.waiting")}</span>
        )}
      </div>
      <button
        type="button"
        class="button plain icon"
        aria-label={t("compare.remove", { name: candidate.name })}
        title={t("compare.remove", { name: candidate.name })}
        onClick={() => candidates.remove(candidate)}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}

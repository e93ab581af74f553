// Two pictures that are zoomed and moved in step.
import { number, t } from "../../i18n";
import { IntervalBar } from "../../parts/IntervalBar";
import { Picture } from "../../parts/picture/Picture";
import { useSize } from "../../parts/useSize";
import { view, type Place } from "./state";

export function Pair({ a, b }: { a: Place; b: Place }) {
  return (
    <div class="compare-pair">
      <Side letter="A" place={a} />
      <Side letter="B" place={b} />
    </div>
  );
}

function Side({ letter, place }: { letter: "A" | "B"; place: Place }) {
  const size = useSize(place.url);
  const { score } = place;
  return (
    <figure class={`compare-side ${letter.toLowerCase()}`}>
      <Picture key={place.key} src={place.url} alt={place.name} size={size} view={view} />
      <figcaption>
        <span class="letter">{letter}</span>
        <span class="compare-name" title={place.name}>
          {place.name}
        </span>
        <strong data-score={score.score}>{number(score.score, 1)}</strong>
        <IntervalBar value={score.score} low={score.intervalLow} high={score.intervalHigh} />
        <span class="unseen">{t("compare.place", { n: place.rank })}</span>
      </figcaption>
    </figure>
  );
}

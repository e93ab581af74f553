// How each group's scores lie: a box plot with the single pictures.
import { number, t } from "../i18n";
import type { ReportData, Row, Scores } from "./data";
import { colourOf, groupName, rankedGroups, scaleOver } from "./figures";
import { MIDDLE, Strips } from "./Strips";

/** More dots than this would hide one another; then every second or third is drawn, and so on. */
const MOST_DOTS = 300;
const HALF = 9;

export function Boxes({ data }: { data: ReportData }) {
  const scale = scaleOver(data.rows.reduce<[number, number]>(([low, high], { score }) => [Math.min(low, score), Math.max(high, score)], [100, 0]));
  const ranked = rankedGroups(data);
  const strips = ranked.map(({ group, scores, place }) => ({
    class: colourOf(place),
    name: groupName(data, group),
    figures: t("report.median", { median: number(scores.quartiles[1], 1) }),
    marks: <Marks rows={data.rows.filter((row) => row.group === place)} scores={scores} at={scale.at} />,
  }));
  const description = ranked.map(({ group, scores: { quartiles } }) =>
    t("report.boxSays", { name: groupName(data, group), median: number(quartiles[1], 1), q1: number(quartiles[0], 1), q3: number(quartiles[2], 1) }),
  );
  return <Strips id="boxes" title={t("report.boxesTitle")} description={description.join(" ")} scale={scale} strips={strips} />;
}

function Marks({ rows, scores, at }: { rows: Row[]; scores: Scores; at: (value: number) => number }) {
  const [q1, median, q3] = scores.quartiles;
  const reach = 1.5 * (q3 - q1);
  let [low, high] = [q1, q3];
  for (const { score } of rows) {
    if (score < q1 - reach || score > q3 + reach) continue;
    [low, high] = [Math.min(low, score), Math.max(high, score)];
  }
  const step = Math.max(1, Math.ceil(rows.length / MOST_DOTS));
  return (
    <>
      <line class="whisker" x1={`${at(low)}%`} x2={`${at(high)}%`} y1={MIDDLE} y2={MIDDLE} />
      <rect class="box" x={`${at(q1)}%`} y={MIDDLE - HALF} width={`${at(q3) - at(q1)}%`} height={2 * HALF} rx="3" />
      {rows.map((row, i) =>
        i % step === 0 ? (
          <circle key={i} class="dot" cx={`${at(row.score)}%`} cy={MIDDLE + lift(i)} r="2.6">
            <title>
              {row.image}: {number(row.score, 1)}
            </title>
          </circle>
        ) : null,
      )}
      <line class="median" x1={`${at(median)}%`} x2={`${at(median)}%`} y1={MIDDLE - HALF} y2={MIDDLE + HALF} />
      <svg x={`${at(scores.mean)}%`} y={MIDDLE} overflow="visible">
        <path class="mean" d="M0-5.5 5.5 0 0 5.5-5.5 0Z" />
      </svg>
    </>
  );
}

/** Moves dots apart, evenly and always alike: multiples of the golden ratio fill a range without a pattern. */
const lift = (i: number) => (((i * 0.61803398875) % 1) - 0.5) * 1.6 * HALF;

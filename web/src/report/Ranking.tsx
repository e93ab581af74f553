// Means with their intervals, and how sure the order is.
import { number, t } from "../i18n";
import type { Interval, ReportData, Scores } from "./data";
import { colourOf, groupName, rankedGroups, scaleOver } from "./figures";
import { MIDDLE, Strips } from "./Strips";
import { Scroll } from "./Tables";

const range = ({ low, high }: Interval) => t("report.range", { low: number(low, 1), high: number(high, 1) });
const figures = ({ mean, interval }: Scores) => (interval ? `${number(mean, 1)} (${range(interval)})` : number(mean, 1));

export function Ranking({ data }: { data: ReportData }) {
  const ranked = rankedGroups(data);
  const scale = scaleOver(ranked.flatMap(({ scores }) => [scores.interval?.low ?? scores.mean, scores.interval?.high ?? scores.mean]));
  const strips = ranked.map(({ group, scores, place }) => ({
    class: colourOf(place),
    name: `${place + 1}. ${groupName(data, group)}`,
    figures: figures(scores),
    marks: (
      <>
        {scores.interval && <line class="interval" x1={`${scale.at(scores.interval.low)}%`} x2={`${scale.at(scores.interval.high)}%`} y1={MIDDLE} y2={MIDDLE} />}
        <circle class="centre" cx={`${scale.at(scores.mean)}%`} cy={MIDDLE} r="6" />
      </>
    ),
  }));
  const description = strips.map(({ name, figures }) => `${name}: ${figures}.`).join(" ");
  return (
    <>
      <p>{takeaway(data)}</p>
      <Strips id="means" title={t("report.meansTitle")} description={description} scale={scale} strips={strips} />
      <Neighbours data={data} />
    </>
  );
}

/** The ranking in a sentence or two. */
function takeaway(data: ReportData): string {
  const best = rankedGroups(data)[0];
  if (!best) return "";
  const first = t("report.highest", { name: groupName(data, best.group), mean: number(best.scores.mean, 1) });
  const compared = data.groups.flatMap(({ next }) => next ?? []);
  const sure = compared.filter(({ corrected }) => corrected < 0.05).length;
  if (compared.length === 0) return first;
  if (compared.length === 1) return `${first} ${t(sure ? "report.sureOne" : "report.unsureOne")}`;
  if (sure === 0) return `${first} ${t("report.sureNone", { all: compared.length })}`;
  return `${first} ${t("report.sureMany", { n: sure, all: compared.length })}`;
}

const pValue = (p: number) => (p < 0.001 ? "< 0.001" : number(p, 3));

/** Each group against the next; nothing where no two can be compared. */
function Neighbours({ data }: { data: ReportData }) {
  const pairs = data.groups.flatMap((group, i) => {
    const worse = data.groups[i + 1];
    return group.next && worse ? [{ better: group, worse, next: group.next }] : [];
  });
  if (pairs.length === 0) return null;
  return (
    <Scroll label={t("report.neighbours")}>
      <table class="table">
        <caption>{t("report.neighbours")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("report.group")}</th>
            <th scope="col">{t("report.next")}</th>
            {(["report.difference", "report.interval", "report.p", "report.holm"] as const).map((key) => (
              <th scope="col" class="number" key={key}>
                {t(key)}
              </th>
            ))}
            <th scope="col">{t("report.order")}</th>
          </tr>
        </thead>
        <tbody>
          {pairs.map(({ better, worse, next }) => (
            <tr key={groupName(data, better)}>
              <th scope="row">{groupName(data, better)}</th>
              <td>{groupName(data, worse)}</td>
              <td class="number">+{number(next.lead.value, 1)}</td>
              <td class="number">{range(next.lead)}</td>
              <td class="number">{pValue(next.p)}</td>
              <td class="number">{pValue(next.corrected)}</td>
              <td>{next.corrected < 0.05 ? <strong>{t("report.significant")}</strong> : t("report.notSignificant")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

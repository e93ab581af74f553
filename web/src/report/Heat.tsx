// How often each distortion is seen in each group: the darker a cell, the larger its number.
import { named, number, t } from "../i18n";
import type { ReportData } from "./data";
import { groupName, percent, rankedGroups } from "./figures";
import { Scroll } from "./Tables";

/** The share with the full colour is at least this, so that rare distortions look rare. */
const LEAST_FULL = 0.2;

export function Heat({ data }: { data: ReportData }) {
  const ranked = rankedGroups(data);
  const share = ([seen, assessed]: [number, number]) => (assessed > 0 ? seen / assessed : null);
  const shares = ranked.flatMap(({ group }) => group.incidence.map(share));
  const full = Math.max(LEAST_FULL, ...shares.map((share) => share ?? 0));
  return (
    <>
      <p>
        {t("report.heatExplain", { threshold: number(data.threshold, 2), full: percent(full) })} {largest(data)}
      </p>
      <Scroll label={t("report.heatTitle")}>
        <table class={ranked.length <= 7 ? "table heat few" : "table heat"}>
          <caption>{t("report.heatTitle")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("results.filter.distortion")}</th>
              {ranked.map(({ group, place }) => (
                <th scope="col" class="turned" key={place}>
                  <span>{groupName(data, group)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.types.map((type, i) => (
              <tr key={type}>
                <th scope="row">{named("distortion", type)}</th>
                {ranked.map(({ group, place }) => {
                  const found = group.incidence[i]!;
                  const seen = share(found);
                  const title = seen === null ? t("whatif.unassessed") : t("report.ofPictures", { n: found[0], all: found[1] });
                  return (
                    <td key={place} class="cell" title={title} style={{ "--share": `${Math.round((100 * (seen ?? 0)) / full)}%` }}>
                      {percent(seen)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

/** What the largest severity is, where none reaches the threshold. */
function largest(data: ReportData): string {
  let [most, type] = [-1, ""];
  for (const row of data.rows) {
    row.severities.forEach((severity, i) => {
      if (severity !== null && severity > most) [most, type] = [severity, data.types[i]!];
    });
  }
  if (most < 0 || most >= data.threshold) return "";
  return t("report.heatNone", { severity: number(most, 2), type: named("distortion", type) });
}

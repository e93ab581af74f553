// What the acceptance rules say, as bars and as numbers.
import { t } from "../i18n";
import type { ReportData } from "./data";
import { groupName, percent, rankedGroups } from "./figures";
import { VerdictTable } from "./Tables";

const NAMES = ["accept", "review", "reject"] as const;

export function Verdicts({ data }: { data: ReportData }) {
  return (
    <>
      <p>{t("report.verdictsExplain")}</p>
      <div class="verdicts">
        {rankedGroups(data).map(({ group, place }) => group.verdicts && <Bar key={place} id={`verdict-${place}`} name={groupName(data, group)} shares={group.verdicts} />)}
      </div>
      <VerdictTable data={data} />
    </>
  );
}

function Bar({ id, name, shares }: { id: string; name: string; shares: [number, number, number] }) {
  const told = NAMES.map((verdict, i) => t("report.share", { what: t(`verdict.${verdict}`), n: percent(shares[i]!) })).join(t("report.comma"));
  const starts = [0, shares[0], shares[0] + shares[1]];
  return (
    <div>
      <p>
        {name} <span class="quiet">{told}</span>
      </p>
      <svg class="bar" role="img" width="100%" height="14" aria-labelledby={id}>
        <title id={id}>{t("report.verdictsOf", { name })}</title>
        <desc>{told}</desc>
        {NAMES.map((verdict, i) => (
          <rect key={verdict} class={verdict} x={`${100 * starts[i]!}%`} width={`${100 * shares[i]!}%`} height="14" />
        ))}
      </svg>
    </div>
  );
}

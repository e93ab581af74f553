// The figures behind the plots; a click on a column sorts by it.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { named, t } from "../i18n";
import { componentNames } from "../parts/componentNames";
import type { Group, ReportData } from "./data";
import { colourOf, groupName, told } from "./figures";

/** A table that is wider than the page is scrolled, by keys too. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

interface Column {
  title: string;
  value: (group: Group) => number | null;
  decimals: number;
}

export function GroupTable({ data, caption, columns }: { data: ReportData; caption: string; columns: Column[] }) {
  const [order, setOrder] = useState<{ at: number; up: boolean } | null>(null);
  const groups = data.groups.map((group, place) => ({ group, place }));
  if (order) {
    const value = ({ group }: { group: Group }) => columns[order.at]!.value(group) ?? -Infinity;
    groups.sort((a, b) => (order.up ? 1 : -1) * (value(a) - value(b)));
  }
  const sort = (at: number) => setOrder(order?.at === at ? { at, up: !order.up } : { at, up: false });
  return (
    <Scroll label={caption}>
      <table class="table">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t("report.group")}</th>
            {columns.map(({ title }, at) => (
              <th scope="col" class="number" key={title} aria-sort={order?.at === at ? (order.up ? "ascending" : "descending") : undefined}>
                <button type="button" class="sort" onClick={() => sort(at)}>
                  {title}
                  <span aria-hidden="true">{order?.at === at ? (order.up ? " ↑" : " ↓") : ""}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {groups.map(({ group, place }) => (
            <tr key={place}>
              <th scope="row">
                {group.scores && <span class={`chip ${colourOf(place)}`} />}
                {groupName(data, group)}
              </th>
              {columns.map(({ title, value, decimals }) => (
                <td class="number" key={title}>
                  {told(value(group), decimals)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function ScoreTable({ data }: { data: ReportData }) {
  const columns: Column[] = [
    { title: t("report.pictures"), value: (group) => group.pictures, decimals: 0 },
    { title: t("report.failed"), value: (group) => group.failed, decimals: 0 },
    { title: t("report.meanShort"), value: (group) => group.scores?.mean ?? null, decimals: 1 },
    { title: t("report.deviation"), value: (group) => group.scores?.deviation ?? null, decimals: 1 },
    { title: t("report.q1"), value: (group) => group.scores?.quartiles[0] ?? null, decimals: 1 },
    { title: t("report.medianShort"), value: (group) => group.scores?.quartiles[1] ?? null, decimals: 1 },
    { title: t("report.q3"), value: (group) => group.scores?.quartiles[2] ?? null, decimals: 1 },
  ];
  return <GroupTable data={data} caption={t("report.scoresTitle")} columns={columns} />;
}

export function ComponentTable({ data }: { data: ReportData }) {
  const columns = componentNames.map(([name], i) => ({
    title: named("component", name),
    value: (group: Group) => group.components[i] ?? null,
    decimals: 2,
  }));
  return <GroupTable data={data} caption={t("report.componentsTitle")} columns={columns} />;
}

export function VerdictTable({ data }: { data: ReportData }) {
  const columns = (["accept", "review", "reject"] as const).map((name, i) => ({
    title: t(`verdict.${name}`),
    value: (group: Group) => (group.verdicts ? 100 * group.verdicts[i]! : null),
    decimals: 0,
  }));
  return <GroupTable data={data} caption={t("report.verdictsTitle")} columns={columns} />;
}

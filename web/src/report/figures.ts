// Words and colours for a report's figures.
import { named, number, t } from "../i18n";
import type { Group, ReportData } from "./data";

/** The class of a group's colour; the best has the first. */
export const colourOf = (place: number): string => `g${place % 7}`;

/** The groups that have a score, with their places. */
export function rankedGroups(data: ReportData): { group: Group; scores: NonNullable<Group["scores"]>; place: number }[] {
  return data.groups.flatMap((group, place) => (group.scores ? [{ group, scores: group.scores, place }] : []));
}

export const told = (value: number | null | undefined, decimals: number): string => (value == null ? "–" : number(value, decimals));

export const percent = (share: number | null): string => (share === null ? "–" : number(100 * share));

/** A column's name: what the page knows, else as it stands. */
export function columnName(column: string): string {
  if (column === "scenario" || column === "prompt") return t(`report.by.${column}`);
  return column.replaceAll("_", " ");
}

/** A value of a column; scenarios have names. */
export const valueName = (column: string, value: string): string => (column === "scenario" ? named("scenario", value) : value);

/** A group's name, with the names of scenarios. */
export const groupName = (data: ReportData, group: Group): string => group.key.map((value, i) => valueName(data.by[i] ?? "", value)).join(" · ");

/** An axis between two round numbers that holds `values`, each [0, 100]. */
export function scaleOver(values: number[]): { at: (value: number) => number; ticks: number[] } {
  let [low, high] = [Math.floor(Math.min(100, ...values) / 10) * 10, Math.ceil(Math.max(0, ...values) / 10) * 10];
  if (high - low < 20) [low, high] = [Math.max(0, low - 10), Math.min(100, Math.max(high, low) + 10)];
  const step = high - low > 60 ? 20 : 10;
  const ticks = Array.from({ length: 11 }, (_, i) => i * step).filter((tick) => tick >= low && tick <= high);
  return { at: (value) => Math.min(100, Math.max(0, (100 * (value - low)) / (high - low))), ticks };
}

// Which rows are shown, and in what order.
import { COMPONENTS } from "../../fusion/names";
import type { Row } from "./row";

export interface Filter {
  /** Words that picture, prompt or a carried column must all hold, in any case. */
  text: string;
  scenario: string;
  /** A verdict, "error" for rows without a score, or empty. */
  verdict: string;
  /** Scores from here to there. */
  from: number;
  to: number;
  /** A distortion's name, or empty. */
  distortion: string;
  /** And the severity from which on it counts. */
  severity: number;
}

export const EVERYTHING: Filter = {
  text: "",
  scenario: "",
  verdict: "",
  from: 0,
  to: 100,
  distortion: "",
  severity: 0.5,
};

/** A column to sort by: a fixed one, a component, a distortion ("severity_…") or a carried one ("carried_…"). */
export type Column = string;

export interface Order {
  column: Column;
  descending: boolean;
}

export function filtered(rows: Row[], filter: Filter): Row[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const limited = filter.from > 0 || filter.to < 100;
  return rows.filter((row) => {
    if (filter.scenario !== "" && row.scenario !== filter.scenario) return false;
    if (filter.verdict === "error" ? row.error === undefined : filter.verdict !== "" && row.verdict !== filter.verdict)
      return false;
    if (limited && !(row.score >= filter.from && row.score <= filter.to)) return false;
    if (filter.distortion !== "" && !((row.severities[filter.distortion] ?? -1) >= filter.severity)) return false;
    if (words.length === 0) return true;
    const text = [row.image, row.prompt, row.error ?? "", ...Object.values(row.carried)].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** A cell to compare by: a number or a text; undefined sorts last either way. */
export function cell(row: Row, column: Column): number | string | undefined {
  const component = COMPONENTS.findIndex((name) => name === column);
  if (component >= 0) return row.components[component];
  if (column.startsWith("severity_")) return row.severities[column.slice("severity_".length)];
  if (column.startsWith("carried_")) return row.carried[column.slice("carried_".length)];
  switch (column) {
    case "image":
    case "prompt":
      return row[column];
    case "scenario":
    case "verdict":
    case "worst":
      return row[column] || undefined;
    case "score":
      return Number.isNaN(row.score) ? undefined : row.score;
    case "width":
      return Number.isNaN(row.score) ? undefined : row.high - row.low;
    default:
      return row.line;
  }
}

export function sorted(rows: Row[], { column, descending }: Order): Row[] {
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row) => ({ row, key: cell(row, column) }));
  keyed.sort((a, b) => {
    if (a.key === undefined || b.key === undefined) return Number(a.key === undefined) - Number(b.key === undefined);
    return sign * compared(a.key, b.key) || a.row.line - b.row.line;
  });
  return keyed.map(({ row }) => row);
}

function compared(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [x, y] = [Number(a), Number(b)];
  // Carried columns are text, but may hold numbers.
  if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return collator.compare(String(a), String(b));
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** The values that a filter can offer. */
export function choices(rows: Row[]): { scenarios: string[]; verdicts: string[]; distortions: string[] } {
  const [scenarios, verdicts, distortions] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let failed = false;
  for (const row of rows) {
    if (row.scenario) scenarios.add(row.scenario);
    if (row.verdict) verdicts.add(row.verdict);
    for (const name in row.severities) distortions.add(name);
    failed ||= row.error !== undefined;
  }
  if (failed) verdicts.add("error");
  return { scenarios: [...scenarios].sort(), verdicts: [...verdicts].sort(), distortions: [...distortions] };
}

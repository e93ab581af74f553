// The results that are open; they stay while another view is open.
import { computed, signal } from "@preact/signals";
import { COMPONENTS } from "../../fusion/names";
import { reportData, type ReportData } from "../../report/data";
import { folderOf, type Folder } from "./pictures";
import { readResults, type Bad } from "./read";
import type { Row } from "./row";
import { EVERYTHING, choices, filtered, sorted, type Filter, type Order } from "./select";

export interface Open {
  name: string;
  /** Undefined for a report, whose rows are all there is. */
  file?: File;
  report?: ReportData;
}

export const open = signal<Open | undefined>(undefined);
export const rows = signal<Row[]>([]);
export const bad = signal<Bad[]>([]);
/** The share that is read, [0, 1]; undefined when all is. */
export const reading = signal<number | undefined>(undefined);
/** The name of a file that holds no results. */
export const unreadable = signal<string | undefined>(undefined);
export const folder = signal<Folder>(new Map());
export const filter = signal<Filter>(EVERYTHING);
export const order = signal<Order>({ column: "line", descending: false });
/** The line of the chosen row. */
export const chosen = signal<number | undefined>(undefined);

export const offered = computed(() => choices(rows.value));
export const carriedColumns = computed(() => [...new Set(rows.value.slice(0, 1000).flatMap((row) => Object.keys(row.carried)))]);
export const shown = computed(() => sorted(filtered(rows.value, filter.value), order.value));
export const row = computed(() => shown.value.find(({ line }) => line === chosen.value));

let stopping = new AbortController();

export async function openFiles(files: File[]): Promise<void> {
  const results = files.find((file) => /\.(jsonl|ndjson|json|html?)$/i.test(file.name)) ?? files[0];
  const pictures = files.filter((file) => file !== results);
  if (pictures.length > 0) folder.value = folderOf(pictures);
  if (results) await openFile(results);
}

async function openFile(file: File): Promise<void> {
  stopping.abort();
  const mine = (stopping = new AbortController());
  [rows.value, bad.value, chosen.value, filter.value] = [[], [], undefined, EVERYTHING];
  order.value = { column: "line", descending: false };
  unreadable.value = undefined;
  const report = /\.(html?|json)$/i.test(file.name) ? reportData(await file.text()) : undefined;
  if (report) {
    open.value = { name: file.name, report };
    rows.value = rowsOf(report);
    reading.value = undefined;
    return;
  }
  open.value = { name: file.name, file };
  reading.value = 0;
  const show = (share: number | undefined, read: { rows: Row[]; bad: Bad[] }) => {
    reading.value = share;
    rows.value = [...read.rows];
    bad.value = [...read.bad];
  };
  const read = await readResults(file, show, mine.signal);
  if (mine.signal.aborted) return;
  show(undefined, read);
  if (read.rows.length === 0) [open.value, unreadable.value] = [undefined, file.name];
}

function rowsOf(report: ReportData): Row[] {
  return report.rows.map((one, at) => {
    const found = report.types.flatMap((type, i): [string, number][] => {
      const severity = one.severities[i];
      return severity == null ? [] : [[type, severity]];
    });
    return {
      line: at + 1,
      image: one.image,
      prompt: one.prompt,
      id: "",
      scenario: one.scenario,
      score: one.score,
      low: one.interval[0],
      high: one.interval[1],
      verdict: one.verdict ?? "",
      components: COMPONENTS.map((_, i) => one.components[i] ?? undefined),
      severities: Object.fromEntries(found),
      worst: [...found].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "",
      carried: { [report.by.join(" / ")]: (report.groups[one.group]?.key ?? []).join(" / ") },
      from: 0,
      to: 0,
    };
  });
}

/** Sorts by a column; once more, the other way round. */
export function sortBy(column: string): void {
  const now = order.value;
  const first = column === "score" || column === "width" || column.startsWith("severity_");
  order.value = { column, descending: now.column === column ? !now.descending : first };
}

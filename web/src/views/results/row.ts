// One line of a batch's results, with what a list of many needs; the rest stays in the file.
import { COMPONENTS, type Five } from "../../fusion/names";

export interface Row {
  /** The line's number, from 1; of a report, the place in its list. */
  line: number;
  image: string;
  prompt: string;
  /** Why there is no score; then what follows is empty. */
  error?: string;
  id: string;
  scenario: string;
  /** [0, 100]; NaN without a score. */
  score: number;
  low: number;
  high: number;
  verdict: string;
  /** In the order of COMPONENTS, [0, 1]. */
  components: Five;
  /** Of assessed types, [0, 1]. */
  severities: Record<string, number>;
  /** The worst of them by what it costs, or empty. */
  worst: string;
  /** Columns that the manifest carried, as text. */
  carried: Record<string, string>;
  /** The line's bytes in the file. */
  from: number;
  to: number;
}

/** Fields of a line that no manifest carries. */
const OWN = new Set(
  (
    "image prompt error measurement_id score interval scenario components points_lost descriptors attributes regions " +
    "distortions degraded notes models stages suggestions verdict"
  ).split(" "),
);

/** What JSON of a line may look like; nothing of it is sure. */
interface Line {
  [name: string]: unknown;
}

/** The row of a line, or what was expected in it, in words that a translation knows. */
export function rowOf(text: string, line: number, from: number, to: number): Row | Expected {
  let value: Line;
  try {
    value = JSON.parse(text) as Line;
  } catch {
    return "json";
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "json";
  if (typeof value.image !== "string") return "image";
  if (typeof value.prompt !== "string") return "prompt";
  const row = { ...empty(), line, from, to, image: value.image, prompt: value.prompt, carried: carried(value) };
  if (value.error !== undefined) return { ...row, error: String(value.error) };
  const interval = value.interval as [number, number] | undefined;
  if (typeof value.score !== "number" || !(value.score >= 0 && value.score <= 100)) return "score";
  if (!Array.isArray(interval) || typeof interval[0] !== "number" || typeof interval[1] !== "number") return "interval";
  const [scenario, components] = [value.scenario as Line | undefined, value.components as Line | undefined];
  if (typeof scenario?.name !== "string" || typeof components !== "object" || components === null) return "scenario";
  return {
    ...row,
    id: typeof value.measurement_id === "string" ? value.measurement_id : "",
    scenario: scenario.name,
    score: value.score,
    low: interval[0],
    high: interval[1],
    verdict: String((value.verdict as Line | undefined)?.verdict ?? ""),
    components: COMPONENTS.map((name) => numeric(components[name])),
    severities: severities(value.distortions),
    worst: worst(value.distortions),
  };
}

/** What a line lacks. */
export type Expected = "json" | "image" | "prompt" | "score" | "interval" | "scenario";

export function isRow(read: Row | Expected): read is Row {
  return typeof read !== "string";
}

function empty(): Row {
  return {
    line: 0,
    image: "",
    prompt: "",
    id: "",
    scenario: "",
    score: NaN,
    low: NaN,
    high: NaN,
    verdict: "",
    components: [],
    severities: {},
    worst: "",
    carried: {},
    from: 0,
    to: 0,
  };
}

function carried(value: Line): Record<string, string> {
  const text = Object.entries(value).filter(([name, cell]) => !OWN.has(name) && typeof cell !== "object");
  return Object.fromEntries(text.map(([name, cell]) => [name, String(cell)]));
}

function found(distortions: unknown): Line[] {
  const all = Array.isArray(distortions) ? (distortions as (Line | null)[]) : [];
  return all.filter((one): one is Line => typeof one?.type === "string" && typeof one.severity === "number");
}

function severities(distortions: unknown): Record<string, number> {
  return Object.fromEntries(found(distortions).map((one) => [one.type as string, one.severity as number]));
}

function worst(distortions: unknown): string {
  const cost = (one: Line) => (one.severity as number) * (numeric(one.impact) ?? 0);
  const sorted = found(distortions).sort((a, b) => cost(b) - cost(a));
  return sorted[0] !== undefined && cost(sorted[0]) > 0 ? (sorted[0].type as string) : "";
}

function numeric(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

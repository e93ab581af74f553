// What `cpaiqa report --out report.html` writes into the page: this shape as JSON, in the element of the id DATA.
//
// Field names are those of the JSON. A figure that there is none of is null. Points are [0, 100], shares, severities and
// presences [0, 1], boxes [x, y, width, height] and peaks [x, y] in picture pixels.

/** The id of the element that holds the data. */
export const DATA = "report-data";

export interface ReportData {
  /** "cpaiqa-report-1": what reads another shape says so. */
  format: string;
  /** The program's version. */
  version: string;
  /** The results' file name. */
  source: string;
  /** The columns that make the groups. */
  by: string[];
  /** What is drawn as a whole for intervals. */
  unit: "prompts" | "pictures";
  /** How intervals and p-values were found, in one English line. */
  method: string;
  /** The severity from which on a picture counts as distorted. */
  threshold: number;
  /** Rows with a score, rows without one, different prompts of scored rows. */
  pictures: number;
  failed: number;
  prompts: number;
  /** Mean score over all pictures. */
  mean: number | null;
  /** Distortion types that were assessed, in the order of the answers. */
  types: string[];
  /** Component means over all pictures, in the order of COMPONENTS. */
  components: (number | null)[];
  /** The highest mean first; those without any score last. */
  groups: Group[];
  /** All scored pictures, by group, the best first. */
  rows: Row[];
  /** The best pictures, the best first, and the worst, the worst first. */
  best: Shown[];
  worst: Shown[];
}

export interface Group {
  /** The value of each column of `by`. */
  key: string[];
  pictures: number;
  failed: number;
  /** Null when no picture of it has a score. */
  scores: Scores | null;
  components: (number | null)[];
  /** Of each type, in the order of `types`: [pictures at the threshold or above, pictures assessed]. */
  incidence: [number, number][];
  /** Shares of accept, review and reject; null when no picture has a verdict. */
  verdicts: [number, number, number] | null;
  /** How far it is above the next group. */
  next: { lead: Interval; p: number; corrected: number } | null;
}

export interface Scores {
  mean: number;
  /** Null for one picture. */
  interval: Interval | null;
  deviation: number | null;
  /** First quartile, median, third quartile. */
  quartiles: [number, number, number];
}

export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** A scored picture. */
export interface Row {
  /** Its group's place in `groups`. */
  group: number;
  image: string;
  prompt: string;
  scenario: string;
  score: number;
  interval: [number, number];
  verdict: "accept" | "review" | "reject" | null;
  /** In the order of COMPONENTS. */
  components: (number | null)[];
  /** In the order of `types`. */
  severities: (number | null)[];
}

/** A picture that is shown. */
export interface Shown {
  /** Its place in `rows`. */
  row: number;
  /** By what each input cost, the most first. */
  points_lost: [string, number][];
  descriptors: { text: string; presence: number | null; bbox: Box | null }[];
  attributes: { text: string; presence: number | null }[];
  distortions: { type: string; severity: number | null; peak: [number, number] | null; bbox: Box | null }[];
  /** A JPEG at reading size as base64, and the picture's own size; or why there is none, in words. */
  thumbnail: { jpeg: string; width: number; height: number } | { error: string };
}

export type Box = [number, number, number, number];

/** The data of a report's page or of its JSON alone; undefined when it is neither. */
export function reportData(text: string): ReportData | undefined {
  const marked = new RegExp(`<script[^>]*id="${DATA}"[^>]*>([\\s\\S]*?)</script>`).exec(text);
  try {
    const data = JSON.parse(marked?.[1] ?? text) as ReportData;
    return data.format === "cpaiqa-report-1" ? data : undefined;
  } catch {
    return undefined;
  }
}

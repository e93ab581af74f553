// Pictures that are scored against one prompt for one scenario, a few at once.
import { computed, signal, type Signal } from "@preact/signals";
import { quality } from "../api/transport";
import { troubleOf, type Trouble } from "../api/trouble";
import type { ScoreResponse } from "../gen/cpaiqa/quality/v1/quality_service_pb";
import { rememberScored } from "./scored";

export type Outcome =
  | { state: "waiting" | "running" }
  | { state: "scored"; score: ScoreResponse }
  | { state: "failed"; trouble: Trouble };

export interface Candidate {
  key: number;
  name: string;
  picture: Blob;
  /** Where the page shows it from; freed when it is removed. */
  url: string;
  outcome: Signal<Outcome>;
}

export interface Scored extends Candidate {
  score: ScoreResponse;
}

/** How many are on their way at once: the next one travels while the gateway works. */
const AT_ONCE = 2;

let keys = 0;

/** `scenario` as a request has it; undefined for the gateway's default. */
type Selector = Parameters<typeof quality.score>[0]["scenario"];

export class Candidates {
  readonly all = signal<Candidate[]>([]);
  readonly running = signal(false);
  /** What stopped the run as a whole, such as a gateway that is down. */
  readonly trouble = signal<Trouble | undefined>(undefined);
  readonly scored = computed<Scored[]>(() =>
    this.all.value.flatMap((one) => {
      const outcome = one.outcome.value;
      return outcome.state === "scored" ? [{ ...one, score: outcome.score }] : [];
    }),
  );
  readonly done = computed(
    () => this.all.value.filter(({ outcome }) => ["scored", "failed"].includes(outcome.value.state)).length,
  );
  private stopping = new AbortController();
  /** What the scores were asked with; another question makes them void. */
  private asked = "";

  add(pictures: { name: string; picture: Blob; score?: ScoreResponse }[]): void {
    const added = pictures.map(({ name, picture, score }) => {
      const outcome = signal<Outcome>(score ? { state: "scored", score } : { state: "waiting" });
      return { key: ++keys, name, picture, url: URL.createObjectURL(picture), outcome };
    });
    this.all.value = [...this.all.value, ...added];
  }

  remove(candidate: Candidate): void {
    URL.revokeObjectURL(candidate.url);
    this.all.value = this.all.value.filter((one) => one.key !== candidate.key);
  }

  clear(): void {
    this.stop();
    this.all.value.forEach((one) => URL.revokeObjectURL(one.url));
    this.all.value = [];
    this.trouble.value = undefined;
  }

  /** The scores that there are answer this. */
  answering(prompt: string, scenario: Selector): void {
    this.asked = JSON.stringify([prompt, scenario?.selector]);
  }

  /** All are to be scored anew, as for another prompt. */
  forget(): void {
    this.stop();
    this.all.value.forEach((one) => (one.outcome.value = { state: "waiting" }));
    this.trouble.value = undefined;
  }

  stop(): void {
    this.stopping.abort();
  }

  /** Scores what has no score for this yet. One that fails does not stop the others, unless all would fail alike. */
  async run(prompt: string, scenario: Selector): Promise<void> {
    const before = this.asked;
    this.answering(prompt, scenario);
    if (this.asked !== before) this.forget();
    this.stop();
    const stopping = (this.stopping = new AbortController());
    this.trouble.value = undefined;
    this.running.value = true;
    for (const { outcome } of this.all.value) if (outcome.value.state !== "scored") outcome.value = { state: "waiting" };
    const next = () => this.all.value.find(({ outcome }) => outcome.value.state === "waiting");
    const worker = async () => {
      for (let one = next(); one && !stopping.signal.aborted; one = next()) {
        await this.scoreOne(one, prompt, scenario, stopping);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (this.stopping === stopping) this.running.value = false;
  }

  private async scoreOne(one: Candidate, prompt: string, scenario: Selector, stopping: AbortController): Promise<void> {
    one.outcome.value = { state: "running" };
    try {
      const data = new Uint8Array(await one.picture.arrayBuffer());
      const score = await quality.score({ picture: { data }, prompt, scenario }, { signal: stopping.signal });
      one.outcome.value = { state: "scored", score };
      rememberScored({ name: one.name, picture: one.picture, prompt, score });
    } catch (error) {
      // Another run has begun, and this picture is its business.
      if (this.stopping !== stopping) return;
      const trouble = troubleOf(error);
      if (stopping.signal.aborted) {
        one.outcome.value = { state: "waiting" };
      } else if (ALL_ALIKE.has(trouble.kind) || (trouble.field !== undefined && !trouble.field.startsWith("picture"))) {
        one.outcome.value = { state: "waiting" };
        this.trouble.value = trouble;
        stopping.abort();
      } else {
        one.outcome.value = { state: "failed", trouble };
      }
    }
  }
}

/** What has nothing to do with the picture: the others would meet it too. */
const ALL_ALIKE = new Set(["unreachable", "unavailable", "unauthenticated", "forbidden", "quota", "notFound"]);

/** The pictures among `files`, by their names. */
export function picturesOf(files: Iterable<File>): { name: string; picture: Blob }[] {
  const endings = /\.(png|jpe?g|webp|gif|bmp|tiff?)$/i;
  const pictures = [...files].filter((file) => file.type.startsWith("image/") || endings.test(file.name));
  const named = pictures.map((file) => ({ name: file.webkitRelativePath || file.name, picture: file as Blob }));
  return named.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}

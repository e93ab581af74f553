// What is compared: it stays while another view is open.
import { computed, signal } from "@preact/signals";
import { whole } from "../../parts/picture/view";
import { likelyBest } from "../../fusion/preferred";
import { Candidates, type Scored } from "../../state/candidates";
import { noChoice, selectorOf } from "../../state/scenarios";

export const candidates = new Candidates();
export const prompt = signal("");
export const choice = signal(noChoice);
/** Both pictures are moved by it. */
export const view = signal(whole);
/** Keys of the two that stand beside each other; undefined for the best and the second. */
export const chosen = signal<{ a?: number; b?: number }>({});

export interface Place extends Scored {
  /** 1 is the best. */
  rank: number;
  /** How likely people prefer it to all others, [0, 1]. */
  best: number;
}

/** Those with a score, the best first. */
export const ranked = computed<Place[]>(() => {
  const sorted = [...candidates.scored.value].sort((a, b) => b.score.score - a.score.score);
  const temperature = sorted[0]?.score.scenario?.temperature ?? 10;
  const best = likelyBest(sorted.map(({ score }) => score.score), temperature); // prettier-ignore
  return sorted.map((one, i) => ({ ...one, rank: i + 1, best: best[i]! }));
});

/** The two that stand beside each other. */
export const pair = computed<[Place | undefined, Place | undefined]>(() => {
  const found = (key: number | undefined) => ranked.value.find((one) => one.key === key);
  const a = found(chosen.value.a) ?? ranked.value.find((one) => one.key !== chosen.value.b);
  const b = found(chosen.value.b) ?? ranked.value.find((one) => one.key !== a?.key);
  return [a, b?.key === a?.key ? undefined : b];
});

/** Puts a picture on a side; if it is on the other one, the two change places. */
export function choose(side: "a" | "b", key: number): void {
  const [a, b] = pair.value;
  const other = side === "a" ? "b" : "a";
  const now = { a: a?.key, b: b?.key };
  chosen.value = now[other] === key ? { a: now.b, b: now.a } : { ...now, [side]: key };
}

export async function run(): Promise<void> {
  chosen.value = {};
  view.value = whole;
  await candidates.run(prompt.value.trim(), selectorOf(choice.value));
}

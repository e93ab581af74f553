// What a scenario weighs, and by how much: profiles mixed by their probabilities, as the gateway does it.
import type { ScenarioProfile } from "../gen/cpaiqa/scenario/v1/scenario_service_pb";
import { distortionName, five } from "./names";

export interface Context {
  /** In the order of COMPONENTS; they sum to 1. */
  weights: number[];
  /** By distortion, [0, 1]; a type left out has 0. */
  impacts: Map<string, number>;
}

/** The numbers of a profile that move a score. */
export interface Row {
  /** Logits of the weights, in the order of COMPONENTS. */
  logits: number[];
  impacts: Map<string, number>;
}

export function rowOf(profile: ScenarioProfile): Row {
  return {
    logits: five(profile.logits).map((logit) => logit ?? 0),
    impacts: new Map(profile.impacts.map((found) => [distortionName(found), found.impact])),
  };
}

/** The mixture of rows: softmax of the mean logits, mean of the impacts. */
export function mix(rows: [Row, number][]): Context {
  const logits = [0, 0, 0, 0, 0];
  const impacts = new Map<string, number>();
  for (const [row, probability] of rows) {
    row.logits.forEach((logit, i) => (logits[i]! += probability * logit));
    for (const [name, impact] of row.impacts) impacts.set(name, (impacts.get(name) ?? 0) + probability * impact);
  }
  for (const [name, impact] of impacts) impacts.set(name, clamp(impact));
  return { weights: softmax(logits), impacts };
}

/** The row that mixes to `context`, for sliders over a mixture. */
export function rowFor(context: Context): Row {
  return { logits: logitsFor(context.weights), impacts: new Map(context.impacts) };
}

/** Logits whose softmax is `weights`, with mean 0 over the weights above nothing; the smallest weight told is 0.1 %. */
export function logitsFor(weights: number[]): number[] {
  const logs = weights.map((weight) => Math.log(Math.max(weight, 0.001)));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return logs.map((log) => log - mean);
}

/** The mixture of `distribution` over `profiles`; undefined when one of them is not there. */
export function contextOf(
  profiles: ScenarioProfile[],
  distribution: { name: string; probability: number }[],
): Context | undefined {
  const rows: [Row, number][] = [];
  for (const { name, probability } of distribution) {
    const profile = profiles.find((profile) => profile.name === name);
    if (profile === undefined) return undefined;
    rows.push([rowOf(profile), probability]);
  }
  return rows.length === 0 ? undefined : mix(rows);
}

export function softmax(logits: number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

export function clamp(value: number, low = 0, high = 1): number {
  return Math.min(high, Math.max(low, value));
}

// Changes of a scenario's numbers, and the profile that comes of them.
import { create } from "@bufbuild/protobuf";
import { clamp, softmax, type Row } from "../../fusion/context";
import { distortionType } from "../../fusion/names";
import { ScenarioProfileSchema, type ScenarioProfile } from "../../gen/cpaiqa/scenario/v1/scenario_service_pb";

/** The least and the most that one component's weight can be set to. */
export const LEAST = 0.005;
export const MOST = 0.95;

/** The row with one weight set; the others keep their proportions to each other. */
export function withWeight(row: Row, at: number, weight: number): Row {
  const others = row.logits.filter((_, i) => i !== at);
  const largest = Math.max(...others);
  const sum = others.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  const odds = clamp(weight, LEAST, MOST) / (1 - clamp(weight, LEAST, MOST));
  const logit = clamp(Math.log(odds) + largest + Math.log(sum), -20, 20);
  return { ...row, logits: row.logits.map((old, i) => (i === at ? logit : old)) };
}

export function withImpact(row: Row, name: string, impact: number): Row {
  return { ...row, impacts: new Map(row.impacts).set(name, clamp(impact)) };
}

/** Whether two rows weigh alike. */
export function alike(a: Row, b: Row): boolean {
  const weights = softmax(b.logits);
  const names = new Set([...a.impacts.keys(), ...b.impacts.keys()]);
  return (
    softmax(a.logits).every((weight, i) => Math.abs(weight - weights[i]!) < 1e-9) &&
    [...names].every((name) => Math.abs((a.impacts.get(name) ?? 0) - (b.impacts.get(name) ?? 0)) < 1e-9)
  );
}

/** `base` with the numbers of `row`; under another name it has the description, and none of the phrases. */
export function profileOf(base: ScenarioProfile, row: Row, renamed?: { name: string; description: string }): ScenarioProfile {
  const [globalAlignment, localAlignment, attributeConsistency, fidelity, aesthetics] = row.logits;
  return create(ScenarioProfileSchema, {
    name: renamed?.name ?? base.name,
    description: renamed?.description ?? base.description,
    phrases: renamed ? [] : base.phrases,
    temperature: base.temperature,
    gates: base.gates.filter((rule) => rule !== undefined),
    logits: { globalAlignment, localAlignment, attributeConsistency, fidelity, aesthetics },
    impacts: [...row.impacts].map(([name, impact]) => ({ ...distortionType(name), impact })),
  });
}

/** What is wrong with a scenario's name, as the gateway sees it; true when nothing is. */
export function isName(name: string): boolean {
  return /^[a-z0-9-]{1,100}$/.test(name);
}

/** All distortions that have a slider: what the scenario minds, and what was found. */
export function impactNames(profile: Row, found: Iterable<string>): string[] {
  return [...new Set([...profile.impacts.keys(), ...found])];
}


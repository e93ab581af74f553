import { expect, test } from "vitest";
import { random } from "../agreement/random";
import { mix, type Context, type Row } from "./context";
import { fuse, type Measurements } from "./fuse";
import { COMPONENTS, DISTORTIONS } from "./names";
import { likelyBest, preferred } from "./preferred";

const KINDS = [...DISTORTIONS, "cracked_glaze"];

function some(next: () => number): [Context, Measurements] {
  const row = (): Row => ({
    logits: COMPONENTS.map(() => 4 * next() - 2),
    impacts: new Map(KINDS.map((name) => [name, next()])),
  });
  const share = next();
  const components = COMPONENTS.map((_, i) => (i > 0 && next() < 0.3 ? undefined : next()));
  const severities = new Map(KINDS.filter(() => next() < 0.7).map((name) => [name, next()]));
  return [mix([[row(), share], [row(), 1 - share]]), { components, severities }];
}

test("points_lost_sum_to_what_is_missing_and_the_score_lies_in_its_interval", () => {
  const next = random(1);
  for (let i = 0; i < 200; i++) {
    const fused = fuse(...some(next))!;
    const lost = fused.pointsLost.reduce((sum, { points }) => sum + points, 0);
    expect(lost).toBeCloseTo(100 - fused.score, 8);
    expect(fused.weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
    expect(0 <= fused.low && fused.low <= fused.score && fused.score <= fused.high && fused.high <= 100).toBe(true);
  }
});

test("a_rising_severity_never_raises_the_score", () => {
  const next = random(2);
  for (let i = 0; i < 200; i++) {
    const [context, measurements] = some(next);
    const worse = new Map(measurements.severities).set("edge_blur", 1);
    const before = fuse(context, measurements)!.score;
    expect(fuse(context, { ...measurements, severities: worse })!.score).toBeLessThanOrEqual(before + 1e-9);
  }
});

test("a_component_that_was_not_measured_hands_its_weight_on_in_proportion_and_widens_the_interval", () => {
  const context: Context = { weights: [0.4, 0.2, 0.2, 0.1, 0.1], impacts: new Map() };
  const without = fuse(context, { components: [0.5, 0.5, undefined, 0.5, 0.5], severities: new Map() })!;
  const withAll = fuse(context, { components: [0.5, 0.5, 0.5, 0.5, 0.5], severities: new Map() })!;
  expect(without.weights).toEqual([0.5, 0.25, 0, 0.125, 0.125]);
  expect(without.high - without.low).toBeGreaterThan(withAll.high - withAll.low);
});

test("nothing_measured_is_no_score", () => {
  const context: Context = { weights: [1, 0, 0, 0, 0], impacts: new Map() };
  expect(fuse(context, { components: [undefined, 1, 1, 1, 1], severities: new Map() })).toBeUndefined();
});

test("a_lead_of_one_temperature_is_preferred_with_0.73_and_the_likeliest_best_is_the_highest", () => {
  expect(preferred(8, 8)).toBeCloseTo(0.731, 3);
  const best = likelyBest([50, 60, 40], 10);
  expect(best.reduce((sum, share) => sum + share)).toBeCloseTo(1, 12);
  expect(best[1]).toBeCloseTo(Math.exp(0) / (1 + Math.exp(-1) + Math.exp(-2)), 12);
});

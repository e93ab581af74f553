import { expect, test } from "vitest";
import { stepsOf } from "./Waterfall";

test("steps_go_from_a_hundred_to_the_score_the_largest_first", () => {
  const steps = stepsOf([
    { name: "fidelity", points: 6.5 },
    { name: "edge_blur", points: 0.4 },
    { name: "anatomical_error", points: 17.2 },
    { name: "detail_loss", points: 0.3 },
  ]);
  expect(steps.map(({ name, together }) => [name, together])).toEqual([
    ["anatomical_error", 1],
    ["fidelity", 1],
    ["", 2],
  ]);
  expect(steps[0]!.from).toBe(100);
  steps.slice(1).forEach((step, i) => expect(step.from).toBe(steps[i]!.to));
  expect(steps.at(-1)!.to).toBeCloseTo(100 - 24.4);
});

test("what_cost_nothing_is_no_step", () => {
  expect(stepsOf([{ name: "aesthetics", points: 0 }])).toEqual([]);
});

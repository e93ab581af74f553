import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { rowFor, rowOf, softmax } from "../../fusion/context";
import { ScenarioProfileSchema } from "../../gen/cpaiqa/scenario/v1/scenario_service_pb";
import { alike, isName, profileOf, withImpact, withWeight } from "./edit";

const BASE = create(ScenarioProfileSchema, {
  name: "base",
  description: "d",
  phrases: ["p"],
  temperature: 7,
  logits: { globalAlignment: 1, fidelity: 0.5 },
  impacts: [
    { type: 8, impact: 0.4 },
    { otherType: "moire", impact: 0.2 },
  ],
});

test("a_weight_that_is_set_is_had_and_the_others_keep_their_proportions", () => {
  const row = rowOf(BASE);
  const before = softmax(row.logits);
  const after = softmax(withWeight(row, 3, 0.6).logits);
  expect(after[3]).toBeCloseTo(0.6, 12);
  expect(after[0]! / after[1]!).toBeCloseTo(before[0]! / before[1]!, 9);
  expect(softmax(withWeight(row, 3, 1).logits)[3]).toBeCloseTo(0.95, 12);
});

test("a_changed_row_makes_a_profile_that_says_the_same_with_everything_else_kept", () => {
  const row = withImpact(withWeight(rowOf(BASE), 0, 0.5), "moire", 0.9);
  const profile = profileOf(BASE, row);
  expect(profile).toMatchObject({ name: "base", description: "d", phrases: ["p"], temperature: 7 });
  expect(alike(rowOf(profile), row)).toBe(true);
  expect(alike(rowOf(profile), rowOf(BASE))).toBe(false);
  const copy = profileOf(BASE, row, { name: "copy", description: "mine" });
  expect(copy).toMatchObject({ name: "copy", description: "mine", phrases: [] });
});

test("the_row_for_a_mixture_mixes_to_it", () => {
  const weights = [0.1, 0.2, 0.3, 0.15, 0.25];
  softmax(rowFor({ weights, impacts: new Map() }).logits).forEach((w, i) => expect(w).toBeCloseTo(weights[i]!, 12));
});

test("names_are_lower-case_letters_digits_and_hyphens", () => {
  expect(isName("wall-labels-2")).toBe(true);
  for (const name of ["", "Wall", "wall labels", "标签"]) expect(isName(name)).toBe(false);
});

import { expect, test } from "vitest";
import { colourAt } from "./scale";

const lightness = ([r, g, b]: number[]) => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;

test("larger_values_are_always_lighter_so_the_scale_needs_no_hue", () => {
  const steps = Array.from({ length: 101 }, (_, i) => lightness(colourAt(i / 100)));
  for (let i = 1; i < steps.length; i++) expect(steps[i]!).toBeGreaterThan(steps[i - 1]!);
});

test("values_beyond_the_ends_take_the_end", () => {
  expect(colourAt(-1)).toEqual(colourAt(0));
  expect(colourAt(7)).toEqual(colourAt(1));
});

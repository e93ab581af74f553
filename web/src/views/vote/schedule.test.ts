import { expect, test } from "vitest";
import { random } from "../../agreement/random";
import { APART, schedule } from "./schedule";

const key = ({ left, right }: { left: number; right: number }) => [left, right].sort().join("-");

test("every_pair_is_shown_once_in_random_order_and_on_random_sides", () => {
  const shown = schedule(8, random(1));
  const first = shown.filter((pair) => !pair.repeat);
  expect(new Set(first.map(key)).size).toBe(28);
  expect(first).toHaveLength(28);
  const ordered = first.filter((pair) => pair.left < pair.right).length;
  expect(ordered).toBeGreaterThan(6);
  expect(ordered).toBeLessThan(22);
  expect(schedule(8, random(2))).not.toEqual(shown);
});

test("about_one_in_eight_comes_again_sides_swapped_with_at_least_five_pairs_between", () => {
  for (let seed = 0; seed < 200; seed++) {
    const shown = schedule(3 + (seed % 9), random(seed));
    const different = shown.filter((pair) => !pair.repeat).length;
    const repeats = shown.filter((pair) => pair.repeat);
    expect(repeats.length).toBe(Math.min(Math.round(different / 8), Math.max(0, different - APART)));
    for (const repeat of repeats) {
      const at = shown.indexOf(repeat);
      const first = shown.findIndex((pair) => !pair.repeat && key(pair) === key(repeat));
      expect(at - first - 1).toBeGreaterThanOrEqual(APART);
      expect(repeat).toMatchObject({ left: shown[first]!.right, right: shown[first]!.left });
    }
  }
});

test("of_few_pairs_every_picture_is_seen_about_as_often_as_the_others", () => {
  const seen = new Map<number, number>();
  for (const { left, right } of schedule(9, random(4), 18).filter((pair) => !pair.repeat)) {
    for (const place of [left, right]) seen.set(place, (seen.get(place) ?? 0) + 1);
  }
  expect(seen.size).toBe(9);
  expect(Math.max(...seen.values()) - Math.min(...seen.values())).toBeLessThanOrEqual(2);
});

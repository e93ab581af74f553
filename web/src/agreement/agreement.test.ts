import { expect, test } from "vitest";
import { alpha, alphaWithInterval } from "./alpha";
import { share } from "./interval";
import { random } from "./random";
import { between, consistency, exported, imported, leftShare, type Vote } from "./votes";

test("alpha_is_that_of_Krippendorff's_published_example", () => {
  // Four observers and twelve units, nominal data: 0.743 (Computing Krippendorff's Alpha-Reliability, 2011, part C).
  const table = [
    ["1", "2", "3", "3", "2", "1", "4", "1", "2", "", "", ""],
    ["1", "2", "3", "3", "2", "2", "4", "1", "2", "5", "", "3"],
    ["", "3", "3", "3", "2", "3", "4", "2", "2", "5", "1", ""],
    ["1", "2", "3", "3", "2", "4", "4", "1", "2", "5", "1", ""],
  ];
  const units = table[0]!.map((_, unit) => table.map((row) => row[unit]!).filter(Boolean));
  expect(alpha(units)).toBeCloseTo(0.743, 3);
});

test("alpha_is_1_for_full_agreement_about_0_for_chance_and_nothing_where_nothing_can_be_told_apart", () => {
  expect(alpha([["a", "a"], ["b", "b"]])).toBe(1);
  const next = random(3);
  const coin = () => (next() < 0.5 ? "a" : "b");
  const chance = alphaWithInterval([...Array(400)].map(() => [coin(), coin()]))!;
  expect(Math.abs(chance.value)).toBeLessThan(0.15);
  expect(chance.low).toBeLessThan(0);
  expect(chance.high).toBeGreaterThan(0);
  expect(alpha([["a", "a"], ["a", "a"]])).toBeUndefined();
  expect(alpha([["a"], ["b"]])).toBeUndefined();
});

test("a_share_near_1_has_an_interval_that_stays_in_range", () => {
  const told = share(10, 10)!;
  expect(told.high).toBeCloseTo(1, 12);
  expect(told.low).toBeCloseTo(0.722, 3);
  expect(share(0, 0)).toBeUndefined();
});

function vote(rater: string, pair: number, preferred: Vote["preferred"], repeat = false): Vote {
  const id = `${rater}-${pair}-${repeat}`;
  return { id, scenario: "s", prompt: "p", a: `a${pair}`, b: `b${pair}`, preferred, rater, left: "a", repeat };
}

test("a_rater_who_says_the_same_of_what_comes_again_agrees_with_themselves", () => {
  const votes = [vote("x", 1, "a"), vote("x", 2, "b"), vote("x", 1, "a", true), vote("x", 2, "tie", true)];
  expect(consistency(votes)).toMatchObject({ value: 0.5, pairs: 2 });
  expect(consistency(votes.slice(0, 2))).toBeUndefined();
});

test("only_pairs_that_two_have_judged_tell_how_raters_agree_and_repeats_do_not_count", () => {
  const votes = [
    vote("x", 1, "a"),
    vote("x", 2, "b"),
    vote("x", 3, "a"),
    vote("x", 1, "b", true),
    vote("y", 1, "a"),
    vote("y", 2, "b"),
  ];
  expect(between(votes)).toMatchObject({ raters: ["x", "y"], shared: 2, alpha: { value: 1 } });
});

test("a_rater_who_looks_at_the_left_only_is_told", () => {
  expect(leftShare([vote("x", 1, "a"), vote("x", 2, "a"), vote("x", 3, "tie")])).toMatchObject({ value: 1 });
});

test("what_is_exported_is_imported_again_and_lines_that_are_no_votes_are_named", () => {
  const votes = [vote("x", 1, "a"), vote("y", 1, "tie")];
  const { votes: again, bad } = imported(`${exported(votes)}no vote\n{"id":"1"}\n`);
  expect(again).toEqual(votes);
  expect(bad).toEqual([{ line: 3, why: "JSON" }, { line: 4, why: "scenario" }]);
});

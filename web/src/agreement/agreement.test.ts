import { expect, test } from "vitest";
import { alpha, alphaWithInterval } from "./alpha";
import { share } from "./interval";
import { random } from "./random";
import { between, consistency, exported, imported, leftShare, type Vote } from "./votes";

test("alpha is that of Krippendorff's published example", () => {
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

test("alpha is 1 for full agreement, about 0 for chance, and nothing where nothing can be told apart", () => {
  expect(alpha([["a", "a"], ["b", "b"]])).toBe(1); // prettier-ignore
  const next = random(3);
  const coin = () => (next() < 0.5 ? "a" : "b");
  const chance = alphaWithInterval([...Array(400)].map(() => [coin(), coin()]))!;
  expect(Math.abs(chance.value)).toBeLessThan(0.15);
  expect(chance.low).toBeLessThan(0);
  expect(chance.high).toBeGreaterThan(0);
  expect(alpha([["a", "a"], ["a", "a"]])).toBeUndefined(); // prettier-ignore
  expect(alpha([["a"], ["b"]])).toBeUndefined();
});

test("a share near 1 has an interval that stays in range", () => {
  const told = share(10, 10)!;
  expect(told.high).toBeCloseTo(1, 12);
  expect(told.low).toBeCloseTo(0.722, 3);
  expect(share(0, 0)).toBeUndefined();
});

function vote(rater: string, pair: number, preferred: Vote["preferred"], repeat = false): Vote {
  const id = `${rater}-${pair}-${repeat}`;
  return { id, scenario: "s", prompt: "p", a: `a${pair}`, b: `b${pair}`, preferred, rater, left: "a", repeat };
}

test("a rater who says the same of what comes again agrees with themselves", () => {
  const votes = [vote("x", 1, "a"), vote("x", 2, "b"), vote("x", 1, "a", true), vote("x", 2, "tie", true)];
  expect(consistency(votes)).toMatchObject({ value: 0.5, pairs: 2 });
  expect(consistency(votes.slice(0, 2))).toBeUndefined();
});

test("only pairs that two have judged tell how raters agree, and repeats do not count", () => {
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

test("a rater who looks at the left only is told", () => {
  expect(leftShare([vote("x", 1, "a"), vote("x", 2, "a"), vote("x", 3, "tie")])).toMatchObject({ value: 1 });
});

test("what is exported is imported again, and lines that are no votes are named", () => {
  const votes = [vote("x", 1, "a"), vote("y", 1, "tie")];
  const { votes: again, bad } = imported(`${exported(votes)}no vote\n{"id":"1"}\n`);
  expect(again).toEqual(votes);
  expect(bad).toEqual([{ line: 3, why: "JSON" }, { line: 4, why: "scenario" }]); // prettier-ignore
});

import { expect, test } from "vitest";
import { cellsOf, outlineOf } from "./outline";

// Rows of a drawing, # inside, as a run-length mask.
function mask(...rows: string[]) {
  const counts: number[] = [];
  let [now, run] = [".", 0];
  for (const cell of rows.join("")) {
    if (cell === now) run++;
    else {
      counts.push(run);
      [now, run] = [cell, 1];
    }
  }
  counts.push(run);
  return { width: rows[0]!.length, height: rows.length, counts };
}

// The area that a path encloses, by the shoelace formula; holes count against it.
function area(path: string): number {
  let sum = 0;
  for (const line of path.split("Z").filter(Boolean)) {
    const points = line.slice(1).split("L").map((point) => point.split(" ").map(Number) as [number, number]);
    points.forEach(([x, y], i) => {
      const [nextX, nextY] = points[(i + 1) % points.length]!;
      sum += x * nextY - nextX * y;
    });
  }
  return sum / 2;
}

test("runs_start_outside_and_alternate", () => {
  expect([...cellsOf({ width: 3, height: 2, counts: [1, 2, 1, 2] })]).toEqual([0, 1, 1, 0, 1, 1]);
  expect([...cellsOf({ width: 2, height: 1, counts: [0, 2] })]).toEqual([1, 1]);
});

test("one_cell_becomes_a_diamond_in_the_picture's_pixels", () => {
  expect(outlineOf(mask("...", ".#.", "..."), { width: 30, height: 60 })).toBe("M15 20L20 30L15 40L10 30Z");
});

test("the_outline_keeps_a_large_shape's_area", () => {
  const rows = Array.from({ length: 20 }, (_, y) => (y > 1 && y < 18 ? `..${"#".repeat(16)}..` : ".".repeat(20)));
  // Each of the four corners loses an eighth of a cell.
  expect(area(outlineOf(mask(...rows), { width: 20, height: 20 }))).toBeCloseTo(16 * 16 - 4 / 8, 1);
});

test("parts_and_holes_have_outlines_of_their_own", () => {
  const path = outlineOf(mask("######", "#....#", "#.##.#", "#....#", "######"), { width: 6, height: 5 });
  expect(path.split("Z").filter(Boolean)).toHaveLength(3);
  expect(area(path)).toBeGreaterThan(0);
});

test("cells_that_touch_at_a_corner_only_end_the_walk", () => {
  expect(outlineOf(mask("#.", ".#"), { width: 2, height: 2 }).split("Z").filter(Boolean)).toHaveLength(2);
});

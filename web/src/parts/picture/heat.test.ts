import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { HeatMapSchema } from "../../gen/cpaiqa/common/v1/picture_pb";
import { pixelsOf, worstOf } from "./HeatLayer";

const map = create(HeatMapSchema, { width: 3, height: 1, cells: new Uint8Array([0, 20, 51]) });

test("a_sound_cell_is_clear_and_the_worst_is_solid", () => {
  const alpha = [...pixelsOf(map)].filter((_, i) => i % 4 === 3);
  expect(alpha[0]).toBe(0);
  expect(alpha[1]).toBeGreaterThan(60);
  expect(alpha[1]).toBeLessThan(200);
  expect(alpha[2]).toBe(255);
  expect(worstOf(map)).toBeCloseTo(0.2);
});

test("a_map_without_any_fault_shows_nothing", () => {
  const clear = create(HeatMapSchema, { width: 2, height: 1, cells: new Uint8Array(2) });
  expect([...pixelsOf(clear)].filter((_, i) => i % 4 === 3)).toEqual([0, 0]);
});

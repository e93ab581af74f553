import { expect, test } from "vitest";
import type { Shown } from "./data";
import { cornerOf, marksOf } from "./marks";

test("parts_in_one_place_share_a_box_and_cheap_or_placeless_faults_are_not_marked", () => {
  const fault = (type: string, peak: [number, number] | null = [1, 1]) => ({ type, severity: 0.1, peak, bbox: null });
  const shown: Shown = {
    row: 0,
    points_lost: [["edge_blur", 2], ["detail_loss", 0.4], ["anatomical_error", 9], ["moire", 5]],
    descriptors: [
      { text: "dog", presence: 0.9, bbox: [1, 2, 3, 4] },
      { text: "black dog", presence: 0.8, bbox: [1, 2, 3, 4] },
      { text: "cat", presence: 0.1, bbox: [5, 5, 5, 5] },
      { text: "sky", presence: 0.9, bbox: null },
    ],
    attributes: [],
    distortions: [fault("edge_blur"), fault("detail_loss"), fault("anatomical_error"), fault("moire", null)],
    thumbnail: { error: "none" },
  };
  const { found, faults } = marksOf(shown);
  expect(found).toEqual([{ names: ["dog", "black dog"], bbox: [1, 2, 3, 4] }]);
  expect(faults.map(({ type }) => type)).toEqual(["anatomical_error", "edge_blur"]);
});

test("numbers_of_boxes_in_one_corner_stand_beside_one_another", () => {
  const found = [{ names: ["a"], bbox: [50, 50, 50, 50] }, { names: ["b"], bbox: [55, 55, 55, 55] }] as Parameters<typeof cornerOf>[0];
  expect([cornerOf(found, 0, 1), cornerOf(found, 1, 1)]).toEqual([[61, 61], [86, 66]]);
});

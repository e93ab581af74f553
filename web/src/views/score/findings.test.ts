import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { DistortionType } from "../../gen/cpaiqa/common/v1/measurement_pb";
import { ScoreResponseSchema } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { descriptorsOf, regionsOf } from "../../parts/picture/links";
import { attributesIn, descriptorsIn, foundIn, notAssessed, shownAmong, standing } from "./findings";

const map = { width: 1, height: 1, cells: new Uint8Array([9]) };
const answer = create(ScoreResponseSchema, {
  pointsLost: [
    { name: "edge_blur", points: 1 },
    { name: "moire", points: 4 },
    { name: "fidelity", points: 9 },
  ],
  distortions: [
    { type: DistortionType.EDGE_BLUR, severity: 0.1, impact: 0.5, map },
    { type: DistortionType.DETAIL_LOSS },
    { otherType: "moire", severity: 0.3, impact: 0.4 },
  ],
  descriptors: [
    { descriptor: { text: "cat" }, presence: 0.9, bbox: { x: 1, y: 2, width: 3, height: 4 } },
    { descriptor: { text: "crown" }, presence: 0.2 },
    { descriptor: { text: "throne" } },
    { descriptor: { text: "fur" }, presence: 0.6, bbox: { x: 1, y: 2, width: 3, height: 4 } },
  ],
  attributes: [
    { attribute: { text: "royal" }, presence: 0.8 },
    { attribute: { text: "dramatic" }, presence: 0.3 },
    { attribute: { text: "calm" } },
  ],
  regions: [{ bbox: { x: 1, y: 2, width: 3, height: 4 }, descriptor: "cat" }, { descriptor: "crown" }, {}],
});

test("distortions_come_by_their_points_also_types_beyond_the_twelve", () => {
  expect(foundIn(answer).map(({ name, points }) => [name, points])).toEqual([
    ["moire", 4],
    ["edge_blur", 1],
  ]);
  expect(notAssessed(answer)).toEqual(["detail_loss"]);
});

test("the_map_that_is_shown_is_the_chosen_one_else_the_first_there_is", () => {
  expect(shownAmong(foundIn(answer), null)?.name).toBe("edge_blur");
  expect(shownAmong(foundIn(answer), "moire")?.name).toBe("moire");
});

test("what_is_missing_comes_first_and_what_was_not_measured_last", () => {
  expect(descriptorsIn(answer).map(({ index }) => index)).toEqual([1, 3, 0, 2]);
  expect([0.49, 0.5, 0.75, undefined].map(standing)).toEqual(["missing", "doubtful", "found", "unknown"]);
});

test("weak_attributes_are_told_apart_from_those_that_were_not_measured", () => {
  const { missing, shown } = attributesIn(answer);
  expect(missing.map(({ attribute }) => attribute?.text)).toEqual(["dramatic"]);
  expect(shown.map(({ attribute }) => attribute?.text)).toEqual(["royal", "calm"]);
});

test("a_region_and_what_was_found_in_it_point_at_each_other", () => {
  expect([...regionsOf(answer, { list: "descriptor", index: 1 })]).toEqual([1]);
  // By the box alone: the region was given to another part of the prompt.
  expect([...regionsOf(answer, { list: "descriptor", index: 3 })]).toEqual([0]);
  expect([...descriptorsOf(answer, { list: "region", index: 0 })]).toEqual([0, 3]);
  expect([...descriptorsOf(answer, { list: "region", index: 2 })]).toEqual([]);
  expect([...regionsOf(answer, null)]).toEqual([]);
});

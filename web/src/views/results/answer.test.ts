import { expect, test } from "vitest";
import { Verdict } from "../../gen/cpaiqa/scenario/v1/scenario_service_pb";
import { DistortionType } from "../../gen/cpaiqa/common/v1/measurement_pb";
import { answerOf } from "./answer";

test("a_line_is_the_answer_that_it_was", () => {
  const answer = answerOf({
    measurement_id: "00ff",
    score: 50,
    interval: [40, 60],
    scenario: { name: "general", revision: 2, distribution: { general: 1 }, weights: { fidelity: 1 }, temperature: 8 },
    verdict: { verdict: "reject", rules: ["reject: score < 60"] },
    components: { fidelity: 0.5, aesthetics: null },
    points_lost: { fidelity: 50 },
    descriptors: [{ text: "two cats", kind: "object", count: 2, presence: 0.5, bbox: [1, 2, 3, 4], judged_by: "count", counted: 1 }],
    distortions: [{ type: "edge_blur", severity: 0.5, impact: 0.4, peak: [3, 4] }, { type: "moire", severity: null, impact: 0 }],
  });
  expect(answer).toMatchObject({ id: "00ff", score: 50, intervalLow: 40, components: { fidelity: 0.5 } });
  expect(answer.components?.aesthetics).toBeUndefined();
  expect(answer.decision).toMatchObject({ verdict: Verdict.REJECT, rules: ["reject: score < 60"] });
  expect(answer.descriptors[0]).toMatchObject({ bbox: { x: 1, height: 4 }, counted: 1 });
  expect(answer.distortions.map((one) => [one.type, one.otherType])).toEqual([
    [DistortionType.EDGE_BLUR, ""],
    [DistortionType.UNSPECIFIED, "moire"],
  ]);
  expect(answer.distortions[1]!.severity).toBeUndefined();
});

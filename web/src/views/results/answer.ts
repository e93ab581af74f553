// A line of results as the answer that it was, for the parts that show answers.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ComponentsSchema, DistortionType } from "../../gen/cpaiqa/common/v1/measurement_pb";
import { AttributeKind, AttributeSource, DescriptorKind, Judge } from "../../gen/cpaiqa/common/v1/prompt_pb";
import { Action, Outcome, ScoreResponseSchema, type ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { Verdict } from "../../gen/cpaiqa/scenario/v1/scenario_service_pb";
import { componentNames } from "../../parts/names";

// As batch writes it; whatever is missing is left out.
type Json = any;

/** An enum's value by its name in JSON. */
function value<E extends { UNSPECIFIED: number }>(names: E, name: unknown): E[keyof E] {
  const found = typeof name === "string" ? names[name.toUpperCase() as keyof E] : undefined;
  return found ?? names["UNSPECIFIED" as keyof E];
}

const list = (value: Json): Json[] => (Array.isArray(value) ? value.filter((one) => typeof one === "object" && one !== null) : []);
const told = (value: Json) => value ?? undefined;
const box = (value: Json) => (Array.isArray(value) ? { x: value[0], y: value[1], width: value[2], height: value[3] } : undefined);
const point = (value: Json) => (Array.isArray(value) ? { x: value[0], y: value[1] } : undefined);

function components(values: Json): MessageInitShape<typeof ComponentsSchema> {
  return Object.fromEntries(componentNames.map(([name, field]) => [field, told(values?.[name])]));
}

function type(name: string) {
  const known = value(DistortionType, name);
  return { type: known, otherType: known === DistortionType.UNSPECIFIED ? name : "" };
}

export function answerOf(line: Json): ScoreResponse {
  const { scenario, verdict } = line;
  return create(ScoreResponseSchema, {
    id: line.measurement_id ?? "",
    score: line.score,
    intervalLow: line.interval?.[0],
    intervalHigh: line.interval?.[1],
    scenario: scenario && {
      name: scenario.name,
      revision: scenario.revision,
      temperature: scenario.temperature ?? 10,
      weights: components(scenario.weights),
      distribution: Object.entries(scenario.distribution ?? { [scenario.name]: 1 }).map(([name, probability]) => ({
        name,
        probability: probability as number,
      })),
    },
    components: components(line.components),
    pointsLost: Object.entries(line.points_lost ?? {}).map(([name, points]) => ({ name, points: points as number })),
    descriptors: list(line.descriptors).map((one) => ({
      descriptor: {
        text: one.text,
        kind: value(DescriptorKind, one.kind),
        count: told(one.count),
        atLeast: one.at_least === true,
      },
      presence: told(one.presence),
      bbox: box(one.bbox),
      judgedBy: value(Judge, one.judged_by),
      counted: told(one.counted),
    })),
    attributes: list(line.attributes).map((one) => ({
      attribute: { text: one.text, kind: value(AttributeKind, one.kind), source: value(AttributeSource, one.source) },
      presence: told(one.presence),
    })),
    regions: list(line.regions).map((one) => ({
      bbox: box(one.bbox),
      area: one.area,
      stability: one.stability,
      descriptor: told(one.descriptor),
    })),
    distortions: list(line.distortions).map((one) => ({
      ...type(one.type),
      severity: told(one.severity),
      impact: one.impact,
      peak: point(one.peak),
      bbox: box(one.bbox),
    })),
    degraded: list(line.degraded).map(({ stage, reason }) => ({ stage, reason })),
    notes: line.notes ?? [],
    models: list(line.models).map(({ role, name, version, sha256, provider }) => ({
      role,
      name,
      version,
      sha256: sha256 ?? "",
      provider: provider ?? "",
    })),
    stages: list(line.stages).map(({ name, ms, outcome }) => ({ name, milliseconds: ms, outcome: value(Outcome, outcome) })),
    decision: verdict ? { verdict: value(Verdict, verdict.verdict), rules: verdict.rules ?? [] } : undefined,
    suggestions: list(line.suggestions).map((one) => ({
      action: value(Action, one.action),
      what: one.what,
      points: one.points,
      bbox: box(one.bbox),
    })),
  });
}

// @vitest-environment node
// The page's formula against answers of a real gateway, kept in agrees.json. They are fetched anew with
//   CPAIQA_URL=http://127.0.0.1:50051 npx vitest run src/fusion/agrees.test.ts
import { readFileSync, writeFileSync } from "node:fs";
import { fromJson, toJson, type JsonValue } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { expect, test } from "vitest";
import {
  CompareResponseSchema,
  ListScenariosResponseSchema,
  QualityService,
  RankResponseSchema,
  RescoreResponseSchema,
  type CompareResponse,
  type ListScenariosResponse,
  type RankResponse,
  type RescoreResponse,
} from "../gen/cpaiqa/quality/v1/quality_service_pb";
import { contextOf } from "./context";
import { fuse, measured } from "./fuse";
import { likelyBest, preferred, reasons } from "./preferred";

const HERE = new URL("./agrees.json", import.meta.url);
const PICTURES = [
  ["cat-on-throne.jpg", "A cat on a golden throne in a gothic hall, in the style of an oil painting"],
  ["ladybug-on-rose.jpg", "A vibrant red ladybug rests on a blooming deep purple rose"],
];
const TEXT = "a poster for a museum shop and for social media";

const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(`../../../examples/${name}`, import.meta.url)));

interface Answers {
  scenarios: ListScenariosResponse;
  scores: RescoreResponse;
  /** Of both pictures, for the first one's prompt. */
  rank: RankResponse;
  compare: CompareResponse;
}

async function fetched(address: string): Promise<Answers> {
  const quality = createClient(QualityService, createGrpcWebTransport({ baseUrl: address }));
  const ids: string[] = [];
  for (const [name, prompt] of PICTURES) {
    ids.push((await quality.score({ picture: { data: bytesOf(name!) }, prompt })).id);
  }
  const scenarios = await quality.listScenarios({});
  const names = scenarios.scenarios.map(({ name }) => ({ selector: { case: "name" as const, value: name } }));
  const selectors = [...names, { selector: { case: "text" as const, value: TEXT } }];
  const scores = await quality.rescore({ ids, scenarios: selectors });
  const prompt = PICTURES[0]![1]!;
  const [a, b] = PICTURES.map(([name]) => ({ data: bytesOf(name!) }));
  const compare = await quality.compare({ a, b, prompt });
  const rank = await quality.rank({ candidates: [{ id: "a", picture: a }, { id: "b", picture: b }], prompt });
  // What takes part in the formula is kept, no more.
  const ranked = rank.ranked.flatMap(({ result }) => (result.case === "score" ? [result.value] : []));
  for (const score of [...scores.scores, ...ranked, compare.a!, compare.b!]) Object.assign(score, { descriptors: [], attributes: [], regions: [], models: [] });
  for (const scenario of scenarios.scenarios) scenario.phrases = [];
  const json = {
    scenarios: toJson(ListScenariosResponseSchema, scenarios),
    scores: toJson(RescoreResponseSchema, scores),
    rank: toJson(RankResponseSchema, rank),
    compare: toJson(CompareResponseSchema, compare),
  };
  writeFileSync(HERE, `${JSON.stringify(json)}\n`);
  return { scenarios, scores, rank, compare };
}

function kept(): Answers {
  const json = JSON.parse(readFileSync(HERE, "utf8")) as Record<keyof Answers, JsonValue>;
  return {
    scenarios: fromJson(ListScenariosResponseSchema, json.scenarios),
    scores: fromJson(RescoreResponseSchema, json.scores),
    rank: fromJson(RankResponseSchema, json.rank),
    compare: fromJson(CompareResponseSchema, json.compare),
  };
}

const address = process.env.CPAIQA_URL;
const { scenarios, scores, rank, compare } = address ? await fetched(address) : kept();

test("the_page's_score_weights_interval_and_points_lost_are_the_gateway's_under_every_scenario_and_a_mixture", () => {
  expect(scores.scores.length).toBe(2 * (scenarios.scenarios.length + 1));
  expect(scores.scores.some((score) => score.scenario!.distribution.length > 1)).toBe(true);
  for (const score of scores.scores) {
    const told = score.scenario!;
    const fused = fuse(contextOf(scenarios.scenarios, told.distribution)!, measured(score))!;
    expect(Math.abs(fused.score - score.score)).toBeLessThan(1e-6);
    expect(Math.abs(fused.low - score.intervalLow)).toBeLessThan(1e-6);
    expect(Math.abs(fused.high - score.intervalHigh)).toBeLessThan(1e-6);
    expect(Math.abs(fused.weights[0]! - told.weights!.globalAlignment!)).toBeLessThan(1e-9);
    const points = new Map(fused.pointsLost.map(({ name, points }) => [name, points]));
    expect(points.size).toBe(score.pointsLost.length);
    for (const lost of score.pointsLost) expect(Math.abs(points.get(lost.name)! - lost.points)).toBeLessThan(1e-6);
  }
});

test("likelihoods_and_reasons_are_those_of_Compare_and_Rank", () => {
  const [a, b] = [compare.a!, compare.b!];
  const temperature = a.scenario!.temperature;
  expect(a.score - b.score).toBeCloseTo(compare.lead, 9);
  expect(preferred(compare.lead, temperature)).toBeCloseTo(compare.aPreferred, 9);
  const told = new Map(reasons(a, b).map(({ name, points }) => [name, points]));
  expect(told.size).toBe(compare.reasons.length);
  for (const { name, points } of compare.reasons) expect(told.get(name)).toBeCloseTo(points, 9);
  const scores = rank.ranked.map(({ result }) => (result.case === "score" ? result.value.score : NaN));
  likelyBest(scores, temperature).forEach((best, i) => expect(best).toBeCloseTo(rank.ranked[i]!.best, 9));
});

// @vitest-environment node
// The page's formula against answers of a real gateway, kept in agrees.json. They are fetched anew with
//   CPAIQA_URL=http://127.0.0.1:50051 npx vitest run src/fusion/agrees.test.ts
import { readFileSync, writeFileSync } from "node:fs";
import { fromJson, toJson, type JsonValue } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { expect, test } from "vitest";
import {
  ListScenariosResponseSchema,
  QualityService,
  RescoreResponseSchema,
  type ListScenariosResponse,
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

interface Answers {
  scenarios: ListScenariosResponse;
  scores: RescoreResponse;
}

async function fetched(address: string): Promise<Answers> {
  const quality = createClient(QualityService, createGrpcWebTransport({ baseUrl: address }));
  const ids: string[] = [];
  for (const [name, prompt] of PICTURES) {
    const data = new Uint8Array(readFileSync(new URL(`../../../examples/${name}`, import.meta.url)));
    ids.push((await quality.score({ picture: { data }, prompt })).id);
  }
  const scenarios = await quality.listScenarios({});
  const names = scenarios.scenarios.map(({ name }) => ({ selector: { case: "name" as const, value: name } }));
  const selectors = [...names, { selector: { case: "text" as const, value: TEXT } }];
  const scores = await quality.rescore({ ids, scenarios: selectors });
  // What takes part in the formula is kept, no more.
  for (const score of scores.scores) Object.assign(score, { descriptors: [], attributes: [], regions: [], models: [] });
  for (const scenario of scenarios.scenarios) scenario.phrases = [];
  const json = {
    scenarios: toJson(ListScenariosResponseSchema, scenarios),
    scores: toJson(RescoreResponseSchema, scores),
  };
  writeFileSync(HERE, `${JSON.stringify(json)}\n`);
  return { scenarios, scores };
}

function kept(): Answers {
  const json = JSON.parse(readFileSync(HERE, "utf8")) as { scenarios: JsonValue; scores: JsonValue };
  return {
    scenarios: fromJson(ListScenariosResponseSchema, json.scenarios),
    scores: fromJson(RescoreResponseSchema, json.scores),
  };
}

const address = process.env.CPAIQA_URL;
const { scenarios, scores } = address ? await fetched(address) : kept();

test("the page's score, weights, interval and points lost are the gateway's, under every scenario and a mixture", () => {
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

test("reasons sum to the lead", () => {
  const half = scores.scores.length / 2;
  const [a, b] = [scores.scores[0]!, scores.scores[half]!];
  const sum = reasons(a, b).reduce((total, { points }) => total + points, 0);
  expect(sum).toBeCloseTo(a.score - b.score, 6);
  expect(preferred(a.score - b.score, 10)).toBeCloseTo(likelyBest([a.score, b.score], 10)[0]!, 12);
});

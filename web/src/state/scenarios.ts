// The scenarios there are, as the gateway lists them.
import { signal } from "@preact/signals";
import { create } from "@bufbuild/protobuf";
import { quality } from "../api/transport";
import { troubleOf, type Trouble } from "../api/trouble";
import {
  ScenarioSelectorSchema,
  type ScenarioProfile,
  type ScenarioSelector,
} from "../gen/cpaiqa/scenario/v1/scenario_service_pb";

/** Which scenario a person chose: by name, in free text, or the gateway's default (an empty name). */
export interface ScenarioChoice {
  by: "name" | "text";
  name: string;
  text: string;
}

export const noChoice: ScenarioChoice = { by: "name", name: "", text: "" };

/** In the gateway's order; empty until they have come. */
export const scenarios = signal<ScenarioProfile[]>([]);
export const scenariosTrouble = signal<Trouble | null>(null);
let coming = false;

/** Fetches the list; called again, it fetches anew. */
export async function fetchScenarios(): Promise<void> {
  if (coming) return;
  coming = true;
  try {
    scenarios.value = (await quality.listScenarios({})).scenarios;
    scenariosTrouble.value = null;
  } catch (error) {
    scenariosTrouble.value = troubleOf(error);
  } finally {
    coming = false;
  }
}

/** The choice as a request says it; undefined for the default. */
export function selectorOf(choice: ScenarioChoice): ScenarioSelector | undefined {
  const value = (choice.by === "name" ? choice.name : choice.text).trim();
  if (!value) return undefined;
  return create(ScenarioSelectorSchema, { selector: { case: choice.by, value } });
}

// Scores one picture and tells of each stage as it ends.
import type { ScoreResponse, Stage } from "../gen/cpaiqa/quality/v1/quality_service_pb";
import { selectorOf, type ScenarioChoice } from "../state/scenarios";
import { quality } from "./transport";
import { PageTrouble } from "./trouble";

export interface Asked {
  bytes: Uint8Array<ArrayBuffer>;
  prompt: string;
  choice: ScenarioChoice;
}

/** The answer with maps and suggestions; throws as the call does. */
export async function scoreWatched(asked: Asked, onStage: (stage: Stage) => void, signal: AbortSignal): Promise<ScoreResponse> {
  const { bytes, prompt, choice } = asked;
  const request = {
    picture: { data: bytes },
    prompt,
    scenario: selectorOf(choice),
    includeMaps: true,
    includeSuggestions: true,
  };
  for await (const { event } of quality.scoreProgress({ request }, { signal })) {
    if (event.case === "stage") onStage(event.value);
    if (event.case === "score") return event.value;
  }
  throw new PageTrouble({ kind: "broken", detail: "the gateway ended the call without a score" });
}

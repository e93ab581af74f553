// Pictures that were scored since the page was opened, for the views that take up what another one left.
import { signal } from "@preact/signals";
import type { ScoreResponse } from "../gen/cpaiqa/quality/v1/quality_service_pb";

export interface ScoredPicture {
  name: string;
  picture: Blob;
  prompt: string;
  score: ScoreResponse;
}

/** The oldest first; the same measurement stands once, as it was scored last. */
export const scoredPictures = signal<ScoredPicture[]>([]);

/** So many are kept, for they hold their pictures. */
const MOST = 200;

export function rememberScored(scored: ScoredPicture): void {
  const others = scoredPictures.peek().filter((one) => one.score.id !== scored.score.id);
  scoredPictures.value = [...others, scored].slice(-MOST);
}

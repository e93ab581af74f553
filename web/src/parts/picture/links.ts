// What belongs together: parts of the prompt, and regions of the picture.
import type { ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";

/** Something that is pointed at, by its place in the answer's list. */
export interface Pointed {
  list: "region" | "descriptor" | "suggestion";
  index: number;
}

type Linked = Pick<ScoreResponse, "regions" | "descriptors">;

/** The regions that light up. */
export function regionsOf({ regions, descriptors }: Linked, pointed: Pointed | null): Set<number> {
  if (pointed?.list === "region") return new Set([pointed.index]);
  if (pointed?.list !== "descriptor") return new Set();
  const text = descriptors[pointed.index]?.descriptor?.text;
  const own = regions.flatMap((region, index) => (text !== undefined && region.descriptor === text ? [index] : []));
  return new Set(own);
}

/** The parts of the prompt that light up. */
export function descriptorsOf({ regions, descriptors }: Linked, pointed: Pointed | null): Set<number> {
  if (pointed?.list === "descriptor") return new Set([pointed.index]);
  if (pointed?.list !== "region") return new Set();
  const text = regions[pointed.index]?.descriptor;
  return new Set(descriptors.flatMap(({ descriptor }, index) => (text !== undefined && descriptor?.text === text ? [index] : [])));
}

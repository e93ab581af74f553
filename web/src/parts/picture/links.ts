// What belongs together: parts of the prompt, and regions of the picture.
import type { BoundingBox } from "../../gen/cpaiqa/common/v1/picture_pb";
import type { ScoredDescriptor, ScoredRegion, ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";

/** Something that is pointed at, by its place in the answer's list. */
export interface Pointed {
  list: "region" | "descriptor" | "suggestion";
  index: number;
}

// The service gives a descriptor the box of the region that it was found in.
const sameBox = (a: BoundingBox | undefined, b: BoundingBox | undefined) =>
  a !== undefined && b !== undefined && a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;

const belong = (region: ScoredRegion, one: ScoredDescriptor | undefined) =>
  one !== undefined && ((region.descriptor !== undefined && region.descriptor === one.descriptor?.text) || sameBox(region.bbox, one.bbox));

type Linked = Pick<ScoreResponse, "regions" | "descriptors">;

/** The regions that light up. */
export function regionsOf({ regions, descriptors }: Linked, pointed: Pointed | null): Set<number> {
  if (pointed?.list === "region") return new Set([pointed.index]);
  if (pointed?.list !== "descriptor") return new Set();
  const one = descriptors[pointed.index];
  return new Set(regions.flatMap((region, index) => (belong(region, one) ? [index] : [])));
}

/** The parts of the prompt that light up. */
export function descriptorsOf({ regions, descriptors }: Linked, pointed: Pointed | null): Set<number> {
  if (pointed?.list === "descriptor") return new Set([pointed.index]);
  if (pointed?.list !== "region") return new Set();
  const region = regions[pointed.index];
  return new Set(descriptors.flatMap((one, index) => (region && belong(region, one) ? [index] : [])));
}

// The names that the gateway's JSON uses, from the enums of its protos.
import { DistortionType } from "../gen/cpaiqa/common/v1/measurement_pb";
import { AttributeKind, DescriptorKind, Judge } from "../gen/cpaiqa/common/v1/prompt_pb";
import type { ScoredDistortion } from "../gen/cpaiqa/quality/v1/quality_service_pb";

/** The components in their usual order, by the names of `points_lost` and of the proto's fields. */
export const componentNames = [
  ["global_alignment", "globalAlignment"],
  ["local_alignment", "localAlignment"],
  ["attribute_consistency", "attributeConsistency"],
  ["fidelity", "fidelity"],
  ["aesthetics", "aesthetics"],
] as const;

/** A distortion's name, such as `edge_blur`, also of a type beyond the twelve. */
export function distortionName({ type, otherType }: Pick<ScoredDistortion, "type" | "otherType">): string {
  return type === DistortionType.UNSPECIFIED ? otherType : DistortionType[type].toLowerCase();
}

/** "object", "color", …; empty when unspecified. */
export const descriptorKind = (kind: DescriptorKind): string =>
  kind === DescriptorKind.UNSPECIFIED ? "" : DescriptorKind[kind].toLowerCase();

/** "style", "mood", …; empty when unspecified. */
export const attributeKind = (kind: AttributeKind): string =>
  kind === AttributeKind.UNSPECIFIED ? "" : AttributeKind[kind].toLowerCase();

/** "similarity", "count", "geometry"; empty when nothing was judged. */
export const judgeName = (judge: Judge): string => (judge === Judge.UNSPECIFIED ? "" : Judge[judge].toLowerCase());

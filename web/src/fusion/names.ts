// The names of what is measured, as in JSON, and where messages hold them.
import { DistortionType, type Components } from "../gen/cpaiqa/common/v1/measurement_pb";

/** The five components, in the order of every list of them. */
export const COMPONENTS = [
  "global_alignment",
  "local_alignment",
  "attribute_consistency",
  "fidelity",
  "aesthetics",
] as const;
export type Component = (typeof COMPONENTS)[number];

/** One value a component, in the order of COMPONENTS; undefined where nothing was measured. */
export type Five = (number | undefined)[];

/** The twelve distortion types, in the order of their numbers. */
export const DISTORTIONS: string[] = Object.values(DistortionType)
  .filter((type): type is DistortionType => typeof type === "number" && type !== DistortionType.UNSPECIFIED)
  .map((type) => DistortionType[type].toLowerCase());

export function five(components: Components | undefined): Five {
  const c = components;
  return [c?.globalAlignment, c?.localAlignment, c?.attributeConsistency, c?.fidelity, c?.aesthetics];
}

/** A distortion's name; `other` is that of a type beyond the twelve. */
export function distortionName(found: { type: DistortionType; otherType: string }): string {
  return found.type === DistortionType.UNSPECIFIED ? found.otherType : DistortionType[found.type]!.toLowerCase();
}

/** The message's way to name a distortion. */
export function distortionType(name: string): { type: DistortionType; otherType: string } {
  const known = DISTORTIONS.indexOf(name) + 1;
  return { type: known, otherType: known === 0 ? name : "" };
}

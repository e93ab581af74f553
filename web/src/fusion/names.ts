// The names of what is measured, as in JSON, and where messages hold them.
import { DistortionType, type Components } from "../gen/cpaiqa/common/v1/measurement_pb";
import { componentNames } from "../parts/names";

export { distortionName } from "../parts/names";

/** The five components, in the order of every list of them. */
export const COMPONENTS = componentNames.map(([name]) => name);

/** One value a component, in the order of COMPONENTS; undefined where nothing was measured. */
export type Five = (number | undefined)[];

/** The twelve distortion types, in the order of their numbers. */
export const DISTORTIONS: string[] = Object.values(DistortionType)
  .filter((type): type is DistortionType => typeof type === "number" && type !== DistortionType.UNSPECIFIED)
  .map((type) => DistortionType[type].toLowerCase());

export function five(components: Components | undefined): Five {
  return componentNames.map(([, field]) => components?.[field]);
}

/** The message's way to name a distortion. */
export function distortionType(name: string): { type: DistortionType; otherType: string } {
  const known = DISTORTIONS.indexOf(name) + 1;
  return { type: known, otherType: known === 0 ? name : "" };
}

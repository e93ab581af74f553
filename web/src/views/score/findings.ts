// What an answer says, in the order in which a person wants to know it.
import type { HeatMap, Point } from "../../gen/cpaiqa/common/v1/picture_pb";
import type { ScoredAttribute, ScoredDescriptor, ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { distortionName } from "../../parts/names";

/** A distortion that was assessed. */
export interface Found {
  name: string;
  severity: number;
  impact: number;
  /** Points that it cost. */
  points: number;
  map: HeatMap | undefined;
  peak: Point | undefined;
}

/** Those that cost the most points first. */
export function foundIn(answer: ScoreResponse): Found[] {
  const points = new Map(answer.pointsLost.map((lost) => [lost.name, lost.points]));
  const found = answer.distortions.flatMap((one) => {
    if (one.severity === undefined) return [];
    const name = distortionName(one);
    return [{ name, severity: one.severity, impact: one.impact, points: points.get(name) ?? 0, map: one.map, peak: one.peak }];
  });
  return found.sort((a, b) => b.points - a.points || b.severity - a.severity);
}

/** The one whose map is shown: the chosen one, else the one that cost the most and has a map. */
export const shownAmong = (found: Found[], chosen: string | null): Found | undefined =>
  found.find(({ name }) => name === chosen) ?? found.find(({ map }) => map !== undefined);

/** The names of those that nobody assessed. */
export const notAssessed = (answer: ScoreResponse): string[] =>
  answer.distortions.filter(({ severity }) => severity === undefined).map(distortionName);

/** Below `missingBelow` something is missing, below `doubtfulBelow` doubtful. */
export const missingBelow = 0.5;
export const doubtfulBelow = 0.75;

export type Standing = "found" | "doubtful" | "missing" | "unknown";

/** How a presence, [0, 1], is called. */
export function standing(presence: number | undefined): Standing {
  if (presence === undefined) return "unknown";
  if (presence < missingBelow) return "missing";
  return presence < doubtfulBelow ? "doubtful" : "found";
}

/** Descriptors with their places in the answer, what is missing first. */
export function descriptorsIn(answer: ScoreResponse): { index: number; one: ScoredDescriptor }[] {
  const order: Standing[] = ["missing", "doubtful", "found", "unknown"];
  const rank = (one: ScoredDescriptor) => order.indexOf(standing(one.presence));
  return answer.descriptors.map((one, index) => ({ one, index })).sort((a, b) => rank(a.one) - rank(b.one));
}

/** Attributes that the picture shows weakly or not, and the others. */
export function attributesIn(answer: ScoreResponse): { missing: ScoredAttribute[]; shown: ScoredAttribute[] } {
  const weak = ({ presence }: ScoredAttribute) => presence !== undefined && presence < doubtfulBelow;
  return { missing: answer.attributes.filter(weak), shown: answer.attributes.filter((one) => !weak(one)) };
}

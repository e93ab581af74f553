// What leads in points mean for people's choices, as Compare and Rank of the gateway tell it.
import type { ScoreResponse } from "../gen/cpaiqa/quality/v1/quality_service_pb";

/** How likely people prefer the one that leads by `lead` points: 0.73 for a lead of `temperature`. */
export function preferred(lead: number, temperature: number): number {
  return 1 / (1 + Math.exp(-lead / temperature));
}

/** How likely each of `scores` is preferred to all others; they sum to 1. */
export function likelyBest(scores: number[], temperature: number): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp((score - largest) / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** What each component and distortion adds to a's lead over b, the most first; they sum to the lead. */
export function reasons(a: ScoreResponse, b: ScoreResponse): { name: string; points: number }[] {
  const points = new Map<string, number>();
  for (const lost of b.pointsLost) points.set(lost.name, lost.points);
  for (const lost of a.pointsLost) points.set(lost.name, (points.get(lost.name) ?? 0) - lost.points);
  const all = [...points].map(([name, points]) => ({ name, points }));
  return all.sort((x, y) => Math.abs(y.points) - Math.abs(x.points));
}

// Fusion: Q = 100 · Σ w·s · Π (1 − ω·y), split exactly over what took it below 100. The same as in the gateway.
import type { ScoreResponse } from "../gen/cpaiqa/quality/v1/quality_service_pb";
import { clamp, type Context } from "./context";
import { COMPONENTS, distortionName, five, type Five } from "./names";

export interface Measurements {
  components: Five;
  /** Assessed types only, [0, 1]. */
  severities: Map<string, number>;
}

export interface Fused {
  /** [0, 100]. */
  score: number;
  low: number;
  high: number;
  /** Over the measured components; they sum to 1. */
  weights: number[];
  /** By component and distortion; the points sum to 100 − score. */
  pointsLost: { name: string; points: number }[];
}

/** Standard deviations of the measurements, as the gateway ships them; they set the interval, never the score. */
export const UNCERTAINTY = {
  components: [0.15, 0.2, 0.2, 0.15, 0.15],
  missingComponent: 0.3,
  severity: 0.1,
  unassessedSeverity: 0.1,
  deviations: 1.645,
};

/** What an answer says was measured. */
export function measured(score: ScoreResponse): Measurements {
  const assessed = score.distortions.filter((found) => found.severity !== undefined);
  return {
    components: five(score.components),
    severities: new Map(assessed.map((found) => [distortionName(found), found.severity!])),
  };
}

/** Nodes and weights of the 16-point Gauss–Legendre rule on [0, 1], exact for the polynomials here; the half below 0.5. */
const HALF: [number, number][] = [
  [0.00529953250417503, 0.01357622970587703],
  [0.0277124884633837, 0.03112676196932389],
  [0.06718439880608412, 0.04757925584124645],
  [0.1222977958224985, 0.06231448562776697],
  [0.19106187779867811, 0.07479799440828841],
  [0.2709916111713863, 0.08457825969750128],
  [0.35919822461037054, 0.0913017075224618],
  [0.4524937450811813, 0.09472530522753424],
];
const GAUSS = [...HALF, ...HALF.map(([t, g]): [number, number] => [1 - t, g])];

/** The score of `measurements` under `context`; undefined when nothing was measured that it weighs. */
export function fuse(context: Context, measurements: Measurements, uncertainty = UNCERTAINTY): Fused | undefined {
  const values = measurements.components.map((s) => (s === undefined ? undefined : clamp(s)));
  const weights = renormalised(context.weights, values);
  if (weights === undefined) return undefined;
  const impact = (name: string) => context.impacts.get(name) ?? 0;
  const names = [...measurements.severities.keys()];
  const strengths = names.map((name) => impact(name) * clamp(measurements.severities.get(name)!));
  const shortfall = sum(weights.map((w, i) => w * (1 - (values[i] ?? 1))));
  /** Π (1 − ω·y·t) over all types but `except`. */
  const kept = (t: number, except = -1) =>
    strengths.reduce((product, strength, i) => (i === except ? product : product * (1 - strength * t)), 1);
  const integral = (f: (t: number) => number) => sum(GAUSS.map(([t, g]) => g * f(t)));

  const base = 1 - shortfall;
  const score = clamp(100 * base * kept(1), 0, 100);
  const keptOnPath = integral((t) => kept(t));
  const components = COMPONENTS.flatMap((name, i) => {
    const value = values[i];
    return value === undefined ? [] : [{ name: name as string, points: 100 * weights[i]! * (1 - value) * keptOnPath }];
  });
  const distortions = names.map((name, i) => ({
    name,
    points: 100 * strengths[i]! * integral((t) => (1 - shortfall * t) * kept(t, i)),
  }));

  const deviations = [
    ...values.map((value, i) =>
      value === undefined
        ? context.weights[i]! * kept(1) * uncertainty.missingComponent
        : weights[i]! * kept(1) * uncertainty.components[i]!,
    ),
    ...names.map((name, i) => base * impact(name) * kept(1, i) * uncertainty.severity),
    ...[...context.impacts]
      .filter(([name]) => !measurements.severities.has(name))
      .map(([, impact]) => base * impact * kept(1) * uncertainty.unassessedSeverity),
  ];
  const halfWidth = uncertainty.deviations * 100 * Math.hypot(...deviations);
  return {
    score,
    low: Math.max(0, score - halfWidth),
    high: Math.min(100, score + halfWidth),
    weights,
    pointsLost: [...components, ...distortions],
  };
}

/** The weights over what was measured, summing to 1. */
function renormalised(weights: number[], values: Five): number[] | undefined {
  const kept = weights.map((weight, i) => (values[i] === undefined ? 0 : weight));
  const total = sum(kept);
  return total > 0 ? kept.map((weight) => weight / total) : undefined;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

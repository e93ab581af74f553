// Krippendorff's alpha for names without an order: how far raters agree beyond what chance would give.
import { pick, random } from "./random";
import type { Interval } from "./interval";

/** What the raters said of one thing, one value a rater. */
export type Unit = string[];

/**
 * 1 is full agreement, 0 what chance gives, below 0 less than that. Undefined when no unit has two values, or all values
 * are the same, so that there is nothing to tell apart.
 */
export function alpha(units: Unit[]): number | undefined {
  const totals = new Map<string, number>();
  let [all, disagreed] = [0, 0];
  for (const unit of units.filter((unit) => unit.length > 1)) {
    const counts = new Map<string, number>();
    for (const value of unit) counts.set(value, (counts.get(value) ?? 0) + 1);
    let agreeing = 0;
    for (const [value, count] of counts) {
      totals.set(value, (totals.get(value) ?? 0) + count);
      agreeing += count * (count - 1);
    }
    all += unit.length;
    disagreed += (unit.length * (unit.length - 1) - agreeing) / (unit.length - 1);
  }
  if (all === 0) return undefined;
  const expected = all * all - [...totals.values()].reduce((sum, total) => sum + total * total, 0);
  return expected === 0 ? undefined : 1 - ((all - 1) * disagreed) / expected;
}

/** Alpha with a 95 % bootstrap interval over units; undefined as for alpha. */
export function alphaWithInterval(units: Unit[], resamples = 1000, seed = 7): Interval | undefined {
  const pairable = units.filter((unit) => unit.length > 1);
  const value = alpha(pairable);
  if (value === undefined) return undefined;
  const next = random(seed);
  const drawn: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const again = alpha(pairable.map(() => pairable[pick(pairable.length, next)]!));
    // A resample in which all say the same tells nothing apart; it counts as full agreement.
    drawn.push(again ?? 1);
  }
  drawn.sort((a, b) => a - b);
  return { value, low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}

function quantile(sorted: number[], at: number): number {
  const place = at * (sorted.length - 1);
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  return sorted[low]! + (place - low) * (sorted[high]! - sorted[low]!);
}

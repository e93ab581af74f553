// A figure with its 95 % interval, and that of a share.

export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** The share of `yes` in `all` with Wilson's interval, which holds for few and for shares near 0 and 1; undefined for none. */
export function share(yes: number, all: number): Interval | undefined {
  if (all === 0) return undefined;
  const [z, p] = [1.959964, yes / all];
  const middle = (p + (z * z) / (2 * all)) / (1 + (z * z) / all);
  const half = (z / (1 + (z * z) / all)) * Math.sqrt((p * (1 - p)) / all + (z * z) / (4 * all * all));
  return { value: p, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

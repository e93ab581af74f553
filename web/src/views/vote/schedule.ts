// Which pairs are shown, in what order and on which sides: nothing that a rater could learn to expect.
import { pick, shuffled } from "../../agreement/random";

export interface Shown {
  /** Places of the two candidates. */
  left: number;
  right: number;
  /** It was shown before, with the sides the other way round. */
  repeat: boolean;
}

/** How many pairs come between a pair and its repeat, at least. */
export const APART = 5;
/** One pair in so many comes again. */
const ONE_IN = 8;

/** At most `most` different pairs of `count` candidates, and about one in eight of them once more. */
export function schedule(count: number, next: () => number, most = Infinity): Shown[] {
  const pairs: Shown[] = [];
  for (const [a, b] of balanced(count, next).slice(0, most)) {
    const [left, right] = next() < 0.5 ? [a, b] : [b, a];
    pairs.push({ left, right, repeat: false });
  }
  // Only what leaves enough pairs behind it can come again at its distance.
  const early = pairs.slice(0, Math.max(0, pairs.length - APART));
  const again = shuffled(early, next).slice(0, Math.round(pairs.length / ONE_IN));
  const shown = [...pairs];
  for (const pair of again) {
    const first = shown.indexOf(pair);
    const from = first + APART + 1;
    const place = from + pick(shown.length - from + 1, next);
    shown.splice(place, 0, { left: pair.right, right: pair.left, repeat: true });
  }
  return shown;
}

/** All pairs in random order, such that every candidate is seen about as often as the others from early on. */
function balanced(count: number, next: () => number): [number, number][] {
  const order = shuffled([...Array(count).keys()], next);
  // Rounds of a tournament: in each, every candidate has one partner; the odd one out has none.
  const places: (number | undefined)[] = count % 2 === 0 ? order : [...order, undefined];
  const rounds: [number, number][][] = [];
  for (let round = 0; round < places.length - 1; round++) {
    const turned = [places[0], ...places.slice(1 + round), ...places.slice(1, 1 + round)];
    const pairs: [number, number][] = [];
    for (let at = 0; at < turned.length / 2; at++) {
      const [a, b] = [turned[at], turned[turned.length - 1 - at]];
      if (a !== undefined && b !== undefined) pairs.push([a, b]);
    }
    rounds.push(shuffled(pairs, next));
  }
  return shuffled(rounds, next).flat();
}

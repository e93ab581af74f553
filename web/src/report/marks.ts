// What is worth marking on a picture: where parts of its prompt were found, and the faults that cost the most.
import type { Box, Shown } from "./data";

/** A part that is less likely there than not is missing. */
export const MISSING_BELOW = 0.5;
/** Distortions that cost less than this many points are not marked. */
const LEAST_POINTS = 1;
const MOST_FAULTS = 3;

export interface Marks {
  /** Parts found in one place share a box, in picture pixels. */
  found: { names: string[]; bbox: Box }[];
  faults: Shown["distortions"];
}

export function marksOf(shown: Shown): Marks {
  const found: Marks["found"] = [];
  for (const { text, presence, bbox } of shown.descriptors) {
    if (bbox === null || presence === null || presence < MISSING_BELOW) continue;
    const same = found.find((other) => other.bbox.every((side, i) => side === bbox[i]));
    if (same) same.names.push(text);
    else found.push({ names: [text], bbox });
  }
  const cost = (type: string) => shown.points_lost.find(([name]) => name === type)?.[1] ?? 0;
  const faults = shown.distortions.filter(({ type, peak, bbox }) => (peak ?? bbox) !== null && cost(type) >= LEAST_POINTS);
  faults.sort((a, b) => cost(b.type) - cost(a.type));
  return { found, faults: faults.slice(0, MOST_FAULTS) };
}

/** Where a box's number stands: in its corner, beside the numbers of the boxes that begin at the same place. */
export function cornerOf(found: Marks["found"], at: number, pixel: number): [number, number] {
  const [x, y] = found[at]!.bbox;
  const near = ({ bbox }: { bbox: Box }) => Math.abs(bbox[0] - x) + Math.abs(bbox[1] - y) < 40 * pixel;
  return [x + (11 + 20 * found.slice(0, at).filter(near).length) * pixel, y + 11 * pixel];
}

export const letter = (at: number): string => String.fromCharCode(65 + at);

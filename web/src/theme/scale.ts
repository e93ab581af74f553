// Colours for a value in [0, 1] that are told apart without seeing red or green, and by lightness alone: cividis.
const stops: [number, number, number][] = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [225, 204, 85],
  [254, 232, 56],
];

/** Red, green, blue, each [0, 255], of a value; values outside [0, 1] take the end's colour. */
export function colourAt(value: number): [number, number, number] {
  const place = Math.min(Math.max(value, 0), 1) * (stops.length - 1);
  const below = Math.min(Math.floor(place), stops.length - 2);
  const share = place - below;
  const from = stops[below]!;
  const to = stops[below + 1]!;
  return [0, 1, 2].map((i) => Math.round(from[i]! + (to[i]! - from[i]!) * share)) as [number, number, number];
}

/** The same as CSS writes it. */
export const cssColourAt = (value: number): string => `rgb(${colourAt(value).join(" ")})`;

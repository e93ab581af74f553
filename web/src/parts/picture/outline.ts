// The outline of a mask, as a path for SVG.
import type { Mask } from "../../gen/cpaiqa/common/v1/picture_pb";

/** One byte a cell, row-major, 1 inside. */
export function cellsOf(mask: Pick<Mask, "width" | "height" | "counts">): Uint8Array {
  const cells = new Uint8Array(mask.width * mask.height);
  let at = 0;
  mask.counts.forEach((run, i) => {
    if (i % 2 === 1) cells.fill(1, at, at + run);
    at += run;
  });
  return cells;
}

// Steps right, down, left and up along the grid's lines.
const dx = [1, 0, -1, 0];
const dy = [0, 1, 0, -1];

/**
 * The outlines of all parts and holes, in picture pixels. Goes along the lines between cells with the inside on the right and
 * joins the middles of these steps, which rounds the stairs.
 */
export function outlineOf(mask: Pick<Mask, "width" | "height" | "counts">, picture: { width: number; height: number }): string {
  const { width, height } = mask;
  const cells = cellsOf(mask);
  const inside = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && cells[y * width + x] === 1;
  const seen = new Uint8Array((width + 1) * (height + 1));
  const toX = picture.width / width;
  const toY = picture.height / height;
  const digits = (value: number) => Math.round(value * 10) / 10;
  let path = "";
  for (let top = 0; top < height; top++) {
    for (let left = 0; left < width; left++) {
      // Each outline has a step to the right along a cell's upper edge; it is walked once.
      if (!inside(left, top) || inside(left, top - 1) || seen[top * (width + 1) + left]) continue;
      let [x, y, way] = [left, top, 0];
      let line = "";
      do {
        if (way === 0) seen[y * (width + 1) + x] = 1;
        line += `${line ? "L" : "M"}${digits((x + dx[way]! / 2) * toX)} ${digits((y + dy[way]! / 2) * toY)}`;
        x += dx[way]!;
        y += dy[way]!;
        way = turned(way, x, y, inside);
      } while (x !== left || y !== top || way !== 0);
      path += `${line}Z`;
    }
  }
  return path;
}

// The cell ahead on the right and on the left of a step `way` that ended at the corner x, y.
const ahead = [
  { right: [0, 0], left: [0, -1] },
  { right: [-1, 0], left: [0, 0] },
  { right: [-1, -1], left: [-1, 0] },
  { right: [0, -1], left: [-1, -1] },
] as const;

function turned(way: number, x: number, y: number, inside: (x: number, y: number) => boolean): number {
  const { right, left } = ahead[way]!;
  if (!inside(x + right[0], y + right[1])) return (way + 1) % 4;
  if (inside(x + left[0], y + left[1])) return (way + 3) % 4;
  return way;
}

import { expect, test } from "vitest";
import { corner, fitted, mostZoom, panned, settled, whole, zoomed } from "./view";

const frame = { width: 600, height: 400 };
const fit = fitted({ width: 1024, height: 1024 }, frame);

test("all_of_a_picture_fits_the_frame", () => {
  expect(fit).toEqual({ width: 400, height: 400 });
  expect(corner(whole, fit, frame)).toEqual({ x: 100, y: 0 });
});

test("what_is_under_the_pointer_stays_there", () => {
  // Within the picture's part that is free to move: far enough in for the frame to be covered.
  const start = settled({ zoom: 4, x: 0.5, y: 0.5 }, fit, frame);
  const at = { x: 120, y: -60 };
  const place = (view: typeof whole) => ({
    x: view.x + at.x / (fit.width * view.zoom),
    y: view.y + at.y / (fit.height * view.zoom),
  });
  const before = place(start);
  const after = place(zoomed(start, 1.5, at, fit, frame));
  expect(after.x).toBeCloseTo(before.x, 10);
  expect(after.y).toBeCloseTo(before.y, 10);
});

test("zoom_stays_between_the_whole_picture_and_its_most", () => {
  expect(zoomed(whole, 0.1, { x: 0, y: 0 }, fit, frame)).toEqual(whole);
  expect(zoomed(whole, 1e6, { x: 0, y: 0 }, fit, frame).zoom).toBe(mostZoom);
});

test("a_picture_cannot_be_pushed_out_of_its_frame", () => {
  expect(panned(whole, { x: 5000, y: 5000 }, fit, frame)).toEqual(whole);
  const view = panned({ zoom: 3, x: 0.5, y: 0.5 }, { x: 5000, y: -5000 }, fit, frame);
  const at = corner(view, fit, frame);
  expect(at.x).toBeCloseTo(0);
  expect(at.y + fit.height * view.zoom).toBeCloseTo(frame.height);
});

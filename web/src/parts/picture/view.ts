// Which part of a picture is seen. Places are shares of the picture, so pictures of different sizes can be moved in step.

/** `zoom` 1 shows all of the picture; the place `x`, `y`, each [0, 1], is in the middle of the frame. */
export interface View {
  zoom: number;
  x: number;
  y: number;
}

/** A width and a height. */
export interface Size {
  width: number;
  height: number;
}

export const whole: View = { zoom: 1, x: 0.5, y: 0.5 };
export const mostZoom = 16;

/** The size at which all of `picture` is seen in `frame`, in the frame's pixels. */
export function fitted(picture: Size, frame: Size): Size {
  const scale = Math.min(frame.width / picture.width, frame.height / picture.height);
  return { width: picture.width * scale, height: picture.height * scale };
}

// A picture that is wider than the frame covers it; one that is not stays in its middle.
function held(place: number, drawn: number, frame: number): number {
  if (drawn <= frame) return 0.5;
  const half = frame / drawn / 2;
  return Math.min(Math.max(place, half), 1 - half);
}

/** The view, moved so that no more than must be beside the picture is seen; `fit` is the picture's size at zoom 1. */
export function settled(view: View, fit: Size, frame: Size): View {
  const zoom = Math.min(Math.max(view.zoom, 1), mostZoom);
  return { zoom, x: held(view.x, fit.width * zoom, frame.width), y: held(view.y, fit.height * zoom, frame.height) };
}

/** Zooms by `factor` around a point of the frame, given in its pixels from its middle: what lies there stays there. */
export function zoomed(view: View, factor: number, at: { x: number; y: number }, fit: Size, frame: Size): View {
  const zoom = Math.min(Math.max(view.zoom * factor, 1), mostZoom);
  const shift = 1 / view.zoom - 1 / zoom;
  return settled({ zoom, x: view.x + (at.x / fit.width) * shift, y: view.y + (at.y / fit.height) * shift }, fit, frame);
}

/** Moves the picture by so many pixels of the frame. */
export function panned(view: View, by: { x: number; y: number }, fit: Size, frame: Size): View {
  const { zoom, x, y } = view;
  return settled({ zoom, x: x - by.x / (fit.width * zoom), y: y - by.y / (fit.height * zoom) }, fit, frame);
}

/** Where the picture's corner lies in the frame, in its pixels. */
export function corner(view: View, fit: Size, frame: Size): { x: number; y: number } {
  return { x: frame.width / 2 - view.x * fit.width * view.zoom, y: frame.height / 2 - view.y * fit.height * view.zoom };
}

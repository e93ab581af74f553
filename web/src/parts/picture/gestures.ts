// Moves a view by wheel, drag, pinch and keys.
import type { Signal } from "@preact/signals";
import { panned, settled, whole, zoomed, type Size, type View } from "./view";

/** What gestures need to know of their frame; `fit` is the picture's size at zoom 1. */
export interface Stage {
  view: Signal<View>;
  fit: () => Size;
  frame: () => Size;
}

const keyStep = 60;
const keyZoom = 1.4;

/** Does what a key asks for; false where it asks for nothing. */
export function keyed(key: string, { view, fit, frame }: Stage): boolean {
  const now = view.peek();
  const middle = { x: 0, y: 0 };
  const pan = (x: number, y: number) => panned(now, { x: x * keyStep, y: y * keyStep }, fit(), frame());
  const answers: Record<string, () => View> = {
    "+": () => zoomed(now, keyZoom, middle, fit(), frame()),
    "=": () => zoomed(now, keyZoom, middle, fit(), frame()),
    "-": () => zoomed(now, 1 / keyZoom, middle, fit(), frame()),
    "0": () => whole,
    ArrowLeft: () => pan(1, 0),
    ArrowRight: () => pan(-1, 0),
    ArrowUp: () => pan(0, 1),
    ArrowDown: () => pan(0, -1),
  };
  const answer = answers[key];
  if (!answer || (key.startsWith("Arrow") && now.zoom === 1)) return false;
  view.value = answer();
  return true;
}

/** Zooms by a button, around the middle. */
export function stepped(factor: number, { view, fit, frame }: Stage): void {
  view.value = zoomed(view.peek(), factor, { x: 0, y: 0 }, fit(), frame());
}

/** Listens to the pointer on `element`; gives back what ends it. */
export function listen(element: HTMLElement, { view, fit, frame }: Stage): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  const fromMiddle = (x: number, y: number) => {
    const box = element.getBoundingClientRect();
    return { x: x - box.left - box.width / 2, y: y - box.top - box.height / 2 };
  };

  // A wheel scrolls the page, until the picture was clicked or is zoomed already; with Ctrl, as a touchpad's pinch has it, it zooms.
  const wheel = (event: WheelEvent) => {
    const meant = event.ctrlKey || element.matches(":focus-within") || view.peek().zoom > 1;
    if (!meant) return;
    const out = event.deltaY > 0;
    if (out && view.peek().zoom === 1 && !event.ctrlKey) return;
    event.preventDefault();
    const speed = event.ctrlKey ? 0.01 : event.deltaMode === 0 ? 0.002 : 0.06;
    view.value = zoomed(view.peek(), Math.exp(-event.deltaY * speed), fromMiddle(event.clientX, event.clientY), fit(), frame());
  };

  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  };
  const move = (event: PointerEvent) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) pinch(before, now, other);
    else if (view.peek().zoom > 1) {
      // Captured only once it moves, so that a click still reaches what lies under it.
      if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
      view.value = panned(view.peek(), { x: now.x - before.x, y: now.y - before.y }, fit(), frame());
    }
    pointers.set(event.pointerId, now);
  };
  const pinch = (before: { x: number; y: number }, now: { x: number; y: number }, other: { x: number; y: number }) => {
    const apart = (point: { x: number; y: number }) => Math.hypot(point.x - other.x, point.y - other.y);
    const middle = fromMiddle((now.x + other.x) / 2, (now.y + other.y) / 2);
    const moved = panned(view.peek(), { x: (now.x - before.x) / 2, y: (now.y - before.y) / 2 }, fit(), frame());
    view.value = zoomed(moved, apart(now) / Math.max(apart(before), 1), middle, fit(), frame());
  };
  const up = (event: PointerEvent) => pointers.delete(event.pointerId);

  const listeners = { wheel, pointerdown: down, pointermove: move, pointerup: up, pointercancel: up, pointerleave: up };
  for (const [name, does] of Object.entries(listeners)) element.addEventListener(name, does as EventListener, { passive: false });
  return () => {
    for (const [name, does] of Object.entries(listeners)) element.removeEventListener(name, does as EventListener);
  };
}

/** Keeps a view within bounds when its frame changes. */
export const resettled = ({ view, fit, frame }: Stage): void => {
  const now = settled(view.peek(), fit(), frame());
  if (now.zoom !== view.peek().zoom || now.x !== view.peek().x || now.y !== view.peek().y) view.value = now;
};

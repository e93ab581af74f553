// Signals that outlive the page, where the browser lets us keep something.
import { effect, signal, type Signal } from "@preact/signals";

/** A string kept in `store` under `key`; `fallback` where nothing, or nothing that `allowed` names, is kept. */
export function kept<T extends string>(store: () => Storage, key: string, fallback: T, allowed?: readonly T[]): Signal<T> {
  const name = `cpaiqa.${key}`;
  const value = signal<T>(fallback);
  try {
    const found = store().getItem(name) as T | null;
    if (found !== null && (!allowed || allowed.includes(found))) value.value = found;
  } catch {
    // Without storage the value lives as long as the page.
  }
  effect(() => {
    const now = value.value;
    try {
      if (now === fallback) store().removeItem(name);
      else store().setItem(name, now);
    } catch {
      // As above.
    }
  });
  return value;
}

// A value in [0, 1] as a bar; the words beside it say it too, so screen readers pass it by.
import "./meter.css";

/** The colour of how good a value is, [0, 1]: dark violet to yellow-green, made lighter on dark. */
export function goodness(value: number): string {
  const v = Math.min(Math.max(value, 0), 1);
  const [from, to, share] = v < 0.5 ? ["--scale-low", "--scale-middle", v * 2] : ["--scale-middle", "--scale-high", v * 2 - 1];
  return `color-mix(in oklab, var(${to}) ${Math.round((share as number) * 100)}%, var(${from}))`;
}

/** `plain` where more is not better. */
export function Meter({ value, plain = false }: { value: number; plain?: boolean }) {
  return (
    <div class="meter" aria-hidden="true">
      <div style={{ width: `${Math.min(Math.max(value, 0), 1) * 100}%`, background: plain ? "var(--line-strong)" : goodness(value) }} />
    </div>
  );
}

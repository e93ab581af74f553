// Rings at the worst spots.
import "./layers.css";
import type { Size } from "./view";

export interface Peak {
  /** What is chosen by a click on the ring. */
  name: string;
  /** Said to those who do not see it. */
  label: string;
  /** Shown beside the ring. */
  mark: string;
  /** Picture pixels. */
  x: number;
  y: number;
}

interface Props {
  peaks: Peak[];
  size: Size;
  chosen: string | null;
  onChoose: (name: string) => void;
}

export function PeakLayer({ peaks, size, chosen, onChoose }: Props) {
  return (
    <div class="peaks">
      {peaks.map(({ name, label, mark, x, y }) => (
        <button
          type="button"
          class="peak"
          key={name}
          style={{ left: `${(x / size.width) * 100}%`, top: `${(y / size.height) * 100}%` }}
          aria-pressed={chosen === name}
          aria-label={label}
          title={label}
          onClick={() => onChoose(name)}
        >
          <span>{mark}</span>
        </button>
      ))}
    </div>
  );
}

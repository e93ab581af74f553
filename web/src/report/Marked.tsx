// A picture with what was found on it: boxes with numbers, faults with letters.
import { named, t } from "../i18n";
import type { Shown } from "./data";
import { cornerOf, letter, type Marks } from "./marks";

interface Props {
  thumbnail: { jpeg: string; width: number; height: number };
  title: string;
  marks: Marks;
  /** Whether the marks are drawn. */
  on: boolean;
}

export function Marked({ thumbnail: { jpeg, width, height }, title, marks, on }: Props) {
  // About a pixel of the screen.
  const pixel = Math.max(width, height) / 300;
  const list = (names: string[]) => names.join("; ") || t("report.nothingMarked");
  return (
    <svg class="marked" role="img" viewBox={`0 0 ${width} ${height}`}>
      <title>{title}</title>
      <desc>
        {t("report.marksSay", {
          found: list(marks.found.map(({ names }) => names.join(", "))),
          faults: list(marks.faults.map(({ type }) => named("distortion", type))),
        })}
      </desc>
      <image href={`data:image/jpeg;base64,${jpeg}`} width={width} height={height} />
      {on && (
        <g>
          {marks.found.map(({ bbox: [x, y, w, h] }, i) => (
            <g key={i}>
              <Rectangle class="found" x={x} y={y} width={w} height={h} />
              <Badge class="found" text={String(i + 1)} at={cornerOf(marks.found, i, pixel)} pixel={pixel} size={[width, height]} />
            </g>
          ))}
          {marks.faults.map((fault, i) => (
            <Fault key={fault.type} fault={fault} text={letter(i)} pixel={pixel} size={[width, height]} />
          ))}
        </g>
      )}
    </svg>
  );
}

function Fault({ fault, text, pixel, size }: { fault: Shown["distortions"][number]; text: string; pixel: number; size: [number, number] }) {
  const { peak, bbox } = fault;
  const at = peak ?? (bbox && ([bbox[0] + bbox[2] / 2, bbox[1] + bbox[3] / 2] as [number, number]));
  if (!at) return null;
  return (
    <>
      {bbox && <Rectangle class="fault" x={bbox[0]} y={bbox[1]} width={bbox[2]} height={bbox[3]} />}
      <circle class="halo" cx={at[0]} cy={at[1]} r={14 * pixel} />
      <circle class="ring" cx={at[0]} cy={at[1]} r={14 * pixel} />
      <Badge class="fault" text={text} at={at} pixel={pixel} size={size} />
    </>
  );
}

/** A box that is seen on any ground. */
function Rectangle({ class: name, ...place }: { class: string; x: number; y: number; width: number; height: number }) {
  return (
    <>
      <rect class="halo" {...place} />
      <rect class={name} {...place} />
    </>
  );
}

/** A number or a letter on a disc, kept within the picture. */
function Badge({ class: name, text, at, pixel, size }: { class: string; text: string; at: [number, number]; pixel: number; size: [number, number] }) {
  const margin = 10 * pixel;
  const [x, y] = at.map((place, i) => Math.max(margin, Math.min(size[i]! - margin, place))) as [number, number];
  return (
    <>
      <circle class={`disc ${name}`} cx={x} cy={y} r={9 * pixel} />
      <text class="disc" x={x} y={y + 4.2 * pixel} style={{ fontSize: `${12 * pixel}px` }} text-anchor="middle">
        {text}
      </text>
    </>
  );
}

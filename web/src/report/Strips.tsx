// The frame of plots with a strip for each group. Places along the axis are shares of the width, so that letters and dots
// keep their size on a phone.
import type { ComponentChildren } from "preact";
import { scaleOver } from "./figures";

const STRIP = 62;
const AXIS = 26;
/** Where a strip's marks have their middle, pixels below its top. */
export const MIDDLE = 38;
/** Longer names do not fit a phone beside the figures. */
const LONGEST = 26;

export interface Strip {
  class: string;
  name: string;
  /** To the right of the name. */
  figures: string;
  marks: ComponentChildren;
}

interface Props {
  id: string;
  title: string;
  /** For those who do not see the plot. */
  description: string;
  scale: ReturnType<typeof scaleOver>;
  strips: Strip[];
}

export function Strips({ id, title, description, scale, strips }: Props) {
  const height = strips.length * STRIP + AXIS;
  const anchor = (along: number) => (along <= 1 ? "start" : along >= 99 ? "end" : "middle");
  return (
    <svg class="strips" role="img" width="100%" height={height} aria-labelledby={`${id}-title ${id}-description`}>
      <title id={`${id}-title`}>{title}</title>
      <desc id={`${id}-description`}>{description}</desc>
      {scale.ticks.map((tick) => (
        <g key={tick}>
          <line class="grid" x1={`${scale.at(tick)}%`} x2={`${scale.at(tick)}%`} y1="0" y2={height - AXIS} />
          <text class="tick" x={`${scale.at(tick)}%`} y={height - 8} text-anchor={anchor(scale.at(tick))}>
            {tick}
          </text>
        </g>
      ))}
      {strips.map((strip, i) => (
        <svg key={i} class={strip.class} x="0" y={i * STRIP} width="100%" height={STRIP}>
          <text class="name" x="0" y="17">
            <title>{strip.name}</title>
            {strip.name.length > LONGEST ? `${strip.name.slice(0, LONGEST - 1)}…` : strip.name}
          </text>
          <text class="figures" x="100%" y="17" text-anchor="end">
            {strip.figures}
          </text>
          {strip.marks}
        </svg>
      ))}
    </svg>
  );
}

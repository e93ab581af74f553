// The regions over a picture; those that are pointed at light up, the rest is dimmed.
import { useId, useMemo } from "preact/hooks";
import type { Signal } from "@preact/signals";
import type { BoundingBox } from "../../gen/cpaiqa/common/v1/picture_pb";
import type { ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { percent, t } from "../../i18n";
import { regionsOf, type Pointed } from "./links";
import { outlineOf } from "./outline";
import type { Size } from "./view";
import "./layers.css";

interface Props {
  answer: ScoreResponse;
  /** The picture's size in its own pixels. */
  size: Size;
  /** What is pointed at now, and what stays pointed at by a click. */
  hovered: Signal<Pointed | null>;
  pinned: Signal<Pointed | null>;
  /** Whether all regions are drawn, or only those that are pointed at. */
  all: boolean;
}

/** What a region was taken for, and how much of the picture it covers. */
export function regionLabel({ descriptor, area }: Pick<ScoreResponse["regions"][number], "descriptor" | "area">): string {
  const share = percent(area, area < 0.1 ? 1 : 0);
  return descriptor === undefined ? t("region.nameless", { share }) : t("region.named", { what: descriptor, share });
}

interface Shape {
  index: number;
  area: number;
  path: string;
}

const box = ({ x, y, width, height }: BoundingBox) => `M${x} ${y}h${width}v${height}h${-width}Z`;

export function RegionLayer({ answer, size, hovered, pinned, all }: Props) {
  const id = useId();
  // The large ones first, so that the small ones lie on them.
  const shapes = useMemo(() => {
    const shape = ({ mask, bbox, area }: ScoreResponse["regions"][number], index: number): Shape => ({
      index,
      area,
      path: mask ? outlineOf(mask, size) : bbox ? box(bbox) : "",
    });
    return answer.regions.map(shape).sort((a, b) => b.area - a.area);
  }, [answer]);
  const pointed = hovered.value ?? pinned.value;
  const lit = regionsOf(answer, pointed);
  const extra = useMemo(() => extraPath(answer, pointed, size), [answer, pointed]);
  const bright = [...shapes.filter(({ index }) => lit.has(index)).map(({ path }) => path), extra].filter(Boolean).join("");
  const every = useMemo(() => shapes.map(({ path }) => path).join(""), [shapes]);
  // The same elements whatever lights up: a region that is put into its place anew would lose the focus.
  return (
    <svg class={bright ? "regions pointed" : "regions"} viewBox={`0 0 ${size.width} ${size.height}`} preserveAspectRatio="none" role="group" aria-label={t("layer.regions")}>
      <mask id={`${id}-dark`}>
        <rect width="100%" height="100%" fill="#fff" />
        <path d={bright} fill="#000" />
      </mask>
      <rect class="regions-dark" width="100%" height="100%" mask={`url(#${id}-dark)`} />
      <path class="regions-under" d={all ? every : ""} />
      <g>{all && shapes.map((shape) => <Region key={shape.index} shape={shape} answer={answer} lit={lit} hovered={hovered} pinned={pinned} />)}</g>
      <path class="regions-under" d={bright} />
      <path class="regions-line" d={bright} />
    </svg>
  );
}

// What is pointed at without being a region: the place of a descriptor that has none, or where to paint.
function extraPath(answer: ScoreResponse, pointed: Pointed | null, size: Size): string {
  if (pointed?.list === "suggestion") {
    const { mask, bbox } = answer.suggestions[pointed.index] ?? {};
    return mask ? outlineOf(mask, size) : bbox ? box(bbox) : "";
  }
  if (pointed?.list !== "descriptor" || regionsOf(answer, pointed).size > 0) return "";
  const bbox = answer.descriptors[pointed.index]?.bbox;
  return bbox ? box(bbox) : "";
}

function Region({ shape, answer, lit, hovered, pinned }: { shape: Shape; lit: Set<number> } & Pick<Props, "answer" | "hovered" | "pinned">) {
  const me: Pointed = { list: "region", index: shape.index };
  const held = pinned.value?.list === "region" && pinned.value.index === shape.index;
  const { descriptor } = answer.regions[shape.index]!;
  const toggle = () => (pinned.value = held ? null : me);
  return (
    <path
      class={`region${descriptor === undefined ? " nameless" : ""}${lit.has(shape.index) ? " lit" : ""}`}
      d={shape.path}
      tabindex={0}
      role="button"
      aria-pressed={held}
      aria-label={regionLabel(answer.regions[shape.index]!)}
      onPointerEnter={() => (hovered.value = me)}
      onPointerLeave={() => (hovered.value = null)}
      onFocus={() => (hovered.value = me)}
      onBlur={() => (hovered.value = null)}
      onClick={toggle}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        toggle();
      }}
    />
  );
}

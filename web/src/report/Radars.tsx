// The components of each group: a small radar a group, so that any number of groups can be told apart.
import { named, t } from "../i18n";
import { componentNames } from "../parts/componentNames";
import type { Group, ReportData } from "./data";
import { colourOf, groupName, rankedGroups, told } from "./figures";

const [X, Y, RADIUS] = [160, 108, 84];

export function Radars({ data }: { data: ReportData }) {
  return (
    <div class="radars">
      {rankedGroups(data).map(({ group, place }) => (
        <figure class={colourOf(place)} key={place}>
          <Radar id={`radar-${place}`} name={groupName(data, group)} group={group} all={data.components} />
          <figcaption>{groupName(data, group)}</figcaption>
        </figure>
      ))}
    </div>
  );
}

function Radar({ id, name, group, all }: { id: string; name: string; group: Group; all: (number | null)[] }) {
  const description = componentNames.map(([component], i) => `${named("component", component)} ${told(group.components[i], 2)}`).join(", ");
  return (
    <svg class="radar" role="img" viewBox="0 0 320 204" aria-labelledby={`${id}-title ${id}-description`}>
      <title id={`${id}-title`}>{t("report.radarTitle", { name })}</title>
      <desc id={`${id}-description`}>{description}</desc>
      {[0.25, 0.5, 0.75, 1].map((ring) => (
        <polygon key={ring} class="grid" points={polygon(Array(5).fill(ring))} />
      ))}
      {componentNames.map((_, axis) => {
        const [x, y] = place(axis, 1);
        return <line key={axis} class="grid" x1={X} y1={Y} x2={x} y2={y} />;
      })}
      <polygon class="all" points={polygon(all)} />
      <polygon class="own" points={polygon(group.components)} />
      {group.components.map((mean, axis) => (
        <Corner key={axis} axis={axis} mean={mean} />
      ))}
    </svg>
  );
}

function Corner({ axis, mean }: { axis: number; mean: number | null }) {
  const [x, y] = place(axis, 1);
  const [cx, cy] = place(axis, mean ?? 0);
  const name = t(`report.axis.${componentNames[axis]![0]}`);
  // At the sides there is no room for both on one line.
  const [tx, ty, anchor, lines] = (
    [
      [x, y - 10, "middle", false],
      [x + 9, y - 2, "start", true],
      [x, y + 20, "middle", false],
      [x, y + 20, "middle", false],
      [x - 9, y - 2, "end", true],
    ] as const
  )[axis]!;
  return (
    <>
      {mean !== null && <circle class="corner" cx={cx} cy={cy} r="3" />}
      <text class="axis" x={tx} y={ty} text-anchor={anchor}>
        {name}{" "}
        <tspan class="value" {...(lines ? { x: tx, dy: 15 } : {})}>
          {told(mean, 2)}
        </tspan>
      </text>
    </>
  );
}

/** The corners of the components that were measured. */
function polygon(values: (number | null)[]): string {
  return values.flatMap((value, axis) => (value === null ? [] : [place(axis, value).join(",")])).join(" ");
}

/** The point at `value` on an axis; the first axis points up, the others follow clockwise. */
function place(axis: number, value: number): [number, number] {
  const angle = (axis * 2 * Math.PI) / 5;
  const round = (length: number) => Math.round(length * 10) / 10;
  return [round(X + RADIUS * value * Math.sin(angle)), round(Y - RADIUS * value * Math.cos(angle))];
}

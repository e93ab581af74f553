// From 100 down to the score: what each input cost.
import { namedLoss, number, t } from "../i18n";
import "./waterfall.css";

export interface Lost {
  /** A component's or a distortion's name. */
  name: string;
  points: number;
}

export interface Step extends Lost {
  /** What is left before and after this step, [0, 100]. */
  from: number;
  to: number;
  /** How many inputs are put together in this step. */
  together: number;
}

/** The steps, the largest first; inputs of less than `least` points are the last step together. */
export function stepsOf(lost: Lost[], least = 1): Step[] {
  const sorted = [...lost].sort((a, b) => b.points - a.points);
  const large = sorted.filter(({ points }) => points >= least);
  const small = sorted.filter(({ points }) => points < least && points > 0);
  const rest = { name: "", points: small.reduce((sum, { points }) => sum + points, 0) };
  let left = 100;
  const step = ({ name, points }: Lost, together: number): Step => {
    const from = left;
    left -= points;
    return { name, points, from, to: left, together };
  };
  return [...large.map((one) => step(one, 1)), ...(small.length > 0 ? [step(rest, small.length)] : [])];
}

interface Props {
  lost: Lost[];
  /** [0, 100]. */
  score: number;
}

export function Waterfall({ lost, score }: Props) {
  return (
    <ol class="waterfall">
      <Row label={t("lost.start")} value={number(100, 1)} from={100} to={0} kind="sum" />
      {stepsOf(lost).map(({ name, points, from, to, together }) => (
        <Row
          key={name}
          label={name ? namedLoss(name) : t("lost.rest", { n: together })}
          value={t("lost.points", { n: number(points, 1) })}
          from={from}
          to={to}
          kind="loss"
        />
      ))}
      <Row label={t("lost.end")} value={number(score, 1)} from={score} to={0} kind="sum" />
    </ol>
  );
}

function Row({ label, value, from, to, kind }: { label: string; value: string; from: number; to: number; kind: "sum" | "loss" }) {
  return (
    <li class={kind}>
      <span class="waterfall-label">{label}</span>
      <span class="waterfall-track" aria-hidden="true">
        <span style={{ left: `${Math.max(to, 0)}%`, width: `max(2px, ${from - Math.max(to, 0)}%)` }} />
      </span>
      <span class="waterfall-value">{value}</span>
    </li>
  );
}

// Why one of two leads: what each component and distortion adds.
import { preferred, reasons } from "../../fusion/preferred";
import { namedLoss, number, t } from "../../i18n";
import type { Place } from "./state";

/** Less than this is told with the rest, points. */
const LEAST = 0.1;

export function Differences({ a, b }: { a: Place; b: Place }) {
  const lead = a.score.score - b.score.score;
  const chance = preferred(lead, a.score.scenario?.temperature ?? 10);
  const all = reasons(a.score, b.score);
  const told = all.filter(({ points }) => Math.abs(points) >= LEAST);
  const rest = all.filter(({ points }) => Math.abs(points) < LEAST).reduce((sum, { points }) => sum + points, 0);
  const most = Math.max(1, ...all.map(({ points }) => Math.abs(points)));
  const percent = number(100 * Math.max(chance, 1 - chance));
  const [letter, other] = lead >= 0 ? ["A", "B"] : ["B", "A"];
  return (
    <section class="card" data-lead={lead} data-preferred={chance}>
      <header>
        <h2>
          {Math.abs(lead) < 0.05
            ? t("compare.even")
            : t("compare.leads", { letter, other, points: number(Math.abs(lead), 1), percent })}
        </h2>
      </header>
      <table class="differences">
        <caption class="unseen">{t("compare.differences")}</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">
              <span class="letter a">A</span> {t("compare.favours")}
            </th>
            <th scope="col">
              {t("compare.favours")} <span class="letter b">B</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {told.map(({ name, points }) => (
            <Line key={name} name={namedLoss(name)} points={points} most={most} />
          ))}
          {Math.abs(rest) >= 0.05 && <Line name={t("compare.rest")} points={rest} most={most} />}
        </tbody>
      </table>
    </section>
  );
}

function Line({ name, points, most }: { name: string; points: number; most: number }) {
  const width = `${(88 * Math.abs(points)) / most}%`;
  const bar = (
    <>
      <span class="difference-bar" style={{ width }} />
      <span class="difference-points">{number(Math.abs(points), 1)}</span>
    </>
  );
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="for-a">{points > 0 && <div>{bar}</div>}</td>
      <td class="for-b">{points <= 0 && <div>{bar}</div>}</td>
    </tr>
  );
}

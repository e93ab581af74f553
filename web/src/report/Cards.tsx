// Single pictures: score, prompt, what was found on them, what cost the points and what is missing.
import { signal } from "@preact/signals";
import { named, namedLoss, number, t } from "../i18n";
import { IntervalBar } from "../parts/IntervalBar";
import { VerdictName } from "../parts/VerdictName";
import type { ReportData, Shown } from "./data";
import { colourOf, groupName, told } from "./figures";
import { Marked } from "./Marked";
import { letter, marksOf, MISSING_BELOW } from "./marks";

/** Whether marks are drawn, on all pictures. */
const marked = signal(true);
const LONGEST = 180;
const shortened = (text: string, most = LONGEST) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** The switch that hides the marks of all pictures. */
export function MarkSwitch() {
  return (
    <label class="choice small report-marks">
      <input type="checkbox" checked={marked.value} onChange={(event) => (marked.value = event.currentTarget.checked)} />
      {t("report.mark")}
    </label>
  );
}

export function Cards({ data, pictures }: { data: ReportData; pictures: Shown[] }) {
  return (
    <div class="report-cards">
      {pictures.map((shown) => (
        <Card key={shown.row} data={data} shown={shown} />
      ))}
    </div>
  );
}

function Card({ data, shown }: { data: ReportData; shown: Shown }) {
  const row = data.rows[shown.row]!;
  const marks = marksOf(shown);
  const { thumbnail } = shown;
  return (
    <article class={`report-card ${colourOf(row.group)}`}>
      {"jpeg" in thumbnail ? (
        <Marked thumbnail={thumbnail} title={t("report.pictureOf", { prompt: shortened(row.prompt) })} marks={marks} on={marked.value} />
      ) : (
        <p class="report-absent quiet">
          {t("report.noPicture")} <span lang="en">{thumbnail.error}</span>
        </p>
      )}
      <div class="report-told">
        <p class="report-score">
          <strong>{number(row.score, 1)}</strong>
          <span>
            <span class="chip" />
            {groupName(data, data.groups[row.group]!)}
          </span>
        </p>
        <IntervalBar value={row.score} low={row.interval[0]} high={row.interval[1]} />
        {row.verdict && (
          <p>
            <VerdictName name={row.verdict} />
          </p>
        )}
        <p class="quiet">{shortened(row.prompt)}</p>
        {marks.found.length + marks.faults.length > 0 && (
          <ul class="report-key">
            {marks.found.map(({ names }, i) => (
              <li key={i}>
                <b class="found">{i + 1}</b>
                <span>{shortened(names.join(", "), 90)}</span>
              </li>
            ))}
            {marks.faults.map(({ type, severity }, i) => (
              <li key={type}>
                <b class="fault">{letter(i)}</b>
                <span>{t("report.fault", { type: named("distortion", type), severity: told(severity, 2) })}</span>
              </li>
            ))}
          </ul>
        )}
        <Losses shown={shown} />
        <Missing shown={shown} />
      </div>
    </article>
  );
}

function Losses({ shown }: { shown: Shown }) {
  const lost = shown.points_lost.filter(([, points]) => points >= 0.05).slice(0, 3);
  if (lost.length === 0) return null;
  return (
    <dl class="report-losses">
      <dt>{t("report.lost")}</dt>
      {lost.map(([name, points]) => (
        <dd key={name}>
          <span>{namedLoss(name)}</span>
          <span>{number(points, 1)}</span>
        </dd>
      ))}
    </dl>
  );
}

function Missing({ shown }: { shown: Shown }) {
  const judged = [...shown.descriptors, ...shown.attributes].filter(({ presence }) => presence !== null);
  if (judged.length === 0) return null;
  const missing = judged.filter(({ presence }) => presence! < MISSING_BELOW).map(({ text }) => text);
  return (
    <p>
      <b>{t("report.missing")}</b> {missing.length > 0 ? shortened(missing.join(", "), 120) : t("report.missingNothing")}
    </p>
  );
}

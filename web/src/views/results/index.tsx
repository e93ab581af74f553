// A batch's results, or a report: filtered, sorted, and each picture in detail.
import { number, t } from "../../i18n";
import { Drop } from "../../parts/Drop";
import { FolderButton } from "../../parts/FolderButton";
import { Detail } from "./Detail";
import { Filters } from "./Filters";
import { List } from "./List";
import { folderOf } from "./pictures";
import { bad, folder, open, openFiles, reading, row, rows, shown, unreadable } from "./state";
import "./results.css";

export default function Results() {
  if (!open.value) {
    return (
      <div class="results-welcome">
        <h1>{t("results.title")}</h1>
        <Drop kind="results" onFiles={(files) => void openFiles(files)} many />
        {unreadable.value !== undefined && (
          <p role="alert" class="results-bad">
            {t("results.unreadable", { name: unreadable.value })}
          </p>
        )}
        <p class="quiet">{t("results.explain")}</p>
        <pre class="results-command">
          <code>cpaiqa batch pictures/manifest.csv --out results.jsonl</code>
        </pre>
      </div>
    );
  }
  return (
    <div class="results">
      <header class="results-head">
        <div>
          <h1>{open.value.name}</h1>
          <p class="small quiet" role="status">
            {t("results.count", { shown: number(shown.value.length), all: number(rows.value.length) })}
            {reading.value !== undefined && ` · ${t("results.reading", { percent: number(100 * reading.value) })}`}
          </p>
        </div>
        <div class="row">
          <FolderButton label={t(folder.value.size > 0 ? "results.folderOther" : "results.folder")} onFiles={(files) => (folder.value = folderOf(files))} />
          <Drop kind="results" compact onFiles={(files) => void openFiles(files)} many />
        </div>
      </header>
      {bad.value.length > 0 && <BadLines />}
      <Filters />
      <div class={row.value ? "results-panes chosen" : "results-panes"}>
        <List />
        {row.value ? <Detail key={row.value.line} row={row.value} /> : <p class="quiet results-hint">{t("results.choose")}</p>}
      </div>
    </div>
  );
}

/** How many bad lines are named at most. */
const NAMED = 50;

function BadLines() {
  const all = bad.value;
  return (
    <details class="results-badlines">
      <summary>{t("results.bad", { n: number(all.length), line: all[0]!.line })}</summary>
      <ul class="small">
        {all.slice(0, NAMED).map(({ line, expected }) => (
          <li key={line}>
            {t("results.line", { n: line })} {t(`results.expected.${expected}`)}
          </li>
        ))}
        {all.length > NAMED && <li>{t("results.moreBad", { n: number(all.length - NAMED) })}</li>}
      </ul>
    </details>
  );
}

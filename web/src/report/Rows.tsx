// All pictures: filtered by words and group, sorted by any column, a hundred at a time.
import { useState } from "preact/hooks";
import { number, t } from "../i18n";
import { VerdictName } from "../parts/VerdictName";
import type { ReportData, Row } from "./data";
import { colourOf, groupName } from "./figures";
import { Scroll } from "./Tables";

const PAGE = 100;
type By = "image" | "group" | "score" | "width" | "verdict";

const VALUE: Record<By, (row: Row) => number | string> = {
  image: (row) => row.image,
  group: (row) => row.group,
  score: (row) => row.score,
  width: (row) => row.interval[1] - row.interval[0],
  verdict: (row) => row.verdict ?? "",
};

export function Rows({ data }: { data: ReportData }) {
  const [text, setText] = useState("");
  const [group, setGroup] = useState(-1);
  const [order, setOrder] = useState<{ by: By; up: boolean }>({ by: "score", up: true });
  const [most, setMost] = useState(PAGE);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = data.rows.filter((row) => {
    if (group >= 0 && row.group !== group) return false;
    const all = `${row.image}\n${row.prompt}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  rows.sort((a, b) => {
    const [x, y] = [VALUE[order.by](a), VALUE[order.by](b)];
    return (order.up ? 1 : -1) * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
  });
  const verdicts = data.rows.some((row) => row.verdict);
  const columns: By[] = ["image", "group", "score", "width", ...(verdicts ? (["verdict"] as const) : [])];
  const title: Record<By, string> = {
    image: t("results.column.image"),
    group: t("report.group"),
    score: t("results.column.score"),
    width: t("results.column.width"),
    verdict: t("results.column.verdict"),
  };
  return (
    <>
      <form class="report-filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <div class="field">
          <label for="report-text">{t("report.filter")}</label>
          <input class="input" id="report-text" type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </div>
        <div class="field">
          <label for="report-group">{t("report.group")}</label>
          <select class="input" id="report-group" value={group} onChange={(event) => setGroup(Number(event.currentTarget.value))}>
            <option value={-1}>{t("results.filter.any")}</option>
            {data.groups.map((group, place) => (
              <option value={place} key={place}>
                {groupName(data, group)}
              </option>
            ))}
          </select>
        </div>
        <p class="small quiet" role="status">
          {t("results.count", { shown: number(rows.length), all: number(data.rows.length) })}
        </p>
      </form>
      <Scroll label={t("report.all")}>
        <table class="table report-rows">
          <caption>{t("report.allTitle")}</caption>
          <thead>
            <tr>
              {columns.map((by) => (
                <th
                  scope="col"
                  key={by}
                  class={by === "score" || by === "width" ? "number" : undefined}
                  aria-sort={order.by === by ? (order.up ? "ascending" : "descending") : undefined}
                >
                  <button type="button" class="sort" onClick={() => setOrder({ by, up: order.by === by ? !order.up : by === "image" })}>
                    {title[by]}
                    <span aria-hidden="true">{order.by === by ? (order.up ? " ↑" : " ↓") : ""}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, most).map((row) => (
              <tr key={`${row.image}\n${row.prompt}`}>
                <th scope="row" title={row.prompt}>
                  {row.image}
                </th>
                <td>
                  <span class={`chip ${colourOf(row.group)}`} />
                  {groupName(data, data.groups[row.group]!)}
                </td>
                <td class="number">{number(row.score, 1)}</td>
                <td class="number">{t("report.range", { low: number(row.interval[0]), high: number(row.interval[1]) })}</td>
                {verdicts && <td>{row.verdict && <VerdictName name={row.verdict} />}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {rows.length > most && (
        <button type="button" class="button" onClick={() => setMost(most + 10 * PAGE)}>
          {t("report.more", { n: number(rows.length - most) })}
        </button>
      )}
    </>
  );
}

// The rows in view, of however many there are.
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { named, number, t } from "../../i18n";
import { IntervalBar } from "../../parts/IntervalBar";
import { VerdictName } from "../../parts/VerdictName";
import { columnName } from "./Filters";
import { Thumbnail } from "./Thumbnail";
import type { Row } from "./row";
import { cell } from "./select";
import { chosen, order, shown, sortBy } from "./state";

/** A row's height, pixels, as in the styles. */
const HEIGHT = 48;
/** Rows drawn beyond each edge. */
const BEYOND = 8;
const COLUMNS = ["image", "score", "width", "scenario", "verdict", "worst"];

export function List() {
  const scroller = useRef<HTMLDivElement>(null);
  const [top, height] = [useSignal(0), useSignal(600)];
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const observer = new ResizeObserver(() => (height.value = box.clientHeight));
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  const all = shown.value;
  const first = Math.max(0, Math.floor(top.value / HEIGHT) - BEYOND);
  const last = Math.min(all.length, Math.ceil((top.value + height.value) / HEIGHT) + BEYOND);
  const at = all.findIndex(({ line }) => line === chosen.value);
  const extra = COLUMNS.includes(order.value.column) || order.value.column === "line" ? undefined : order.value.column;

  const go = (to: number) => {
    const next = Math.min(all.length - 1, Math.max(0, to));
    const row = all[next];
    if (!row || !scroller.current) return;
    chosen.value = row.line;
    const [above, below] = [next * HEIGHT, (next + 1) * HEIGHT];
    const { scrollTop, clientHeight } = scroller.current;
    const head = HEIGHT;
    if (above < scrollTop) scroller.current.scrollTop = above;
    else if (below > scrollTop + clientHeight - head) scroller.current.scrollTop = below - clientHeight + head;
  };
  const key = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(height.value / HEIGHT) - 1);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: all.length - 1 };
    const to = steps[event.key];
    if (to === undefined || event.target !== event.currentTarget) return;
    event.preventDefault();
    go(to);
  };
  return (
    <div
      class={extra ? "results-list extra" : "results-list"}
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={t("results.list")}
      aria-rowcount={all.length + 1}
      aria-activedescendant={at >= first && at < last ? `result-${all[at]!.line}` : undefined}
      onScroll={(event) => (top.value = event.currentTarget.scrollTop)}
      onKeyDown={key}
    >
      <div class="result head" role="row" aria-rowindex={1}>
        {[...COLUMNS, ...(extra ? [extra] : [])].map((column) => (
          <Head key={column} column={column} />
        ))}
      </div>
      {all.length === 0 && <p class="quiet results-none">{t("results.none")}</p>}
      <div role="rowgroup" style={{ height: `${all.length * HEIGHT}px` }}>
        <div style={{ transform: `translateY(${first * HEIGHT}px)` }} role="presentation">
          {all.slice(first, last).map((row, i) => (
            <Line key={row.line} row={row} index={first + i + 2} extra={extra} />
          ))}
        </div>
      </div>
    </div>
  );
}

function Head({ column }: { column: string }) {
  const { column: by, descending } = order.value;
  const mine = by === column;
  return (
    <div role="columnheader" class={`cell c-${columnClass(column)}`} aria-sort={mine ? (descending ? "descending" : "ascending") : "none"}>
      <button type="button" onClick={() => sortBy(column)}>
        {columnName(column)}
        <span aria-hidden="true">{mine ? (descending ? " ↓" : " ↑") : ""}</span>
      </button>
    </div>
  );
}

const columnClass = (column: string) => (COLUMNS.includes(column) ? column : "other");

function Line({ row, index, extra }: { row: Row; index: number; extra: string | undefined }) {
  const on = chosen.value === row.line;
  const value = extra ? cell(row, extra) : undefined;
  return (
    <div
      class={on ? "result on" : "result"}
      role="row"
      id={`result-${row.line}`}
      aria-rowindex={index}
      aria-selected={on}
      onClick={() => (chosen.value = row.line)}
    >
      <div role="gridcell" class="cell c-image" title={row.image}>
        <Thumbnail image={row.image} />
        <span>{row.image.split(/[/\\]/).at(-1)}</span>
      </div>
      {row.error !== undefined ? (
        <div role="gridcell" class="cell c-failed" title={row.error}>
          {t("results.noScore")}: <span lang="en">{row.error}</span>
        </div>
      ) : (
        <>
          <div role="gridcell" class="cell c-score">
            {number(row.score, 1)}
          </div>
          <div role="gridcell" class="cell c-width">
            <IntervalBar value={row.score} low={row.low} high={row.high} />
          </div>
          <div role="gridcell" class="cell c-scenario">
            {named("scenario", row.scenario)}
          </div>
          <div role="gridcell" class="cell c-verdict">
            {row.verdict && <VerdictName name={row.verdict} />}
          </div>
          <div role="gridcell" class="cell c-worst">
            {row.worst && named("distortion", row.worst)}
          </div>
          {extra && (
            <div role="gridcell" class="cell c-other">
              {typeof value === "number" ? number(value, 2) : (value ?? "–")}
            </div>
          )}
        </>
      )}
    </div>
  );
}

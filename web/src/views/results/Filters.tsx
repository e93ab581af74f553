// Which rows are shown.
import { named, number, t, type Key } from "../../i18n";
import { COMPONENTS } from "../../fusion/names";
import { carriedColumns, filter, offered, order, sortBy } from "./state";
import { EVERYTHING, type Filter } from "./select";

const set = (part: Partial<Filter>) => (filter.value = { ...filter.peek(), ...part });

export function Filters() {
  const now = filter.value;
  const { scenarios, verdicts, distortions } = offered.value;
  return (
    <form class="results-filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <div class="field results-text">
        <label for="results-text">{t("results.filter.text")}</label>
        <input class="input" id="results-text" type="search" value={now.text} onInput={(event) => set({ text: event.currentTarget.value })} />
      </div>
      {scenarios.length > 1 && (
        <Select id="scenario" label={t("scenario.title")} value={now.scenario} onChange={(scenario) => set({ scenario })} all={scenarios.map((name) => [name, named("scenario", name)])} />
      )}
      {verdicts.length > 0 && (
        <Select
          id="verdict"
          label={t("whatif.column.verdict")}
          value={now.verdict}
          onChange={(verdict) => set({ verdict })}
          all={verdicts.map((name) => [name, name === "error" ? t("results.noScore") : t(`verdict.${name}` as Key)])}
        />
      )}
      <div class="field">
        <span class="label">{t("results.filter.range")}</span>
        <div class="results-range">
          <Points label={t("results.filter.from")} value={now.from} onInput={(from) => set({ from })} />
          <span aria-hidden="true">–</span>
          <Points label={t("results.filter.to")} value={now.to} onInput={(to) => set({ to })} />
        </div>
      </div>
      <Select
        id="distortion"
        label={t("results.filter.distortion")}
        value={now.distortion}
        onChange={(distortion) => set({ distortion })}
        all={distortions.map((name) => [name, named("distortion", name)])}
      />
      {now.distortion !== "" && (
        <div class="field">
          <label for="results-severity">{t("results.filter.severity", { n: number(now.severity, 2) })}</label>
          <input
            class="range"
            id="results-severity"
            type="range"
            min="0"
            max="1"
            step="0.05"
            value={now.severity}
            onInput={(event) => set({ severity: event.currentTarget.valueAsNumber })}
          />
        </div>
      )}
      <SortBy distortions={distortions} />
      <button type="button" class="button plain" disabled={now === EVERYTHING} onClick={() => (filter.value = EVERYTHING)}>
        {t("results.filter.clear")}
      </button>
    </form>
  );
}

/** What a column is called. */
export function columnName(column: string): string {
  if (column.startsWith("severity_")) return named("distortion", column.slice("severity_".length));
  if (column.startsWith("carried_")) return column.slice("carried_".length);
  if (COMPONENTS.some((name) => name === column)) return named("component", column);
  return t(`results.column.${column}` as Key);
}

function SortBy({ distortions }: { distortions: string[] }) {
  const { column, descending } = order.value;
  const groups: [Key, string[]][] = [
    ["results.sort.row", ["line", "image", "prompt", "score", "width", "scenario", "verdict", "worst"]],
    ["results.sort.component", [...COMPONENTS]],
    ["results.sort.distortion", distortions.map((name) => `severity_${name}`)],
    ["results.sort.carried", carriedColumns.value.map((name) => `carried_${name}`)],
  ];
  return (
    <div class="field">
      <label for="results-sort">{t("results.sort")}</label>
      <div class="results-sort">
        <select class="input" id="results-sort" value={column} onChange={(event) => event.currentTarget.value !== column && sortBy(event.currentTarget.value)}>
          {groups
            .filter(([, columns]) => columns.length > 0)
            .map(([label, columns]) => (
              <optgroup label={t(label)} key={label}>
                {columns.map((name) => (
                  <option value={name} key={name}>
                    {columnName(name)}
                  </option>
                ))}
              </optgroup>
            ))}
        </select>
        <button type="button" class="button icon" aria-label={t(descending ? "results.sort.descending" : "results.sort.ascending")} onClick={() => sortBy(column)}>
          {descending ? "↓" : "↑"}
        </button>
      </div>
    </div>
  );
}

interface SelectProps {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Each value with its name. */
  all: [string, string][];
}

function Select({ id, label, value, onChange, all }: SelectProps) {
  return (
    <div class="field">
      <label for={`results-${id}`}>{label}</label>
      <select class="input" id={`results-${id}`} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{t("results.filter.any")}</option>
        {all.map(([value, name]) => (
          <option value={value} key={value}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

function Points({ label, value, onInput }: { label: string; value: number; onInput: (value: number) => void }) {
  const take = (event: InputEvent) => {
    const typed = (event.currentTarget as HTMLInputElement).valueAsNumber;
    if (!Number.isNaN(typed)) onInput(typed);
  };
  return <input class="input" type="number" min="0" max="100" step="1" aria-label={label} value={value} onInput={take} />;
}

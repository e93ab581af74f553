// Chooses a scenario from the gateway's list or, unless it must have a name, takes a description of where the picture will be used.
import { useEffect, useId } from "preact/hooks";
import type { Signal } from "@preact/signals";
import { named, t } from "../i18n";
import { fetchScenarios, scenarios, scenariosTrouble, type ScenarioChoice } from "../state/scenarios";

export function ScenarioPicker({ choice, namesOnly = false }: { choice: Signal<ScenarioChoice>; namesOnly?: boolean }) {
  const id = useId();
  useEffect(() => {
    if (scenarios.peek().length === 0) void fetchScenarios();
  }, []);
  const now = choice.value;
  const change = (part: Partial<ScenarioChoice>) => (choice.value = { ...choice.peek(), ...part });
  const description = scenarios.value.find(({ name }) => name === now.name)?.description;
  return (
    <fieldset class="field" aria-labelledby={`${id}-title`}>
      <span class="label" id={`${id}-title`}>
        {t("scenario.title")}
      </span>
      {!namesOnly && (
        <div class="tabs">
          {(["name", "text"] as const).map((by) => (
            <button type="button" key={by} aria-pressed={now.by === by} onClick={() => change({ by })}>
              {t(by === "name" ? "scenario.pick" : "scenario.describe")}
            </button>
          ))}
        </div>
      )}
      {now.by === "name" ? (
        <>
          <select class="input" aria-labelledby={`${id}-title`} value={now.name} onChange={(event) => change({ name: event.currentTarget.value })}>
            <option value="">{t("scenario.default")}</option>
            {scenarios.value.map(({ name }) => (
              <option value={name} key={name}>
                {named("scenario", name)}
              </option>
            ))}
          </select>
          <Hint description={description} />
        </>
      ) : (
        <textarea
          class="input"
          rows={2}
          aria-label={t("scenario.text")}
          placeholder={t("scenario.placeholder")}
          value={now.text}
          onInput={(event) => change({ text: event.currentTarget.value })}
        />
      )}
    </fieldset>
  );
}

function Hint({ description }: { description: string | undefined }) {
  const trouble = scenariosTrouble.value;
  if (trouble) {
    return (
      <p class="small quiet" role="status">
        {t(`trouble.${trouble.kind}`)}.{" "}
        <button type="button" class="drop-choose" onClick={() => void fetchScenarios()}>
          {t("action.again")}
        </button>
      </p>
    );
  }
  if (scenarios.value.length === 0) return <p class="small quiet">{t("scenario.loading")}</p>;
  return description ? (
    <p class="small quiet" lang="en">
      {description}
    </p>
  ) : null;
}

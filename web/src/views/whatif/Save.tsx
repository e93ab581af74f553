// Saves what the sliders say: as the scenario's next revision, or as a scenario of a new name.
import { useSignal } from "@preact/signals";
import { admin } from "../../api/transport";
import { troubleOf, type Trouble } from "../../api/trouble";
import { rowOf, type Row } from "../../fusion/context";
import type { ScenarioProfile } from "../../gen/cpaiqa/scenario/v1/scenario_service_pb";
import { named, t } from "../../i18n";
import { TroubleNote } from "../../parts/TroubleNote";
import { fetchScenarios, scenarios } from "../../state/scenarios";
import { author } from "../../state/author";
import { alike, isName, profileOf } from "./edit";

interface Props {
  /** The scenario that the sliders began with; undefined for a mixture, which can be saved under a new name only. */
  base: ScenarioProfile | undefined;
  /** Gives a mixture its temperature and rules. */
  likeliest: ScenarioProfile | undefined;
  row: Row;
  /** The name it has now. */
  onSaved: (name: string) => void;
}

export function Save({ base, likeliest, row, onSaved }: Props) {
  const asNew = useSignal(base === undefined);
  const [name, description, comment] = [useSignal(""), useSignal(""), useSignal("")];
  const busy = useSignal(false);
  const [told, trouble] = [useSignal(""), useSignal<Trouble | undefined>(undefined)];
  const fresh = asNew.value || base === undefined;
  const from = base ?? likeliest;
  const taken = scenarios.value.some((one) => one.name === name.value);
  const changed = fresh || base === undefined || !alike(rowOf(base), row);
  const ready = from !== undefined && changed && !busy.value && (!fresh || (isName(name.value) && !taken));

  const save = async (event: Event) => {
    event.preventDefault();
    if (!ready || from === undefined) return;
    busy.value = true;
    [told.value, trouble.value] = ["", undefined];
    const profile = profileOf(from, row, fresh ? { name: name.value, description: description.value } : undefined);
    const change = { author: author.value, comment: comment.value, basedOn: fresh ? 0 : from.revision };
    try {
      const { revision } = await admin.reviseScenario({ profile, change });
      await fetchScenarios();
      told.value = t("whatif.saved", { name: profile.name, n: revision?.profile?.revision ?? 0 });
      asNew.value = false;
      onSaved(profile.name);
    } catch (error) {
      const found = troubleOf(error);
      if (found.kind === "conflict" && !fresh) told.value = await conflict(from);
      else trouble.value = found;
    } finally {
      busy.value = false;
    }
  };

  return (
    <form class="card whatif-save" onSubmit={(event) => void save(event)}>
      <h2>{t("whatif.saveTitle")}</h2>
      <div class="row" role="radiogroup" aria-label={t("whatif.saveTitle")}>
        {base && (
          <label class="choice">
            <input type="radio" name="as" checked={!fresh} onChange={() => (asNew.value = false)} />
            {t("whatif.asRevision", { name: named("scenario", base.name) })}
          </label>
        )}
        <label class="choice">
          <input type="radio" name="as" checked={fresh} onChange={() => (asNew.value = true)} />
          {t("whatif.asNew")}
        </label>
      </div>
      <div class="whatif-fields">
        {fresh && (
          <div class="field">
            <label for="whatif-name">{t("whatif.name")}</label>
            <input
              class="input"
              id="whatif-name"
              required
              autocomplete="off"
              spellcheck={false}
              value={name.value}
              aria-describedby="whatif-rule"
              onInput={(event) => (name.value = event.currentTarget.value)}
            />
            <p class="small quiet" id="whatif-rule">
              {t(taken ? "whatif.nameTaken" : "whatif.nameRule")}
            </p>
          </div>
        )}
        {fresh && <Text id="whatif-description" label={t("whatif.description")} value={description} />}
        <Text id="whatif-author" label={t("whatif.author")} value={author} />
        <Text id="whatif-comment" label={t("whatif.comment")} value={comment} />
      </div>
      <div class="row">
        <button type="submit" class="button primary" disabled={!ready}>
          {t(busy.value ? "whatif.saving" : "whatif.save")}
        </button>
        <p class="small quiet" role="status">
          {told.value || (changed ? "" : t("whatif.unchanged"))}
        </p>
      </div>
      {trouble.value && <TroubleNote trouble={trouble.value} />}
    </form>
  );
}

/** Fetches what somebody else made of the scenario, so that it is the base from now on; says so. */
async function conflict(from: ScenarioProfile): Promise<string> {
  await fetchScenarios();
  const newest = scenarios.value.find(({ name }) => name === from.name);
  return t("whatif.conflict", { name: from.name, from: from.revision, to: newest?.revision ?? from.revision });
}

function Text({ id, label, value }: { id: string; label: string; value: { value: string } }) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input class="input" id={id} value={value.value} onInput={(event) => (value.value = event.currentTarget.value)} />
    </div>
  );
}

// The pictures, the prompt and the scenario.
import { t } from "../../i18n";
import { Drop } from "../../parts/Drop";
import { FolderButton } from "../../parts/FolderButton";
import { ScenarioPicker } from "../../parts/ScenarioPicker";
import { ScoringProgress } from "../../parts/ScoringProgress";
import { TroubleNote } from "../../parts/TroubleNote";
import { picturesOf } from "../../state/candidates";
import { candidates, choice, prompt, run } from "./state";

export function Inputs() {
  const all = candidates.all.value;
  const ready = all.length > 0 && prompt.value.trim() !== "" && !candidates.running.value;
  const submit = (event: Event) => {
    event.preventDefault();
    if (ready) void run();
  };
  return (
    <form class="stack compare-inputs" onSubmit={submit}>
      <div class="stack compare-pictures">
        <Drop many pastes compact={all.length > 0} onFiles={(files) => candidates.add(picturesOf(files))} />
        <div class="row">
          <FolderButton onFiles={(files) => candidates.add(picturesOf(files))} />
          {all.length > 0 && (
            <button type="button" class="button plain" onClick={() => candidates.clear()}>
              {t("compare.clear", { n: all.length })}
            </button>
          )}
        </div>
      </div>
      <div class="field">
        <label for="compare-prompt">{t("compare.prompt")}</label>
        <textarea
          class="input"
          id="compare-prompt"
          rows={3}
          placeholder={t("compare.promptHint")}
          value={prompt.value}
          onInput={(event) => (prompt.value = event.currentTarget.value)}
        />
      </div>
      <ScenarioPicker choice={choice} />
      <button type="submit" class="button primary wide" disabled={!ready}>
        {all.length > 0 ? t("compare.rankMany", { n: all.length }) : t("compare.rank")}
      </button>
      <ScoringProgress candidates={candidates} />
      {candidates.trouble.value && <TroubleNote trouble={candidates.trouble.value} again={() => void run()} />}
    </form>
  );
}

// The pictures, the prompt and the scenario.
import { useRef } from "preact/hooks";
import { number, t } from "../../i18n";
import { Drop } from "../../parts/Drop";
import { ScenarioPicker } from "../../parts/ScenarioPicker";
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
      <Progress />
      {candidates.trouble.value && <TroubleNote trouble={candidates.trouble.value} again={() => void run()} />}
    </form>
  );
}

function Progress() {
  if (!candidates.running.value) return null;
  const [done, all] = [candidates.done.value, candidates.all.value.length];
  return (
    <div class="row compare-progress" role="status">
      <progress max={all} value={done} aria-label={t("compare.progress", { done: number(done), all: number(all) })} />
      <span class="small quiet">{t("compare.progress", { done: number(done), all: number(all) })}</span>
      <button type="button" class="button plain" onClick={() => candidates.stop()}>
        {t("compare.stop")}
      </button>
    </div>
  );
}

/** Takes all pictures of a folder. */
export function FolderButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const chosen = () => {
    onFiles([...(input.current?.files ?? [])]);
    if (input.current) input.current.value = "";
  };
  return (
    <>
      <button type="button" class="button" onClick={() => input.current?.click()}>
        {t("compare.folder")}
      </button>
      <input
        // The attribute has this name in all browsers.
        ref={(element) => {
          element?.setAttribute("webkitdirectory", "");
          input.current = element;
        }}
        class="unseen"
        type="file"
        multiple
        tabIndex={-1}
        aria-hidden="true"
        onChange={chosen}
      />
    </>
  );
}

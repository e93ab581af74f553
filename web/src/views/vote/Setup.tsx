// Which pictures, for what, and who judges.
import { named, number, t } from "../../i18n";
import { Drop } from "../../parts/Drop";
import { FolderButton } from "../../parts/FolderButton";
import { ScenarioPicker } from "../../parts/ScenarioPicker";
import { ScoringProgress } from "../../parts/ScoringProgress";
import { TroubleNote } from "../../parts/TroubleNote";
import { author } from "../../state/author";
import { picturesOf } from "../../state/candidates";
import { scoredPictures, type ScoredPicture } from "../../state/scored";
import { begin, candidates, choice, contestants, most, prompt, take } from "./state";

export function Setup() {
  const all = candidates.all.value;
  const failed = all.filter(({ outcome }) => outcome.value.state === "failed");
  const ready = all.length > 1 && prompt.value.trim() !== "" && author.value.trim() !== "" && !candidates.running.value;
  const submit = (event: Event) => {
    event.preventDefault();
    if (ready) void begin();
  };
  const add = (files: File[]) => candidates.add(picturesOf(files));
  return (
    <form class="card vote-setup" onSubmit={submit}>
      <header>
        <h2>{t("vote.setup.title")}</h2>
      </header>
      <div class="vote-columns">
        <div class="stack">
          <Earlier />
          <Drop many pastes compact={all.length > 0} onFiles={add} />
          <div class="row">
            <FolderButton onFiles={add} />
            {all.length > 0 && (
              <button type="button" class="button plain" onClick={() => candidates.clear()}>
                {t("compare.clear", { n: all.length })}
              </button>
            )}
          </div>
          {all.length > 0 && (
            <ul class="vote-thumbs" aria-label={t("vote.setup.pictures", { n: all.length })}>
              {all.map(({ key, url }) => (
                <li key={key}>
                  <img src={url} alt="" loading="lazy" />
                </li>
              ))}
            </ul>
          )}
        </div>
        <div class="stack">
          <div class="field">
            <label for="vote-prompt">{t("compare.prompt")}</label>
            <textarea
              class="input"
              id="vote-prompt"
              rows={3}
              placeholder={t("compare.promptHint")}
              value={prompt.value}
              onInput={(event) => changePrompt(event.currentTarget.value)}
            />
          </div>
          {/* Preferences are about one scenario, and a description may be several. */}
          <ScenarioPicker choice={choice} namesOnly />
          <div class="vote-who">
            <div class="field">
              <label for="vote-rater">{t("vote.setup.rater")}</label>
              <input
                class="input"
                id="vote-rater"
                autocomplete="nickname"
                value={author.value}
                placeholder={t("vote.setup.raterHint")}
                onInput={(event) => (author.value = event.currentTarget.value)}
              />
            </div>
            <div class="field">
              <label for="vote-most">{t("vote.setup.most")}</label>
              <select class="input" id="vote-most" value={most.value} onChange={(event) => (most.value = Number(event.currentTarget.value))}>
                {[10, 20, 50, 100, 0].map((count) => (
                  <option value={count} key={count}>
                    {count === 0 ? t("vote.setup.allPairs") : number(count)}
                  </option>
                ))}
              </select>
            </div>
          </div>
          <button type="submit" class="button primary" disabled={!ready}>
            {t(contestants.value.length > 1 && contestants.value.length === all.length ? "vote.setup.begin" : "vote.setup.score")}
          </button>
          <p class="small quiet">{t("vote.setup.blind")}</p>
          <ScoringProgress candidates={candidates} />
          {candidates.trouble.value && <TroubleNote trouble={candidates.trouble.value} again={() => void begin()} />}
          {failed.map(({ key, name, outcome }) =>
            outcome.value.state === "failed" ? (
              <p class="small vote-bad" key={key}>
                {name}: <strong>{t(`trouble.${outcome.value.trouble.kind}`)}</strong> {t(`trouble.${outcome.value.trouble.kind}.do`)}
              </p>
            ) : null,
          )}
        </div>
      </div>
    </form>
  );
}

function changePrompt(text: string) {
  prompt.value = text;
  // Another prompt is another measurement.
  if (contestants.peek().length > 0) candidates.forget();
}

/** Sets of pictures that were scored for one prompt and scenario. */
function Earlier() {
  const sets = new Map<string, ScoredPicture[]>();
  for (const scored of scoredPictures.value) {
    const key = `${scored.prompt}\n${scored.score.scenario?.name}`;
    sets.set(key, [...(sets.get(key) ?? []), scored]);
  }
  const usable = [...sets.values()].filter((set) => set.length > 1);
  if (usable.length === 0) return null;
  return (
    <div class="stack vote-earlier">
      <p class="label">{t("vote.setup.earlier")}</p>
      {usable.map((set) => (
        <button type="button" class="button" key={set[0]!.prompt + set[0]!.score.scenario?.name} onClick={() => take(set)}>
          <span>{t("vote.setup.set", { n: set.length, scenario: named("scenario", set[0]!.score.scenario?.name ?? "") })}</span>
          <span class="quiet small">{set[0]!.prompt}</span>
        </button>
      ))}
    </div>
  );
}

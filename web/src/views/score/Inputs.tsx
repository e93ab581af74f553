// What is to be judged: picture, prompt and scenario.
import { useEffect, useState } from "preact/hooks";
import { duration, t } from "../../i18n";
import { Drop } from "../../parts/Drop";
import { ScenarioPicker } from "../../parts/ScenarioPicker";
import { examples } from "./examples";
import { answer, cancel, choice, chooseExample, choosePicture, missing, picture, prompt, since, start } from "./state";

export function Inputs() {
  const shown = picture.value;
  const submit = (event: Event) => {
    event.preventDefault();
    void start();
  };
  const quick = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void start();
  };
  return (
    <form class="card stack score-inputs" onSubmit={submit} aria-label={t("score.inputs")}>
      <div class={shown ? "field" : "field score-first"}>
        <span class="label">{t("score.picture")}</span>
        {shown && (
          <div class="score-picked">
            <img src={shown.url} alt="" />
            <p>
              {shown.name}
              <br />
              <span class="quiet small">
                {shown.width} × {shown.height}
              </span>
            </p>
          </div>
        )}
        <Drop onFiles={([file]) => file && void choosePicture(file)} pastes compact={shown !== null} />
      </div>
      <div class="field">
        <label for="prompt">{t("score.prompt")}</label>
        <textarea
          id="prompt"
          class="input"
          placeholder={t("score.promptPlaceholder")}
          value={prompt.value}
          onInput={(event) => (prompt.value = event.currentTarget.value)}
          onKeyDown={quick}
        />
      </div>
      <ScenarioPicker choice={choice} />
      <Go />
      {shown && <Examples />}
    </form>
  );
}

function Go() {
  const begun = since.value;
  const lacks = missing.value;
  // Two elements, by their keys: one that turned from "cancel" into "score" within its click would submit the form.
  if (begun !== null) {
    return (
      <div class="score-go" key="cancel">
        <button type="button" class="button wide" onClick={cancel}>
          {t("action.cancel")}
        </button>
        <Clock begun={begun} />
      </div>
    );
  }
  return (
    <div class="score-go" key="start">
      <button type="submit" class="button primary wide" disabled={lacks !== null} aria-describedby="score-lacks">
        {t(answer.value ? "score.again" : "score.start")}
      </button>
      <p class="quiet small" id="score-lacks">
        {lacks && t(lacks === "picture" ? "score.needPicture" : "score.needPrompt")}
      </p>
    </div>
  );
}

// The time since the call began; screen readers are not told every tenth of a second.
function Clock({ begun }: { begun: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="quiet small" aria-hidden="true">
      {t("score.running", { time: duration(Math.max(now - begun, 0)) })}
    </p>
  );
}

/** Small pictures to begin with. */
export function Examples() {
  return (
    <div class="field">
      <span class="label">{t("score.examples")}</span>
      <ul class="score-examples">
        {examples.map((example) => (
          <li key={example.name}>
            <button type="button" onClick={() => void chooseExample(example)} title={example.prompt} aria-label={t("score.example", { what: example.prompt })}>
              <img src={example.small} width="72" height="72" alt="" loading="lazy" />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

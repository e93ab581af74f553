// One pair, and what can be said of it.
import { useEffect } from "preact/hooks";
import { named, number, t, type Key } from "../../i18n";
import { Picture } from "../../parts/picture/Picture";
import { useSize } from "../../parts/useSize";
import type { Shown } from "./schedule";
import { canUndo, type Answer, type Session } from "./session";
import { answer, contestants, end, undo, view } from "./state";

/** What a key means; those that stand on the buttons, too. */
const KEYS: Record<string, Answer | "undo"> = {
  ArrowLeft: "left",
  "1": "left",
  ArrowRight: "right",
  "2": "right",
  " ": "tie",
  t: "tie",
  s: "skip",
  u: "undo",
};

export function Voting({ session, pair }: { session: Session; pair: Shown }) {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const meant = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (meant === undefined || isTaken(event)) return;
      event.preventDefault();
      if (meant === "undo") undo();
      else answer(meant);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  const done = session.answers.length;
  const all = session.shown.length;
  return (
    <div class="voting">
      <header class="voting-head">
        <div>
          <h1>{t("vote.question", { scenario: named("scenario", session.scenario) })}</h1>
          <p class="quiet">{session.prompt}</p>
        </div>
        <div class="voting-progress">
          <span class="small quiet" role="status">
            {t("vote.progress", { done: number(done + 1), all: number(all) })}
          </span>
          <progress max={all} value={done} aria-label={t("vote.progress", { done: number(done + 1), all: number(all) })} />
        </div>
      </header>
      <div class="voting-pair">
        <Side key={`left ${done}`} number="1" place={pair.left} />
        <Side key={`right ${done}`} number="2" place={pair.right} />
      </div>
      <div class="voting-answers">
        <Choice answer="left" label="vote.left" keys="1  ←" />
        <Choice answer="tie" label="vote.tie" keys="T" />
        <Choice answer="right" label="vote.right" keys="2  →" />
      </div>
      <div class="row voting-others">
        <Choice answer="skip" label="vote.skip" keys="S" plain />
        <button type="button" class="button plain" disabled={!canUndo(session)} onClick={pointed(undo)}>
          {t("vote.undo")} <kbd>U</kbd>
        </button>
        <button type="button" class="button plain" onClick={end}>
          {t("vote.stop")}
        </button>
      </div>
    </div>
  );
}

function Side({ number, place }: { number: string; place: number }) {
  const url = contestants.value[place]?.url ?? "";
  const size = useSize(url);
  return (
    <figure class="voting-side">
      <Picture src={url} alt={t("vote.picture", { n: number })} size={size} view={view} />
      <span class="voting-number" aria-hidden="true">
        {number}
      </span>
    </figure>
  );
}

interface ChoiceProps {
  answer: Answer;
  label: Key;
  keys: string;
  plain?: boolean;
}

function Choice({ answer: given, label, keys, plain = false }: ChoiceProps) {
  return (
    <button type="button" class={plain ? "button plain" : "button"} data-answer={given} onClick={pointed(() => answer(given))}>
      {t(label)} <kbd>{keys}</kbd>
    </button>
  );
}

/** A button that was clicked with a pointer gives up the focus, so that the space bar is a tie again. */
function pointed(act: () => void) {
  return (event: MouseEvent) => {
    if (event.detail > 0) (event.currentTarget as HTMLElement).blur();
    act();
  };
}

/** Whether a key means something else where it was pressed. */
function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.target as HTMLElement;
  if (target.closest("input, textarea, select, dialog")) return true;
  return event.key === " " && target.closest("button, a") !== null;
}

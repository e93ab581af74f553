// What the score view knows; it stays when another view is opened.
import { computed, signal } from "@preact/signals";
import { reasonOf } from "../../api/reason";
import { scoreWatched } from "../../api/score";
import { troubleOf, type Trouble } from "../../api/trouble";
import type { ScoreResponse, Stage } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import type { Pointed } from "../../parts/picture/links";
import { whole, type View } from "../../parts/picture/view";
import { pick, release, type PickedPicture } from "../../state/pictures";
import { rememberScored } from "../../state/scored";
import { noChoice, type ScenarioChoice } from "../../state/scenarios";
import { lookAtPicture } from "./look";
import { fetchExample, type Example } from "./examples";

export const picture = signal<PickedPicture | null>(null);
export const prompt = signal("");
export const choice = signal<ScenarioChoice>(noChoice);

/** Of the picture that is shown. */
export const answer = signal<ScoreResponse | null>(null);
export const stages = signal<Stage[]>([]);
export const trouble = signal<Trouble | null>(null);
/** When the call began, milliseconds since 1970; null when none runs. */
export const since = signal<number | null>(null);

/** What stands beside the picture. */
export const panel = signal<"findings" | "whatif">("findings");

export type Layer = "none" | "regions" | "distortions";
export const layer = signal<Layer>("regions");
export const view = signal<View>(whole);
export const opacity = signal(0.75);
/** The distortion whose map is shown, by its name. */
export const shownDistortion = signal<string | null>(null);
export const hovered = signal<Pointed | null>(null);
export const pinned = signal<Pointed | null>(null);

/** What is still missing for a call. */
export const missing = computed<"picture" | "prompt" | null>(() => {
  if (!picture.value) return "picture";
  return prompt.value.trim() ? null : "prompt";
});

let running: AbortController | null = null;

function forgetAnswer(): void {
  running?.abort();
  running = null;
  since.value = null;
  answer.value = null;
  stages.value = [];
  trouble.value = null;
  hovered.value = null;
  pinned.value = null;
  shownDistortion.value = null;
}

/** Shows a file as the picture to be scored, or says why it is none. */
export async function choosePicture(file: File): Promise<boolean> {
  try {
    const picked = await pick(file);
    forgetAnswer();
    release(picture.peek());
    view.value = whole;
    picture.value = picked;
    return true;
  } catch (error) {
    trouble.value = troubleOf(error);
    return false;
  }
}

/** Takes an example with its prompt and scenario. */
export async function chooseExample(example: Example): Promise<void> {
  try {
    if (!(await choosePicture(await fetchExample(example)))) return;
    prompt.value = example.prompt;
    choice.value = { ...noChoice, name: example.scenario };
  } catch (error) {
    trouble.value = troubleOf(error);
  }
}

/** Scores what is chosen; a call that runs is given up. */
export async function start(): Promise<void> {
  const shown = picture.peek();
  if (!shown || missing.peek()) return;
  forgetAnswer();
  const mine = new AbortController();
  running = mine;
  since.value = Date.now();
  const asked = { bytes: shown.bytes, prompt: prompt.peek().trim(), choice: choice.peek() };
  const told = (stage: Stage) => {
    if (running === mine) stages.value = [...stages.peek(), stage];
  };
  try {
    const scored = await scoreWatched(asked, told, mine.signal);
    if (running !== mine) return;
    stages.value = scored.stages;
    answer.value = scored;
    rememberScored({ name: shown.name, picture: new Blob([shown.bytes]), prompt: asked.prompt, score: scored });
  } catch (error) {
    const reason = await reasonOf(error);
    if (running === mine) trouble.value = reason;
  } finally {
    if (running === mine) {
      running = null;
      since.value = null;
    }
  }
}

/** Shows a picture with an answer that it had before. */
export function showScored(shown: PickedPicture, asked: string, scored: ScoreResponse): void {
  forgetAnswer();
  release(picture.peek());
  view.value = whole;
  picture.value = shown;
  prompt.value = asked;
  choice.value = { ...noChoice, name: scored.scenario?.name ?? "" };
  stages.value = scored.stages;
  answer.value = scored;
}

/** Gives up the call that runs. */
export function cancel(): void {
  running?.abort();
}

/** Shows a distortion's map. */
export function showDistortion(name: string): void {
  shownDistortion.value = name;
  layer.value = "distortions";
  lookAtPicture();
}

/** Keeps pointing at something, or no longer if that is what is pointed at. */
function togglePin(pointed: Pointed): void {
  const held = isPinned(pointed);
  pinned.value = held ? null : pointed;
  if (!held) lookAtPicture();
}

/** What makes a button light up `pointed` in the picture: while it is pointed at, and for as long as it is pressed. */
export const lighting = (pointed: Pointed) => {
  const [point, leave] = [() => void (hovered.value = pointed), () => void (hovered.value = null)];
  return {
    "aria-pressed": isPinned(pointed),
    onPointerEnter: point,
    onPointerLeave: leave,
    onFocus: point,
    onBlur: leave,
    onClick: () => togglePin(pointed),
  };
};

const isPinned = ({ list, index }: Pointed): boolean => pinned.value?.list === list && pinned.value.index === index;

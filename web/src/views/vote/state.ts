// Where a rater is, and the votes there are; they stay while another view is open, and over a reload in this tab.
import { computed, signal } from "@preact/signals";
import { admin } from "../../api/transport";
import { troubleOf, type Trouble } from "../../api/trouble";
import { random } from "../../agreement/random";
import { exported, imported, type Vote } from "../../agreement/votes";
import { Preferred } from "../../gen/cpaiqa/admin/v1/admin_service_pb";
import { whole } from "../../parts/picture/view";
import { author } from "../../state/author";
import { Candidates, type Scored } from "../../state/candidates";
import { kept } from "../../state/kept";
import { noChoice, selectorOf } from "../../state/scenarios";
import type { ScoredPicture } from "../../state/scored";
import { schedule } from "./schedule";
import { answered, current, ended, handedVotes, undone, type Answer, type Session } from "./session";

export const candidates = new Candidates();
export const prompt = signal("");
export const choice = signal(noChoice);
/** Different pairs to be shown, at most; 0 for all there are. */
export const most = signal(50);
export const session = signal<Session | undefined>(undefined);
/** Both pictures are moved by it; it begins anew with each pair. */
export const view = signal(whole);

/** Pictures that can be voted on: each measurement once. */
export const contestants = computed<Scored[]>(() => {
  const seen = new Set<string>();
  return candidates.scored.value.filter(({ score }) => !seen.has(score.id) && seen.add(score.id));
});

const stored = kept<string>(() => sessionStorage, "votes", "");
/** This tab's votes, the oldest first, repeats among them. */
export const own = signal<Vote[]>(imported(stored.peek()).votes);
/** Those of other raters, from files. */
export const others = signal<Vote[]>([]);
/** Ids of votes that the gateway has, and why it refused others. */
export const sent = signal<ReadonlySet<string>>(new Set());
export const refused = signal<ReadonlyMap<string, string>>(new Map());
export const sendTrouble = signal<Trouble | undefined>(undefined);
export const waiting = computed(() =>
  own.value.filter((vote) => !vote.repeat && !sent.value.has(vote.id) && !refused.value.has(vote.id)),
);

/** Scores what has no score yet, then begins, if there are two pictures to choose from. */
export async function begin(): Promise<void> {
  await candidates.run(prompt.value.trim(), selectorOf(choice.value));
  if (candidates.trouble.value === undefined && contestants.value.length > 1) start(prompt.value.trim());
}

/** Takes pictures that were scored before. */
export function take(pictures: ScoredPicture[]): void {
  candidates.clear();
  candidates.add(pictures);
  prompt.value = pictures[0]?.prompt ?? "";
  const name = pictures[0]?.score.scenario?.name ?? "";
  choice.value = { by: "name", name, text: "" };
  candidates.answering(prompt.value.trim(), selectorOf(choice.value));
}

function start(prompt: string): void {
  const [seed, ...key] = crypto.getRandomValues(new Uint32Array(4));
  view.value = whole;
  session.value = {
    key: key.map((part) => part.toString(36)).join(""),
    rater: author.value.trim(),
    scenario: contestants.value[0]?.score.scenario?.name ?? "",
    prompt,
    ids: contestants.value.map(({ score }) => score.id),
    shown: schedule(contestants.value.length, random(seed!), most.value || Infinity),
    answers: [],
    handed: 0,
  };
}

export function answer(given: Answer): void {
  if (session.value) move(answered(session.value, given));
}

export function undo(): void {
  if (session.value) move(undone(session.value));
}

/** No further pair; what is answered is sent. */
export function end(): void {
  if (session.value) move(ended(session.value));
}

function move(next: Session): void {
  const before = session.peek()?.handed ?? 0;
  session.value = next;
  if (current(next) !== undefined) view.value = whole;
  const votes = handedVotes(next, before);
  if (votes.length === 0) return;
  own.value = [...own.value, ...votes];
  stored.value = exported(own.value);
  void send();
}

let sending = false;

/** Sends what the gateway does not have yet, one by one; stops where it cannot be reached. */
export async function send(): Promise<void> {
  if (sending) return;
  sending = true;
  sendTrouble.value = undefined;
  try {
    for (let vote = waiting.value[0]; vote; vote = waiting.value[0]) {
      const { id, scenario, a, b, rater } = vote;
      const preferred = { a: Preferred.A, b: Preferred.B, tie: Preferred.TIE }[vote.preferred];
      const { answer } = await admin.addPreference({ preference: { id, scenario, a, b, rater, preferred } });
      if (answer?.error) refused.value = new Map(refused.value).set(id, answer.error);
      else sent.value = new Set(sent.value).add(id);
    }
  } catch (error) {
    sendTrouble.value = troubleOf(error);
  } finally {
    sending = false;
  }
}

/** Back to the choice of pictures; votes are kept. */
export function leave(): void {
  if (session.value) end();
  session.value = undefined;
}

export function forgetVotes(): void {
  [own.value, others.value, stored.value] = [[], [], ""];
  [sent.value, refused.value] = [new Set(), new Map()];
}

// One rater's way through the pairs: what was answered, what can be undone, and the votes that come of it.
import type { Vote } from "../../agreement/votes";
import type { Shown } from "./schedule";

export type Answer = "left" | "right" | "tie" | "skip";

export interface Session {
  /** Makes the votes' ids its own. */
  key: string;
  rater: string;
  scenario: string;
  prompt: string;
  /** Measurement ids, by candidate. */
  ids: string[];
  shown: Shown[];
  /** To the first of `shown`, in order. */
  answers: Answer[];
  /** So many answers were handed over; they can no longer be undone. */
  handed: number;
}

/** The pair to be judged; undefined at the end. */
export function current(session: Session): Shown | undefined {
  return session.shown[session.answers.length];
}

/** Answers the current pair; the answers before it are handed over with this. */
export function answered(session: Session, answer: Answer): Session {
  if (current(session) === undefined) return session;
  return { ...session, answers: [...session.answers, answer], handed: session.answers.length };
}

export function canUndo(session: Session): boolean {
  return session.answers.length > session.handed;
}

export function undone(session: Session): Session {
  return canUndo(session) ? { ...session, answers: session.answers.slice(0, -1) } : session;
}

/** Nothing can be undone any more, and no pair is left. */
export function ended(session: Session): Session {
  return { ...session, shown: session.shown.slice(0, session.answers.length), handed: session.answers.length };
}

/** The vote of the answer at a place; undefined for what was skipped. */
export function voteAt(session: Session, at: number): Vote | undefined {
  const [pair, answer] = [session.shown[at], session.answers[at]];
  if (pair === undefined || answer === undefined || answer === "skip") return undefined;
  const [left, right] = [session.ids[pair.left]!, session.ids[pair.right]!];
  const [a, b] = left < right ? [left, right] : [right, left];
  const side = left === a ? "a" : "b";
  const other = left === a ? "b" : "a";
  return {
    id: `${session.key}-${at + 1}`,
    scenario: session.scenario,
    prompt: session.prompt,
    a,
    b,
    preferred: answer === "tie" ? "tie" : answer === "left" ? side : other,
    rater: session.rater,
    left: side,
    repeat: pair.repeat,
  };
}

/** The votes that were handed over from a place on. */
export function handedVotes(session: Session, from = 0): Vote[] {
  const places = Array.from({ length: Math.max(0, session.handed - from) }, (_, i) => from + i);
  return places.map((at) => voteAt(session, at)).filter((vote) => vote !== undefined);
}

// Votes of one or several raters, and how well they agree.
import { alphaWithInterval } from "./alpha";
import { share, type Interval } from "./interval";

export type Preferred = "a" | "b" | "tie";

/** One judgement: a line of an export. */
export interface Vote {
  /** The same when it is sent again. */
  id: string;
  scenario: string;
  prompt: string;
  /** Measurement ids, the lesser first, whichever side they were on. */
  a: string;
  b: string;
  preferred: Preferred;
  rater: string;
  /** Which of them was on the left. */
  left: "a" | "b";
  /** The pair was shown before to the same rater; it tells about the rater and is not sent. */
  repeat: boolean;
}

const pairOf = (vote: Vote) => [vote.scenario, vote.a, vote.b].join("\n");

/** How often a rater says the same of a pair that comes again; undefined when none did. */
export function consistency(votes: Vote[]): (Interval & { pairs: number }) | undefined {
  const first = new Map<string, Preferred>();
  for (const vote of votes) {
    const key = `${vote.rater}\n${pairOf(vote)}`;
    if (!vote.repeat && !first.has(key)) first.set(key, vote.preferred);
  }
  const again = votes.filter((vote) => vote.repeat && first.has(`${vote.rater}\n${pairOf(vote)}`));
  const same = again.filter((vote) => first.get(`${vote.rater}\n${pairOf(vote)}`) === vote.preferred);
  const told = share(same.length, again.length);
  return told && { ...told, pairs: again.length };
}

/** How far raters agree on pairs that two or more have judged; a rater's first word counts. */
export function between(votes: Vote[]): { raters: string[]; shared: number; alpha: Interval | undefined } {
  const pairs = new Map<string, Map<string, Preferred>>();
  for (const vote of votes.filter((vote) => !vote.repeat)) {
    const said = pairs.get(pairOf(vote)) ?? new Map<string, Preferred>();
    if (!said.has(vote.rater)) said.set(vote.rater, vote.preferred);
    pairs.set(pairOf(vote), said);
  }
  const units = [...pairs.values()].map((said) => [...said.values()]).filter((unit) => unit.length > 1);
  const raters = [...new Set(votes.map((vote) => vote.rater))];
  return { raters, shared: units.length, alpha: alphaWithInterval(units) };
}

/** Which picture had the side, of votes without a tie: a rater who looks at the left only has 1. */
export function leftShare(votes: Vote[]): Interval | undefined {
  const decided = votes.filter((vote) => vote.preferred !== "tie");
  return share(decided.filter((vote) => vote.preferred === vote.left).length, decided.length);
}

export function exported(votes: Vote[]): string {
  return votes.map((vote) => `${JSON.stringify(vote)}\n`).join("");
}

/** The votes of an export, and what is wrong with lines that are none. */
export function imported(text: string): { votes: Vote[]; bad: { line: number; why: string }[] } {
  const votes: Vote[] = [];
  const bad: { line: number; why: string }[] = [];
  text.split("\n").forEach((line, at) => {
    if (line.trim() === "") return;
    const read = vote(line);
    if (typeof read === "string") bad.push({ line: at + 1, why: read });
    else votes.push(read);
  });
  return { votes, bad };
}

/** The vote of a line, or what was expected in it. */
function vote(line: string): Vote | string {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return "JSON";
  }
  if (typeof value !== "object" || value === null) return "JSON";
  for (const name of ["id", "scenario", "prompt", "a", "b", "rater"]) if (typeof value[name] !== "string") return name;
  if (!["a", "b", "tie"].includes(value.preferred as string)) return "preferred";
  if (value.left !== "a" && value.left !== "b") return "left";
  if (typeof value.repeat !== "boolean") return "repeat";
  const { id, scenario, prompt, a, b, preferred, rater, left, repeat } = value as unknown as Vote;
  return { id, scenario, prompt, a, b, preferred, rater, left, repeat };
}

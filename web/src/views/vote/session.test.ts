import { expect, test } from "vitest";
import { answered, canUndo, current, ended, handedVotes, undone, voteAt, type Session } from "./session";

const START: Session = {
  key: "k",
  rater: "r",
  scenario: "s",
  prompt: "p",
  ids: ["0b", "0a"],
  shown: [
    { left: 0, right: 1, repeat: false },
    { left: 1, right: 0, repeat: true },
  ],
  answers: [],
  handed: 0,
};

test("a_vote_names_the_measurements_in_one_order_whichever_side_they_were_on", () => {
  const session = ended(answered(answered(START, "left"), "right"));
  expect(handedVotes(session)).toEqual([
    { id: "k-1", scenario: "s", prompt: "p", a: "0a", b: "0b", preferred: "b", rater: "r", left: "b", repeat: false },
    { id: "k-2", scenario: "s", prompt: "p", a: "0a", b: "0b", preferred: "b", rater: "r", left: "a", repeat: true },
  ]);
});

test("an_answer_can_be_undone_until_the_next_one_is_given", () => {
  const first = answered(START, "left");
  expect(handedVotes(first)).toEqual([]);
  expect(canUndo(first)).toBe(true);
  expect(undone(first)).toEqual(START);
  const second = answered(first, "tie");
  expect(handedVotes(second).map((vote) => vote.id)).toEqual(["k-1"]);
  const back = undone(second);
  expect(current(back)).toBe(START.shown[1]);
  expect(canUndo(back)).toBe(false);
  expect(handedVotes(ended(answered(back, "left")), 1).map((vote) => vote.preferred)).toEqual(["a"]);
});

test("what_is_skipped_gives_no_vote_and_a_session_that_is_ended_has_no_pair_left", () => {
  const session = ended(answered(START, "skip"));
  expect(voteAt(session, 0)).toBeUndefined();
  expect(handedVotes(session)).toEqual([]);
  expect(current(session)).toBeUndefined();
});

import { Code, ConnectError } from "@connectrpc/connect";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { BadRequestSchema, ErrorInfoSchema, QuotaFailureSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb";
import { PageTrouble, troubleOf } from "./trouble";

const bad = (field: string, description: string) => {
  const value: MessageInitShape<typeof BadRequestSchema> = { fieldViolations: [{ field, description }] };
  return new ConnectError("invalid", Code.InvalidArgument, undefined, [{ desc: BadRequestSchema, value }]);
};

test("a_used_up_quota_says_which_and_when_to_come_back", () => {
  const error = new ConnectError("quota", Code.ResourceExhausted, undefined, [
    { desc: ErrorInfoSchema, value: { reason: "QUOTA_EXCEEDED", domain: "cpaiqa" } },
    { desc: QuotaFailureSchema, value: { violations: [{ subject: "pictures_per_day", description: "10 of 10 are used" }] } },
    { desc: RetryInfoSchema, value: { retryDelay: { seconds: 5n, nanos: 250_000_000 } } },
  ]);
  expect(troubleOf(error, 1000)).toEqual({ kind: "quota", detail: "10 of 10 are used", retryAt: 6250 });
});

test("an_overload_is_no_quota", () => {
  const error = new ConnectError("queue full", Code.ResourceExhausted, undefined, [
    { desc: ErrorInfoSchema, value: { reason: "OVERLOADED", domain: "cpaiqa" } },
    { desc: RetryInfoSchema, value: { retryDelay: { seconds: 1n } } },
  ]);
  expect(troubleOf(error, 0)).toEqual({ kind: "overloaded", detail: "queue full", retryAt: 1000 });
});

test("bad_input_names_its_field", () => {
  expect(troubleOf(bad("prompt", "empty"))).toEqual({ kind: "invalid", field: "prompt", detail: "empty" });
});

test("a_picture_that_is_too_large_or_none_is_told_apart", () => {
  expect(troubleOf(bad("picture", "expected at most 100 bytes, got 200; send a smaller file")).kind).toBe("tooLarge");
  expect(troubleOf(bad("picture", "expected at most 9 pixels and 3 on a side, got 4 × 4; scale it down")).kind).toBe("tooLarge");
  expect(troubleOf(bad("picture", 'expected a picture (PNG or TIFF), got text that starts with "hi"')).kind).toBe("wrongType");
  expect(troubleOf(bad("picture", "the png is truncated or damaged (x); send the whole file")).kind).toBe("invalid");
});

test("nobody_there_differs_from_a_backend_that_is_down", () => {
  const failed = ConnectError.from(new TypeError("Failed to fetch"));
  expect(troubleOf(failed).kind).toBe("unreachable");
  expect(troubleOf(new ConnectError("HTTP 502", Code.Unavailable)).kind).toBe("unreachable");
  const down = new ConnectError("no connection", Code.Unavailable, undefined, [
    { desc: ErrorInfoSchema, value: { reason: "UNAVAILABLE", domain: "cpaiqa" } },
  ]);
  expect(troubleOf(down).kind).toBe("unavailable");
});

test("an_answer_that_ends_too_soon_is_not_the_input's_fault", () => {
  expect(troubleOf(new ConnectError("protocol error: incomplete envelope", Code.InvalidArgument)).kind).toBe("broken");
});

test.each([
  [Code.Unauthenticated, "unauthenticated"],
  [Code.PermissionDenied, "forbidden"],
  [Code.DeadlineExceeded, "deadline"],
  [Code.OutOfRange, "tooLarge"],
  [Code.Aborted, "conflict"],
  [Code.NotFound, "notFound"],
  [Code.Internal, "internal"],
] as const)("code_%s_is_%s", (code, kind) => {
  expect(troubleOf(new ConnectError("words", code))).toEqual({ kind, detail: "words" });
});

test("what_the_page_found_itself_stays_as_it_is", () => {
  const trouble = { kind: "wrongType", detail: "notes.txt" } as const;
  expect(troubleOf(new PageTrouble(trouble))).toBe(trouble);
});

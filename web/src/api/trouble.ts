// What went wrong, as a person can act on it.
import { Code, ConnectError } from "@connectrpc/connect";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { BadRequestSchema, ErrorInfoSchema, QuotaFailureSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb";

export type TroubleKind =
  | "unreachable" // no gateway there
  | "broken" // it is there, but a call did not get through
  | "unavailable" // the gateway is there, something behind it is not
  | "unauthenticated"
  | "forbidden"
  | "quota"
  | "overloaded"
  | "invalid"
  | "tooLarge"
  | "wrongType"
  | "deadline"
  | "cancelled"
  | "notFound"
  | "conflict"
  | "internal";

/** One failure. `detail` is in the gateway's own words; `retryAt` in milliseconds since 1970. */
export interface Trouble {
  kind: TroubleKind;
  detail: string;
  field?: string;
  retryAt?: number;
}

/** A failure found in the page itself, before any call. */
export class PageTrouble extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble.detail);
  }
}

const kinds: Partial<Record<Code, TroubleKind>> = {
  [Code.Unauthenticated]: "unauthenticated",
  [Code.PermissionDenied]: "forbidden",
  [Code.InvalidArgument]: "invalid",
  [Code.FailedPrecondition]: "invalid",
  [Code.OutOfRange]: "tooLarge",
  [Code.DeadlineExceeded]: "deadline",
  [Code.Canceled]: "cancelled",
  [Code.NotFound]: "notFound",
  [Code.Aborted]: "conflict",
  [Code.AlreadyExists]: "conflict",
};

function kindOf(error: ConnectError): TroubleKind {
  const [info] = error.findDetails(ErrorInfoSchema);
  if (error.code === Code.ResourceExhausted) return info?.reason === "QUOTA_EXCEEDED" ? "quota" : "overloaded";
  // A browser tells every failed connection as a TypeError; a proxy without a gateway answers 502 to 504, without details.
  if (error.cause instanceof TypeError) return "unreachable";
  if (error.code === Code.Unavailable) return info ? "unavailable" : "unreachable";
  // What the library says of an answer that ends too soon.
  if (/^(protocol error|missing trailer)/.test(error.rawMessage)) return "broken";
  return kinds[error.code] ?? "internal";
}

// The gateway tells what is wrong with a picture in words alone.
function pictureKind(description: string): TroubleKind {
  if (/at most [\d ,.]+ ?(bytes|pixels|MiB)/i.test(description)) return "tooLarge";
  if (/^expected a picture \(/.test(description)) return "wrongType";
  return "invalid";
}

/** Any error of a call, told apart; `now` in milliseconds since 1970. */
export function troubleOf(error: unknown, now = Date.now()): Trouble {
  if (error instanceof PageTrouble) return error.trouble;
  const told = ConnectError.from(error);
  const trouble: Trouble = { kind: kindOf(told), detail: told.rawMessage };
  const violation = told.findDetails(BadRequestSchema)[0]?.fieldViolations[0];
  if (violation) {
    trouble.field = violation.field;
    trouble.detail = violation.description;
    if (violation.field.startsWith("picture")) trouble.kind = pictureKind(violation.description);
  }
  const limit = told.findDetails(QuotaFailureSchema)[0]?.violations[0];
  if (limit) trouble.detail = limit.description;
  const delay = told.findDetails(RetryInfoSchema)[0]?.retryDelay;
  if (delay) trouble.retryAt = now + durationMs(delay);
  return trouble;
}

//! The one place where role errors become gRPC statuses, and back.

use std::time::Duration;

use domain::roles::RoleError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, ErrorInfo, StatusExt};

const DOMAIN: &str = "cpaiqa";
const QUOTA_EXCEEDED: &str = "QUOTA_EXCEEDED";

/// When an overloaded backend may be asked again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Longest text of a status, and longest name in its details, bytes. All of it travels in headers, some of it twice, and grows
/// there by its encoding; clients take no more than 8 to 16 kB of them.
const LONGEST_TEXT: usize = 1_024;
const LONGEST_NAME: usize = 256;

/// `text`, if need be cut where a character ends.
fn shortened(text: &str, most: usize) -> String {
    const CUT: &str = "…";
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}{CUT}", &text[..text.floor_char_boundary(most - CUT.len())])
}

/// The status for `error`, with `google.rpc` details. Errors may repeat what the caller sent, of any length; a status is never
/// longer than every client takes.
pub fn to_status(error: &RoleError) -> Status {
    let (text, name) = (|text: &str| shortened(text, LONGEST_TEXT), |name: &str| shortened(name, LONGEST_NAME));
    let (code, reason) = match error {
        RoleError::InvalidInput { .. } => (Code::InvalidArgument, "INVALID_INPUT"),
        RoleError::NotFound { .. } => (Code::NotFound, "NOT_FOUND"),
        RoleError::Unauthenticated(_) => (Code::Unauthenticated, "UNAUTHENTICATED"),
        RoleError::Forbidden(_) => (Code::PermissionDenied, "FORBIDDEN"),
        RoleError::DeadlineExceeded(_) => (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
        RoleError::Cancelled(_) => (Code::Cancelled, "CANCELLED"),
        RoleError::Conflict(_) => (Code::Aborted, "CONFLICT"),
        RoleError::Unavailable(_) => (Code::Unavailable, "UNAVAILABLE"),
        RoleError::Overloaded(_) => (Code::ResourceExhausted, "OVERLOADED"),
        RoleError::QuotaExceeded { .. } => (Code::ResourceExhausted, QUOTA_EXCEEDED),
        RoleError::Unsupported(_) => (Code::Unimplemented, "UNSUPPORTED"),
        RoleError::Internal(_) => (Code::Internal, "INTERNAL"),
    };
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, [] as [(String, String); 0]);
    match error {
        RoleError::InvalidInput { field, message } => {
            details.add_bad_request_violation(name(field), text(message));
        }
        RoleError::NotFound { kind, name: missing, message } => {
            details.set_resource_info(name(kind), name(missing), "", text(message));
        }
        RoleError::Overloaded(_) => {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        RoleError::QuotaExceeded { quota, message, retry_after } => {
            details.add_quota_failure_violation(name(quota), text(message));
            if retry_after.is_some() {
                details.set_retry_info(*retry_after);
            }
        }
        _ => {}
    }
    Status::with_error_details(code, text(&error.to_string()), details)
}

/// The error behind a backend's `status`.
pub fn from_status(status: &Status) -> RoleError {
    let details = status.get_error_details();
    let message = status.message().to_owned();
    // The message repeats the variant's own prefix when this project wrote it.
    let bare = |prefix: &str| message.strip_prefix(prefix).unwrap_or(&message).to_owned();
    match status.code() {
        Code::InvalidArgument => match details.bad_request().and_then(|bad| bad.field_violations.first()) {
            Some(violation) => RoleError::invalid(&violation.field, &violation.description),
            None => RoleError::invalid("request", message),
        },
        Code::NotFound => match details.resource_info() {
            Some(resource) => RoleError::NotFound {
                kind: resource.resource_type.clone(),
                name: resource.resource_name.clone(),
                message: resource.description.clone(),
            },
            None => RoleError::Internal(message),
        },
        Code::Unauthenticated => RoleError::Unauthenticated(bare("not authenticated: ")),
        Code::PermissionDenied => RoleError::Forbidden(bare("not allowed: ")),
        Code::DeadlineExceeded => RoleError::DeadlineExceeded(bare("deadline exceeded: ")),
        Code::Cancelled => RoleError::Cancelled(bare("cancelled: ")),
        Code::Aborted => RoleError::Conflict(bare("conflict: ")),
        Code::Unavailable => RoleError::Unavailable(bare("unavailable: ")),
        Code::ResourceExhausted => {
            let ours = |info: &ErrorInfo| info.reason == QUOTA_EXCEEDED && info.domain == DOMAIN;
            match details.quota_failure().and_then(|failure| failure.violations.first()) {
                Some(violation) if details.error_info().is_some_and(ours) => RoleError::QuotaExceeded {
                    quota: violation.subject.clone(),
                    message: violation.description.clone(),
                    retry_after: details.retry_info().and_then(|info| info.retry_delay),
                },
                _ => RoleError::Overloaded(bare("overloaded: ")),
            }
        }
        Code::Unimplemented => RoleError::Unsupported(bare("not supported: ")),
        _ => RoleError::Internal(message),
    }
}

/// A status by the name that gRPC gives it, e.g. `INVALID_ARGUMENT`.
pub const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota_exceeded(retry_after: Option<Duration>) -> RoleError {
        RoleError::QuotaExceeded { quota: "pictures_per_day".into(), message: "10 of 10 are used".into(), retry_after }
    }

    #[test]
    fn every_error_survives_the_way_over_the_wire() {
        let errors = [
            RoleError::invalid("picture", "expected a picture, got text"),
            RoleError::NotFound { kind: "scenario".into(), name: "x".into(), message: "known: general".into() },
            RoleError::Unauthenticated("no live key".into()),
            RoleError::Forbidden("for operators".into()),
            RoleError::DeadlineExceeded("after 3 ms".into()),
            RoleError::Cancelled("the caller left".into()),
            RoleError::Conflict("revision 3 is the newest".into()),
            RoleError::Unavailable("no connection".into()),
            RoleError::Overloaded("queue full".into()),
            quota_exceeded(Some(Duration::from_millis(5_250))),
            quota_exceeded(None),
            RoleError::Unsupported("maps".into()),
            RoleError::Internal("session failed".into()),
        ];
        for error in errors {
            assert_eq!(from_status(&to_status(&error)), error);
        }
    }

    #[test]
    fn an_error_that_repeats_a_long_text_fits_into_headers() {
        let long = "画".repeat(100_000);
        let errors = [
            RoleError::invalid(&long, &long),
            RoleError::NotFound { kind: long.clone(), name: long.clone(), message: long.clone() },
            RoleError::QuotaExceeded { quota: long.clone(), message: long.clone(), retry_after: None },
            RoleError::Conflict(long.clone()),
        ];
        for error in errors {
            let status = to_status(&error);
            let headers = status.clone().into_http::<()>().into_parts().0.headers;
            let length: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
            assert!(length < 8_192, "{length} bytes for {:?}", status.code());
            assert!(status.message().ends_with("画…"), "{}", status.message());
        }
        let most = "é".repeat(LONGEST_TEXT / 2);
        assert_eq!(to_status(&RoleError::Internal(most.clone())).message(), most);
    }

    #[test]
    fn bad_input_names_its_field_and_overload_says_when_to_retry() {
        let details = to_status(&RoleError::invalid("prompt", "empty")).get_error_details();
        assert_eq!(details.bad_request().unwrap().field_violations[0].field, "prompt");
        assert_eq!(details.error_info().unwrap().reason, "INVALID_INPUT");
        let details = to_status(&RoleError::Overloaded("busy".into())).get_error_details();
        assert_eq!(details.retry_info().unwrap().retry_delay, Some(RETRY_AFTER));
    }

    #[test]
    fn a_used_up_quota_is_told_apart_from_an_overload() {
        let wait = Duration::from_millis(250);
        let status = to_status(&quota_exceeded(Some(wait)));
        let details = status.get_error_details();
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert_eq!(details.error_info().map(|info| (&*info.reason, &*info.domain)), Some(("QUOTA_EXCEEDED", "cpaiqa")));
        let violation = &details.quota_failure().unwrap().violations[0];
        assert_eq!((&*violation.subject, &*violation.description), ("pictures_per_day", "10 of 10 are used"));
        assert_eq!(details.retry_info().unwrap().retry_delay, Some(wait));
        assert!(to_status(&quota_exceeded(None)).get_error_details().retry_info().is_none());

        let mut foreign = ErrorDetails::new();
        foreign.set_error_info("QUOTA_EXCEEDED", "elsewhere", [] as [(String, String); 0]);
        foreign.add_quota_failure_violation("project:7", "too many");
        let foreign = Status::with_error_details(Code::ResourceExhausted, "too many", foreign);
        assert_eq!(
            from_status(&foreign),
            RoleError::Overloaded("too many".into()),
            "a backend's own quota is not the caller's"
        );
    }
}

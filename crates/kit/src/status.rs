//! The one place where role errors become gRPC statuses, and back.

use std::time::Duration;

use domain::roles::RoleError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

const DOMAIN: &str = "cpaiqa";

/// When an overloaded backend may be asked again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The status for `error`, with `google.rpc` details.
pub fn to_status(error: &RoleError) -> Status {
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
        RoleError::Unsupported(_) => (Code::Unimplemented, "UNSUPPORTED"),
        RoleError::Internal(_) => (Code::Internal, "INTERNAL"),
    };
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, [] as [(String, String); 0]);
    match error {
        RoleError::InvalidInput { field, message } => {
            details.add_bad_request_violation(field, message);
        }
        RoleError::NotFound { kind, name, message } => {
            details.set_resource_info(kind, name, "", message);
        }
        RoleError::Overloaded(_) => {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        _ => {}
    }
    Status::with_error_details(code, error.to_string(), details)
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
        Code::ResourceExhausted => RoleError::Overloaded(bare("overloaded: ")),
        Code::Unimplemented => RoleError::Unsupported(bare("not supported: ")),
        _ => RoleError::Internal(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            RoleError::Unsupported("maps".into()),
            RoleError::Internal("session failed".into()),
        ];
        for error in errors {
            assert_eq!(from_status(&to_status(&error)), error);
        }
    }

    #[test]
    fn bad_input_names_its_field_and_overload_says_when_to_retry() {
        let details = to_status(&RoleError::invalid("prompt", "empty")).get_error_details();
        assert_eq!(details.bad_request().unwrap().field_violations[0].field, "prompt");
        assert_eq!(details.error_info().unwrap().reason, "INVALID_INPUT");
        let details = to_status(&RoleError::Overloaded("busy".into())).get_error_details();
        assert_eq!(details.retry_info().unwrap().retry_delay, Some(RETRY_AFTER));
    }
}

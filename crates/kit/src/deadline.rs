//! Deadlines over every hop.
//!
//! tonic answers an expired `grpc-timeout` with CANCELLED; here the header is read first, kept as an instant that
//! handlers pass on, and answered with DEADLINE_EXCEEDED a moment before tonic's own timer.

use std::time::{Duration, Instant};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use domain::roles::{Call, RoleError};
use http::{HeaderMap, header::HeaderName};

use crate::status::to_status;

const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// How far ahead of the caller's own timer the answer is given, so that it still arrives.
const HEAD_START: Duration = Duration::from_millis(5);

/// Ends calls at their deadline; `longest` bounds those that name none.
pub async fn enforce(State(longest): State<Duration>, mut request: Request, next: Next) -> Response {
    let allowed = timeout(request.headers()).map_or(longest, |timeout| timeout.min(longest));
    let deadline = Instant::now() + allowed.saturating_sub(HEAD_START);
    request.extensions_mut().insert(Call { deadline: Some(deadline) });
    tokio::select! {
        response = next.run(request) => response,
        () = tokio::time::sleep_until(deadline.into()) => {
            let allowed = allowed.as_millis();
            to_status(&RoleError::DeadlineExceeded(format!("no answer within {allowed} ms"))).into_http()
        }
    }
}

/// What a handler passes on to the roles it calls.
pub fn call_of<T>(request: &tonic::Request<T>) -> Call {
    request.extensions().get::<Call>().copied().unwrap_or_default()
}

/// The time left, or an error when there is none; `None` when there is no deadline.
pub fn remaining(call: Call) -> Result<Option<Duration>, RoleError> {
    let Some(deadline) = call.deadline else { return Ok(None) };
    match deadline.checked_duration_since(Instant::now()) {
        Some(left) if !left.is_zero() => Ok(Some(left)),
        _ => Err(RoleError::DeadlineExceeded("no time was left for this call".into())),
    }
}

/// `grpc-timeout` as gRPC defines it: up to eight digits and a unit.
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grpc_timeouts_are_read_in_every_unit_and_nonsense_is_ignored() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(GRPC_TIMEOUT, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
            timeout(&headers)
        };
        assert_eq!(read("250m"), Some(Duration::from_millis(250)));
        assert_eq!(read("2S"), Some(Duration::from_secs(2)));
        assert_eq!(read("1H"), Some(Duration::from_secs(3600)));
        for nonsense in ["", "S", "12", "123456789S", "-1S", "5é"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }

    #[tokio::test]
    async fn a_call_that_takes_too_long_is_answered_with_deadline_exceeded() {
        let slow = axum::Router::new()
            .fallback(std::future::pending::<()>)
            .layer(axum::middleware::from_fn_with_state(Duration::from_secs(60), enforce));
        let request = http::Request::builder().uri("/a/b").header(GRPC_TIMEOUT, "20m");
        let response =
            tower::ServiceExt::oneshot(slow, request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()["grpc-status"], "4");
    }

    #[test]
    fn a_call_past_its_deadline_has_no_time_left() {
        assert_eq!(remaining(Call::default()), Ok(None));
        let past = Call { deadline: Instant::now().checked_sub(Duration::from_secs(1)) };
        assert!(matches!(remaining(past), Err(RoleError::DeadlineExceeded(_))));
    }
}

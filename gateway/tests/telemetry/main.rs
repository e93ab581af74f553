//! What a gateway tells of itself: metrics without end and a log of calls.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod access_log;
mod metrics;
mod parts;
#[path = "../support/served.rs"]
mod served;
#[path = "../support/written.rs"]
mod written;

use std::time::Duration;

use kit::tenant::TENANT;
use proto::{
    common::Picture,
    quality::ScoreRequest,
    scenario::{ScenarioSelector, scenario_selector::Selector},
};
use tokio::sync::{Mutex, MutexGuard};
use tonic::{
    Request,
    transport::{Channel, Endpoint},
};

const PICTURE: &[u8] = include_bytes!("../../../examples/pink-dragon.jpg");
const PROMPT: &str = "a pink dragon that nobody may hear of";

/// One test at a time: they share the process's metrics and its log.
async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    ALONE.lock().await
}

async fn channel(url: &str) -> Channel {
    Endpoint::from_shared(url.to_owned()).unwrap().connect().await.unwrap()
}

fn picture() -> Option<Picture> {
    Some(Picture { data: PICTURE.into(), ..Picture::default() })
}

fn request(scenario: &str) -> ScoreRequest {
    let selector = Some(ScenarioSelector { selector: Some(Selector::Name(scenario.to_owned())) });
    ScoreRequest { picture: picture(), prompt: PROMPT.into(), scenario: selector, ..ScoreRequest::default() }
}

fn of<T>(tenant: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(TENANT, tenant.parse().unwrap());
    request
}

/// Waits until `check` holds.
async fn eventually(what: &str, check: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if check() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within 20 s");
}

//! Services on a free port.

use kit::server::{Bound, ServerSettings, Services};

/// A server that is soon gone: calls may take a minute, messages a mebibyte.
pub fn quick() -> ServerSettings {
    ServerSettings {
        listen: ([127, 0, 0, 1], 0).into(),
        longest_call_ms: 60_000,
        drain_ms: 100,
        max_message_bytes: 1 << 20,
        tls: None,
    }
}

/// Serves as long as the test runs; gives the URL.
pub async fn served(services: Services, settings: ServerSettings) -> String {
    let bound = Bound::new(&settings).await.unwrap();
    let url = format!("http://{}", bound.address());
    tokio::spawn(bound.serve(services, proto::DESCRIPTORS, std::future::pending()));
    url
}

//! Meters to test on.

pub mod valkey;

use std::{sync::Arc, time::Duration};

use cpaiqa_gateway::quota::{MemoryMeter, Meter, QuotaSettings, ValkeyMeter, WhenAway};
use valkey::Valkey;

/// Where a test counts; new and empty each.
pub enum Place {
    Memory(Arc<MemoryMeter>),
    Valkey(Valkey),
}

impl Place {
    pub fn memory() -> Self {
        Self::Memory(Arc::new(MemoryMeter::new()))
    }

    pub fn valkey() -> Self {
        Self::Valkey(Valkey::start())
    }

    /// Two gateways that count here; in memory, one twice.
    pub fn gateways(&self) -> [Arc<dyn Meter>; 2] {
        match self {
            Self::Memory(meter) => [meter.clone(), meter.clone()],
            Self::Valkey(server) => [(); 2].map(|()| Arc::new(patient(server)) as Arc<dyn Meter>),
        }
    }
}

/// A meter that waits for a busy machine's server rather than count by itself.
pub fn patient(server: &Valkey) -> ValkeyMeter {
    ValkeyMeter::new(&QuotaSettings { timeout_ms: 20_000, ..settings(server, WhenAway::Refuse) }).unwrap()
}

/// A meter with the shipped patience.
pub fn impatient(server: &Valkey, when_away: WhenAway) -> ValkeyMeter {
    ValkeyMeter::new(&settings(server, when_away)).unwrap()
}

pub fn settings(server: &Valkey, when_away: WhenAway) -> QuotaSettings {
    QuotaSettings { store: server.url(), timeout_ms: 250, when_away, lease_ms: 30_000 }
}

/// Waits until `check` holds.
pub async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    for _ in 0..2_000 {
        if check().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within 20 s");
}

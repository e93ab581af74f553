//! A connection to Valkey or Redis: made at the first question, and made anew when it breaks.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use redis::{
    Client, ConnectionInfo, IntoConnectionInfo, RedisError, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
    io::tcp::TcpSettings,
};

/// How long the server's machine may leave what was sent unacknowledged before the connection counts as broken.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(5);

/// Time between two warnings that the server is away.
const WARN_AGAIN: Duration = Duration::from_secs(60);

/// A server, whether it is there or not.
pub struct Valkey {
    /// Host and port, for messages.
    address: String,
    client: Client,
    config: ConnectionManagerConfig,
    manager: Mutex<ConnectionManager>,
    warned: Mutex<Option<Instant>>,
}

impl Valkey {
    /// The server at `url`, `redis://[user:password@]host[:port][/database]`, which may take `connecting` to be connected to and
    /// `answering` to answer. Call it inside a Tokio runtime; no connection is made yet.
    ///
    /// # Errors
    ///
    /// In words, with the URL as it may be shown, when it is none.
    pub fn new(url: &str, connecting: Duration, answering: Duration) -> Result<Self, String> {
        let info = read(url)?;
        let address = info.addr().to_string();
        let unusable = |error: RedisError| error.to_string();
        let client = Client::open(info).map_err(unusable)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(connecting))
            .set_response_timeout(Some(answering));
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config.clone()).map_err(unusable)?;
        Ok(Self { address, client, config, manager: Mutex::new(manager), warned: Mutex::default() })
    }

    /// Host and port, for messages.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The answer to `question`, which may be asked twice.
    pub async fn ask<T, F>(&self, question: impl Fn(ConnectionManager) -> F) -> RedisResult<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let current = || self.manager.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut asked = question(current()).await;
        if asked.as_ref().is_err_and(RedisError::is_io_error) {
            // A connection that broke long ago tells it only now, and is then made anew.
            asked = question(current()).await;
        }
        if asked.as_ref().is_err_and(|error| !error.is_io_error() && !is_full(error)) {
            // The manager makes a connection anew that broke, but not one that the server refused, say for its password.
            let fresh = ConnectionManager::new_lazy_with_config(self.client.clone(), self.config.clone())?;
            *self.manager.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
        asked
    }

    /// Whether it is time to warn, once in a while, that the server is away.
    pub fn is_time_to_warn(&self) -> bool {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        let due = warned.is_none_or(|at| at.elapsed() > WARN_AGAIN);
        if due {
            *warned = Some(Instant::now());
        }
        due
    }
}

/// Whether the server has no room for what was to be written; it answers other questions all the same.
pub fn is_full(error: &RedisError) -> bool {
    error.code() == Some("OOM")
}

/// The URL without what may be a password.
pub fn shown(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, _)) => format!("{scheme}://…"),
        None if url.contains('@') => "something else".into(),
        None => format!("'{url}'"),
    }
}

fn read(url: &str) -> Result<ConnectionInfo, String> {
    let info = url.into_connection_info().map_err(|error| format!("{} ({error})", shown(url)))?;
    let tcp = TcpSettings::default().set_nodelay(true);
    // Without it, a machine that vanished would be waited for as long as the system resends, a quarter of an hour.
    #[cfg(target_os = "linux")]
    let tcp = tcp.set_user_timeout(SILENCE);
    Ok(info.set_tcp_settings(tcp))
}

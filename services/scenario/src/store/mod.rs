//! The store of what tenants own: SQLite in a file or in memory, or PostgreSQL, behind one set of statements.

mod keys;
mod measurements;
mod preferences;
mod revisions;

pub use revisions::Outdated;

use std::{
    borrow::Cow,
    path::PathBuf,
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, SystemTime},
};

use domain::roles::RoleError;
use sqlx::{
    AnyPool,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::{Migration, MigrationType, Migrator},
};
use tokio::sync::OnceCell;

/// How long a database may keep a request waiting for a connection before it counts as away.
const PATIENCE: Duration = Duration::from_secs(3);

/// A store that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no store that there is.
    #[error(
        "store '{url}': {message}; expected sqlite::memory:, sqlite:PATH or postgres://user:password@host/database"
    )]
    Address {
        /// The URL, without a password.
        url: String,
        /// What is wrong.
        message: String,
    },
    /// The database failed.
    #[error("the scenario store {store}: {source}")]
    Database {
        /// Which store.
        store: String,
        /// What the database says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A row does not hold what this program writes.
    #[error("the scenario store {store} holds what cannot be read: {message}; was it written by a newer version?")]
    Row {
        /// Which store.
        store: String,
        /// What is wrong.
        message: String,
    },
}

impl From<StoreError> for RoleError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Address { .. } | StoreError::Row { .. } => Self::Internal(error.to_string()),
            StoreError::Database { .. } => Self::Unavailable(error.to_string()),
        }
    }
}

/// A store; the connection is made, and a file created, when it is first needed.
pub struct Store {
    url: String,
    /// The URL without a password, for messages.
    shown: String,
    /// Where an SQLite file is; `None` for memory and PostgreSQL.
    file: Option<PathBuf>,
    connections: OnceCell<Connections>,
}

struct Connections {
    pool: AnyPool,
    /// One to memory that nobody uses. A caller who gives up may take a connection of the pool with it, and memory lasts as
    /// long as its last connection.
    _holder: Option<AnyPool>,
}

impl Store {
    /// The store at `url`; nothing is opened yet.
    ///
    /// # Errors
    ///
    /// When the URL names neither SQLite nor PostgreSQL.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        let shown = without_password(url);
        let refused = |message: String| StoreError::Address { url: shown.clone(), message };
        let file = match url.split_once(':') {
            Some(("postgres" | "postgresql", _)) => None,
            Some(("sqlite", ":memory:" | "//:memory:")) => None,
            Some(("sqlite", path)) => {
                let path = path.strip_prefix("//").unwrap_or(path).split('?').next().unwrap_or_default();
                if path.is_empty() {
                    return Err(refused("it has no path".into()));
                }
                Some(PathBuf::from(path))
            }
            _ => return Err(refused("it is of no known kind".into())),
        };
        Ok(Self { url: url.to_owned(), shown, file, connections: OnceCell::new() })
    }

    /// The connections for reading; `None` where nothing was ever written, so that reading creates no file.
    async fn reading(&self) -> Result<Option<&AnyPool>, StoreError> {
        let missing = self.file.as_ref().is_some_and(|file| !file.exists());
        if missing && !self.connections.initialized() { Ok(None) } else { self.writing().await.map(Some) }
    }

    /// The connections; the first use opens the store and brings its tables up to date.
    async fn writing(&self) -> Result<&AnyPool, StoreError> {
        Ok(&self.connections.get_or_try_init(|| self.open()).await?.pool)
    }

    async fn open(&self) -> Result<Connections, StoreError> {
        sqlx::any::install_default_drivers();
        let failed = |error: sqlx::Error| self.failed(error);
        let options = AnyPoolOptions::new().acquire_timeout(PATIENCE);
        let (options, url) = match &self.file {
            Some(file) => {
                if let Some(folder) = file.parent() {
                    std::fs::create_dir_all(folder).map_err(|error| failed(sqlx::Error::Io(error)))?;
                }
                (options.max_connections(4), format!("sqlite://{}?mode=rwc", file.display()))
            }
            None if self.in_memory() => {
                // Its name lets the holder see the same memory.
                static MEMORIES: AtomicU32 = AtomicU32::new(0);
                let number = MEMORIES.fetch_add(1, Ordering::Relaxed);
                let one = options.max_connections(1).idle_timeout(None).max_lifetime(None);
                (one, format!("sqlite:file:cpaiqa-{number}?mode=memory"))
            }
            None => {
                // A lock that another session holds must not hold a caller for ever.
                let bounded = options.max_connections(8).after_connect(|connection, _| {
                    Box::pin(async move {
                        sqlx::query("SET statement_timeout = '10s'").execute(connection).await?;
                        Ok(())
                    })
                });
                (bounded, self.url.clone())
            }
        };
        let connect = AnyConnectOptions::from_str(&url).map_err(failed)?;
        let pool = options.clone().connect_with(connect.clone()).await.map_err(failed)?;
        let holder = match self.in_memory() {
            true => Some(options.connect_with(connect).await.map_err(failed)?),
            false => None,
        };
        if self.file.is_some() {
            // Readers and the one writer do not wait for each other.
            sqlx::query("PRAGMA journal_mode = WAL").execute(&pool).await.map_err(failed)?;
        }
        migrator().run(&pool).await.map_err(|error| self.failed(error))?;
        Ok(Connections { pool, _holder: holder })
    }

    fn in_memory(&self) -> bool {
        self.file.is_none() && self.url.starts_with("sqlite")
    }

    fn failed(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
        StoreError::Database { store: self.shown.clone(), source: error.into() }
    }

    fn unreadable(&self, error: impl std::fmt::Display) -> StoreError {
        StoreError::Row { store: self.shown.clone(), message: error.to_string() }
    }
}

fn migrator() -> Migrator {
    let step = |version: i64, name: &'static str, sql: &'static str| {
        let sql = sqlx::SqlSafeStr::into_sql_str(sql);
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(vec![
        step(1, "ownership", include_str!("migrations/1_ownership.sql")),
        step(2, "keys", include_str!("migrations/2_keys.sql")),
    ])
}

/// Seconds since 1970 UTC.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

/// A URL without what stands between its user and its host.
fn without_password(url: &str) -> String {
    // A query may hold a password too.
    let url = url.split('?').next().unwrap_or(url);
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_no_store_says_what_is_expected_and_tells_no_password() {
        let said = |url: &str| Store::new(url).err().unwrap().to_string();
        assert!(said("mysql://me:secret@host/db").contains("sqlite:PATH"), "{}", said("mysql://me:secret@host/db"));
        assert!(!said("mysql://me:secret@host/db").contains("secret"));
        assert!(said("sqlite:").contains("no path"));
        assert_eq!(without_password("postgres://me:p@ss@host/db"), "postgres://me@host/db");
    }

    #[tokio::test]
    async fn reading_creates_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/scenarios.db");
        let store = Store::new(&format!("sqlite:{}", file.display())).unwrap();
        assert!(store.newest("default").await.unwrap().is_empty());
        assert!(!file.exists());
    }
}

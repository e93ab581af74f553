//! Measurements, kept by id for a time.

use domain::score::Kept;
use sqlx::Row;

use super::{Store, StoreError, now};

/// A measurement that a preference speaks of does not expire.
pub const NEVER: i64 = i64::MAX;

impl Store {
    /// Keeps a measurement for `seconds`; one that is there already lives on at least as long.
    pub async fn keep(&self, tenant: &str, kept: &Kept, seconds: u64) -> Result<(), StoreError> {
        let score = serde_json::to_string(&kept.score).map_err(|error| self.unreadable(error))?;
        let pool = self.writing().await?;
        sqlx::query(
            "INSERT INTO measurements (tenant, id, prompt, score, expires) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (tenant, id) DO UPDATE SET expires = excluded.expires WHERE measurements.expires < excluded.expires",
        )
        .bind(tenant)
        .bind(kept.score.id.as_str())
        .bind(kept.prompt.as_str())
        .bind(score)
        .bind(now().saturating_add(i64::try_from(seconds).unwrap_or(NEVER)))
        .execute(pool)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }

    /// A measurement; `None` when it was never kept, or its time is over.
    pub async fn kept(&self, tenant: &str, id: &str) -> Result<Option<Kept>, StoreError> {
        let Some(pool) = self.reading().await? else { return Ok(None) };
        let row = sqlx::query("SELECT prompt, score FROM measurements WHERE tenant = $1 AND id = $2 AND expires > $3")
            .bind(tenant)
            .bind(id)
            .bind(now())
            .fetch_optional(pool)
            .await
            .map_err(|error| self.failed(error))?;
        row.map(|row| {
            let text = |column: &str| row.try_get::<String, _>(column).map_err(|error| self.failed(error));
            let score = serde_json::from_str(&text("score")?).map_err(|error| self.unreadable(error))?;
            Ok(Kept { prompt: text("prompt")?, score })
        })
        .transpose()
    }

    /// Forgets what has expired.
    pub async fn expire(&self) -> Result<(), StoreError> {
        let Some(pool) = self.reading().await? else { return Ok(()) };
        let query = sqlx::query("DELETE FROM measurements WHERE expires <= $1").bind(now());
        query.execute(pool).await.map_err(|error| self.failed(error))?;
        Ok(())
    }
}

//! Keys that tenants' programs call with.

use domain::ownership::ApiKey;
use sqlx::{Row, any::AnyRow};

use super::{Store, StoreError};

impl Store {
    /// The key of that id.
    pub async fn key(&self, id: &str) -> Result<Option<ApiKey>, StoreError> {
        let Some(pool) = self.reading().await? else { return Ok(None) };
        let query = sqlx::query("SELECT id, tenant, hash, comment, created, ends FROM api_keys WHERE id = $1").bind(id);
        let row = query.fetch_optional(pool).await.map_err(|error| self.failed(error))?;
        row.map(|row| self.read_key(&row)).transpose()
    }

    /// A tenant's keys, the oldest first.
    pub async fn keys(&self, tenant: &str) -> Result<Vec<ApiKey>, StoreError> {
        let Some(pool) = self.reading().await? else { return Ok(Vec::new()) };
        let rows = sqlx::query(
            "SELECT id, tenant, hash, comment, created, ends FROM api_keys WHERE tenant = $1 ORDER BY created, id",
        )
        .bind(tenant)
        .fetch_all(pool)
        .await
        .map_err(|error| self.failed(error))?;
        rows.iter().map(|row| self.read_key(row)).collect()
    }

    /// Keeps a new key; whether there was none of its id.
    pub async fn add_key(&self, key: &ApiKey) -> Result<bool, StoreError> {
        let added = sqlx::query(
            "INSERT INTO api_keys (id, tenant, hash, comment, created, ends) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(key.id.as_str())
        .bind(key.tenant.as_str())
        .bind(key.hash.as_str())
        .bind(key.comment.as_str())
        .bind(key.created)
        .bind(key.ends)
        .execute(self.writing().await?)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(added.rows_affected() > 0)
    }

    /// Sets when a tenant's key ends, unless it ends before that; `None` when the tenant has no such key.
    pub async fn end_key(&self, tenant: &str, id: &str, ends: i64) -> Result<Option<ApiKey>, StoreError> {
        let Some(pool) = self.reading().await? else { return Ok(None) };
        let row = sqlx::query(
            "UPDATE api_keys SET ends = CASE WHEN ends < $3 THEN ends ELSE $3 END WHERE id = $1 AND tenant = $2 \
             RETURNING id, tenant, hash, comment, created, ends",
        )
        .bind(id)
        .bind(tenant)
        .bind(ends)
        .fetch_optional(pool)
        .await
        .map_err(|error| self.failed(error))?;
        row.map(|row| self.read_key(&row)).transpose()
    }

    fn read_key(&self, row: &AnyRow) -> Result<ApiKey, StoreError> {
        let text = |column: &str| row.try_get::<String, _>(column).map_err(|error| self.failed(error));
        Ok(ApiKey {
            id: text("id")?,
            tenant: text("tenant")?,
            hash: text("hash")?,
            comment: text("comment")?,
            created: row.try_get("created").map_err(|error| self.failed(error))?,
            ends: row.try_get("ends").map_err(|error| self.failed(error))?,
        })
    }
}

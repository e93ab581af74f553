//! Scenarios' revisions: only ever added.

use domain::{
    ownership::{Change, Revision},
    scenario::Profile,
};
use sqlx::{Row, any::AnyRow};

use super::{Store, StoreError, now};

/// How often a change that names no base is tried again when others change the scenario at the same moment.
const TRIES: usize = 10;

/// A change was made from another revision than the newest, which has this number.
pub struct Outdated(pub u32);

impl Store {
    /// Adds `profile` as the next revision; numbers go on after `built_in`, the number of what is built in under this name
    /// (0 when nothing is).
    pub async fn revise(
        &self,
        tenant: &str,
        mut profile: Profile,
        built_in: u32,
        change: &Change,
    ) -> Result<Result<Revision, Outdated>, StoreError> {
        let created = now();
        let body = serde_json::to_string(&profile).map_err(|error| self.unreadable(error))?;
        for _ in 0..TRIES {
            // One statement looks at the newest revision and adds the next; what another connection adds in between has
            // the same number, and the primary key refuses one of them.
            let added = sqlx::query(
                "INSERT INTO scenario_revisions (tenant, name, revision, author, comment, created, profile) \
                 SELECT $1, $2, CASE WHEN MAX(revision) > $3 THEN MAX(revision) ELSE $3 END + 1, $4, $5, $6, $7 \
                 FROM scenario_revisions WHERE tenant = $1 AND name = $2 \
                 HAVING $8 < 0 OR COALESCE(MAX(revision), $3) = $8 \
                 RETURNING revision",
            )
            .bind(tenant)
            .bind(profile.name.as_str())
            .bind(i64::from(built_in))
            .bind(change.author.as_str())
            .bind(change.comment.as_str())
            .bind(created)
            .bind(body.as_str())
            .bind(change.based_on.map_or(-1, i64::from))
            .fetch_optional(self.writing().await?)
            .await;
            match added {
                Ok(Some(row)) => {
                    profile.revision = self.number(&row, "revision")?;
                    let (author, comment) = (change.author.clone(), change.comment.clone());
                    return Ok(Ok(Revision { profile, author, comment, created }));
                }
                Ok(None) => break,
                Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        let newest = self.history(tenant, &profile.name).await?.last().map_or(built_in, |last| last.profile.revision);
        Ok(Err(Outdated(newest)))
    }

    /// The tenant's own revisions of one scenario, the oldest first.
    pub async fn history(&self, tenant: &str, name: &str) -> Result<Vec<Revision>, StoreError> {
        let Some(pool) = self.reading().await? else { return Ok(Vec::new()) };
        let rows = sqlx::query(
            "SELECT revision, author, comment, created, profile FROM scenario_revisions \
             WHERE tenant = $1 AND name = $2 ORDER BY revision",
        )
        .bind(tenant)
        .bind(name)
        .fetch_all(pool)
        .await
        .map_err(|error| self.failed(error))?;
        rows.iter().map(|row| self.revision(row)).collect()
    }

    /// How many revisions the tenant's own scenarios have together.
    pub async fn revisions(&self, tenant: &str) -> Result<u64, StoreError> {
        let Some(pool) = self.reading().await? else { return Ok(0) };
        let query = sqlx::query("SELECT COUNT(*) AS revisions FROM scenario_revisions WHERE tenant = $1").bind(tenant);
        let row = query.fetch_one(pool).await.map_err(|error| self.failed(error))?;
        let count: i64 = row.try_get("revisions").map_err(|error| self.failed(error))?;
        u64::try_from(count).map_err(|error| self.unreadable(error))
    }

    /// The newest revision of each of the tenant's own scenarios.
    pub async fn newest(&self, tenant: &str) -> Result<Vec<Revision>, StoreError> {
        let Some(pool) = self.reading().await? else { return Ok(Vec::new()) };
        let rows = sqlx::query(
            "SELECT revision, author, comment, created, profile FROM scenario_revisions AS one \
             WHERE tenant = $1 AND revision = \
             (SELECT MAX(revision) FROM scenario_revisions WHERE tenant = one.tenant AND name = one.name)",
        )
        .bind(tenant)
        .fetch_all(pool)
        .await
        .map_err(|error| self.failed(error))?;
        rows.iter().map(|row| self.revision(row)).collect()
    }

    fn revision(&self, row: &AnyRow) -> Result<Revision, StoreError> {
        let text = |column: &str| row.try_get::<String, _>(column).map_err(|error| self.failed(error));
        let mut profile: Profile = serde_json::from_str(&text("profile")?).map_err(|error| self.unreadable(error))?;
        profile.revision = self.number(row, "revision")?;
        profile.check().map_err(|why| self.unreadable(format!("scenario '{}': {why}", profile.name)))?;
        Ok(Revision {
            profile,
            author: text("author")?,
            comment: text("comment")?,
            created: row.try_get("created").map_err(|error| self.failed(error))?,
        })
    }

    fn number(&self, row: &AnyRow, column: &str) -> Result<u32, StoreError> {
        let number: i64 = row.try_get(column).map_err(|error| self.failed(error))?;
        u32::try_from(number).map_err(|error| self.unreadable(error))
    }
}

//! Preference pairs: each counted once, however often it comes.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ownership::{PreferencePair, Preferred},
    roles::{Answer, RoleError},
    score::Kept,
};
use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{Store, StoreError, measurements::NEVER, now};

impl Store {
    /// Adds pairs about one scenario, all in one transaction; says of each whether it is new, or why it was refused.
    pub async fn prefer(
        &self,
        tenant: &str,
        scenario: &str,
        pairs: &[PreferencePair],
    ) -> Result<Vec<Answer<bool>>, StoreError> {
        let failed = |error: sqlx::Error| self.failed(error);
        let mut transaction = self.writing().await?.begin().await.map_err(failed)?;
        let mut answers = Vec::with_capacity(pairs.len());
        for pair in pairs {
            answers.push(self.prefer_one(&mut transaction, tenant, scenario, pair).await?);
        }
        transaction.commit().await.map_err(failed)?;
        Ok(answers)
    }

    async fn prefer_one(
        &self,
        connection: &mut AnyConnection,
        tenant: &str,
        scenario: &str,
        pair: &PreferencePair,
    ) -> Result<Answer<bool>, StoreError> {
        let failed = |error: sqlx::Error| self.failed(error);
        // Writing first takes the write lock before anything is read.
        let found = sqlx::query(
            "UPDATE measurements SET expires = expires WHERE tenant = $1 AND id IN ($2, $3) AND expires > $4 \
             RETURNING id, prompt",
        )
        .bind(tenant)
        .bind(pair.a.as_str())
        .bind(pair.b.as_str())
        .bind(now())
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
        if let Err(refused) = self.about_one_prompt(&found, pair)? {
            return Ok(Err(refused));
        }
        let added = sqlx::query(
            "INSERT INTO preferences (tenant, scenario, id, a, b, preferred, rater, weight, created) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, scenario, id) DO NOTHING",
        )
        .bind(tenant)
        .bind(scenario)
        .bind(pair.id.as_str())
        .bind(pair.a.as_str())
        .bind(pair.b.as_str())
        .bind(name(pair.preferred))
        .bind(pair.rater.as_str())
        .bind(pair.weight)
        .bind(now())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
        if added.rows_affected() > 0 {
            // From now on both measurements stay.
            let pin = sqlx::query("UPDATE measurements SET expires = $1 WHERE tenant = $2 AND id IN ($3, $4)");
            let pin = pin.bind(NEVER).bind(tenant).bind(pair.a.as_str()).bind(pair.b.as_str());
            pin.execute(connection).await.map_err(failed)?;
            return Ok(Ok(true));
        }
        let there = sqlx::query(
            "SELECT id, a, b, preferred, rater, weight FROM preferences WHERE tenant = $1 AND scenario = $2 AND id = $3",
        )
        .bind(tenant)
        .bind(scenario)
        .bind(pair.id.as_str())
        .fetch_one(connection)
        .await
        .map_err(failed)?;
        Ok(if self.pair(&there)? == *pair {
            Ok(false)
        } else {
            Err(RoleError::Conflict(format!("the id '{}' is another judgement's already; give each its own", pair.id)))
        })
    }

    /// Whether both measurements are there and about one prompt.
    fn about_one_prompt(&self, found: &[AnyRow], pair: &PreferencePair) -> Result<Answer<()>, StoreError> {
        let text = |row: &AnyRow, column: &str| row.try_get::<String, _>(column).map_err(|error| self.failed(error));
        let mut prompts = BTreeMap::new();
        for row in found {
            prompts.insert(text(row, "id")?, text(row, "prompt")?);
        }
        if let Some(missing) = [&pair.a, &pair.b].into_iter().find(|id| !prompts.contains_key(*id)) {
            return Ok(Err(RoleError::NotFound {
                kind: "measurement".into(),
                name: missing.clone(),
                message: "it was never kept, or its time is over; score the picture again".into(),
            }));
        }
        let different = prompts.values().collect::<BTreeSet<_>>().len() > 1;
        Ok(if different {
            Err(RoleError::invalid("preference", "expected two pictures of one prompt, got two prompts"))
        } else {
            Ok(())
        })
    }

    /// All pairs about one scenario, by id, and the measurements that they speak of.
    pub async fn preferences(
        &self,
        tenant: &str,
        scenario: &str,
    ) -> Result<(Vec<PreferencePair>, BTreeMap<String, Kept>), StoreError> {
        let Some(pool) = self.reading().await? else { return Ok(Default::default()) };
        let failed = |error: sqlx::Error| self.failed(error);
        let rows = sqlx::query(
            "SELECT id, a, b, preferred, rater, weight FROM preferences WHERE tenant = $1 AND scenario = $2 ORDER BY id",
        )
        .bind(tenant)
        .bind(scenario)
        .fetch_all(pool)
        .await
        .map_err(failed)?;
        let pairs = rows.iter().map(|row| self.pair(row)).collect::<Result<Vec<_>, _>>()?;
        let rows = sqlx::query(
            "SELECT id, prompt, score FROM measurements WHERE tenant = $1 AND id IN \
             (SELECT a FROM preferences WHERE tenant = $1 AND scenario = $2 \
             UNION SELECT b FROM preferences WHERE tenant = $1 AND scenario = $2)",
        )
        .bind(tenant)
        .bind(scenario)
        .fetch_all(pool)
        .await
        .map_err(failed)?;
        let mut measured = BTreeMap::new();
        for row in &rows {
            let text = |column: &str| row.try_get::<String, _>(column).map_err(failed);
            let score = serde_json::from_str(&text("score")?).map_err(|error| self.unreadable(error))?;
            measured.insert(text("id")?, Kept { prompt: text("prompt")?, score });
        }
        Ok((pairs, measured))
    }

    fn pair(&self, row: &AnyRow) -> Result<PreferencePair, StoreError> {
        let text = |column: &str| row.try_get::<String, _>(column).map_err(|error| self.failed(error));
        let preferred = match text("preferred")?.as_str() {
            "a" => Preferred::A,
            "b" => Preferred::B,
            "tie" => Preferred::Tie,
            other => return Err(self.unreadable(format!("expected the preference a, b or tie, got '{other}'"))),
        };
        Ok(PreferencePair {
            id: text("id")?,
            a: text("a")?,
            b: text("b")?,
            preferred,
            rater: text("rater")?,
            weight: row.try_get("weight").map_err(|error| self.failed(error))?,
        })
    }
}

const fn name(preferred: Preferred) -> &'static str {
    match preferred {
        Preferred::A => "a",
        Preferred::B => "b",
        Preferred::Tie => "tie",
    }
}

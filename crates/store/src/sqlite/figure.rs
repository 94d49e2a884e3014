//! Sampled figures in tiers of buckets.

use async_trait::async_trait;
use futures::FutureExt as _;
use sqlx::sqlite::SqliteConnection;
use twin::time::Timestamp;

use super::record::{count, number};
use super::rows::Rows;
use super::{SqliteStore, batch, jsonb};
use crate::error::Error;
use crate::figure::{Bucket, Figures, Kept, Sample, TIERS, Tier, gather, kept_tier_for, tier_for};

/// Primary key of figure.
const APPEND: &str = "INSERT INTO figure (tier, name, at, samples, total, least, most) \
     SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, 1, r.value ->> 3, r.value ->> 3, r.value ->> 3 FROM jsonb_each(?1) AS r WHERE true \
     ON CONFLICT (tier, name, at) DO UPDATE SET samples = samples + 1, total = total + excluded.total, \
     least = min(least, excluded.least), most = max(most, excluded.most)";

/// Primary key of figure.
pub(super) const RANGE: &str = "SELECT at, samples, total, least, most FROM figure WHERE tier = ?1 AND name = ?2 AND at >= ?3 AND at < ?4 ORDER BY at";

/// Index `figure_by_age`, then the primary key.
pub(super) const PRUNE: &str = "DELETE FROM figure WHERE (tier, name, at) IN (SELECT tier, name, at FROM figure WHERE tier = ?1 AND at < ?2 LIMIT ?3)";

#[async_trait]
impl Figures for SqliteStore {
    async fn append_figures(&self, at: Timestamp, figures: &[(String, f64)]) -> Result<(), Error> {
        let mut rows = Rows::new();
        for (name, value) in figures.iter().filter(|(_, value)| value.is_finite()) {
            for (index, tier) in (0..).zip(TIERS) {
                rows.push(|out| {
                    jsonb::write_int(out, index);
                    jsonb::write_text(out, name);
                    jsonb::write_int(out, tier.floor(at).as_ms());
                    jsonb::write(out, &(*value).into());
                });
            }
        }
        self.writer
            .run(|connection| batch::execute(connection, APPEND, rows).boxed())
            .await
    }

    async fn figure_range(
        &self,
        name: &str,
        from: Timestamp,
        to: Timestamp,
        buckets: usize,
    ) -> Result<Vec<Bucket>, Error> {
        let samples = self.samples(tier_for(from, to), name, from, to).await?;
        Ok(gather(samples, from, to, buckets))
    }

    async fn figure_kept(
        &self,
        name: &str,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> Result<Kept, Error> {
        let (index, tier) = kept_tier_for(from, now);
        let samples = self.samples((index, tier), name, from, to).await?;
        Ok(Kept {
            step: tier.step,
            buckets: samples
                .iter()
                .map(|sample| sample.bucket(sample.at))
                .collect(),
        })
    }
}

impl SqliteStore {
    async fn samples(
        &self,
        (index, tier): (i64, Tier),
        name: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Sample>, Error> {
        let rows: Vec<(i64, i64, f64, f64, f64)> = sqlx::query_as(RANGE)
            .bind(index)
            .bind(name.to_owned())
            .bind(tier.floor(from).as_ms())
            .bind(to.as_ms())
            .fetch_all(&self.readers)
            .await?;
        let samples = rows
            .into_iter()
            .map(|(at, samples, total, least, most)| Sample {
                at: Timestamp::from_ms(at),
                samples: count(samples),
                total,
                least,
                most,
            });
        Ok(samples.collect())
    }
}

/// Removes buckets that have outlived their tier, at most so many of each tier. Tells how many, and whether a tier may have more.
pub(super) async fn prune(
    connection: &mut SqliteConnection,
    now: Timestamp,
    rows_max: u64,
) -> Result<(u64, bool), Error> {
    let (mut removed, mut is_more) = (0, false);
    for (index, tier) in (0_i64..).zip(TIERS) {
        let done = sqlx::query(PRUNE)
            .bind(index)
            .bind(now.minus(tier.keep).as_ms())
            .bind(number(rows_max))
            .execute(&mut *connection)
            .await?;
        removed += done.rows_affected();
        is_more |= done.rows_affected() >= rows_max;
    }
    Ok((removed, is_more))
}

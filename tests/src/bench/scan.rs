//! A question over a property that nobody declared: documents are read, beside the plain SQL scan of the same table.

use anyhow::{Result, ensure};
use fleet::monitor::{By, Find};
use sqlx::{AssertSqlSafe, Connection as _};

use super::fleet_here::{ASKER, FleetHere};
use super::place::Place;
use super::plan::Plan;
use super::questions::{Condition, PAGE_ROWS, serial};
use super::report::{Report, Row};
use super::samples::{Repeat, Samples};

/// How much slower than the plain scan it may be.
const GOAL: f64 = 1.2;

/// Measures a count and a first page with its total.
///
/// # Errors
/// When a question fails or the answers differ.
pub async fn scan(plan: &Plan, report: &mut Report) -> Result<()> {
    let here = FleetHere::open(&plan.place).await?;
    let monitor = here.fleet.monitor();
    let mut sql = Place::connect(&plan.place.database()).await?;
    let mut plain = async |condition: &Condition| -> Result<u64> {
        let text = format!("SELECT count(*) FROM device WHERE {}", condition.sql);
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(text))
            .fetch_one(&mut sql)
            .await?;
        Ok(u64::try_from(count)?)
    };
    let some = Repeat::some(plan.repeat);
    let condition = serial(0);
    let (ours, theirs) = (
        monitor.count(&ASKER, &condition.ours).await?,
        plain(&condition).await?,
    );
    ensure!(ours == theirs, "{ours} and {theirs} for {condition:?}");

    let count = some.run(async |run| {
        monitor.count(&ASKER, &serial(run).ours).await?;
        Ok(())
    });
    let count = count.await?;
    let page = some.run(async |run| {
        let condition = serial(run).ours;
        let find = Find {
            condition: &condition,
            limit: PAGE_ROWS,
            ..Find::default()
        };
        let page = monitor.find(&ASKER, find).await?;
        ensure!(page.answered.by == By::Scan, "no document was read");
        Ok(())
    });
    let page = page.await?;
    let theirs = some.run(async |run| plain(&serial(run)).await.map(drop));
    let theirs = theirs.await?;
    report.add(row("undeclared property, count", &count, &theirs));
    let what = format!("undeclared property, first page of {PAGE_ROWS} with its total");
    report.add(row(&what, &page, &theirs));
    sql.close().await?;
    here.close().await
}

fn row(what: &str, ours: &Samples, plain: &Samples) -> Row {
    let ratio = ours.p50().as_secs_f64() / plain.p50().as_secs_f64();
    Row::new(what, ours.text())
        .against(plain.text(), ratio)
        .goal("ratio <= 1.2", ratio <= GOAL)
        .figure("ours", ours.figures())
        .figure("sql", plain.figures())
}

//! Questions over declared properties: the columns and the documents of the page, beside SQLite with an expression
//! index for each property, over a copy of the same database, in the same process and run.
//!
//! Before anything is measured both are asked the same and must agree.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use fleet::monitor::{Answered, By, Find, Page, Sort};
use serde_json::Value;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::fleet_here::{ASKER, FleetHere};
use super::place::Place;
use super::plan::Plan;
use super::questions::{self, Condition, DECLARED, FACET_VALUES, PAGE_ROWS, SIGNAL, SITE};
use super::report::{Report, Row, bytes};
use super::samples::{Repeat, Samples, ms};

/// Each question's slowest in a hundred.
const GOAL: Duration = Duration::from_millis(10);
/// The same for facets.
const GOAL_OF_FACETS: Duration = Duration::from_millis(20);

/// Measures all questions.
///
/// # Errors
/// When a question fails, is not answered by columns, or the two answers differ.
pub async fn queries(plan: &Plan, report: &mut Report) -> Result<()> {
    let start = Instant::now();
    let expressions = DECLARED.map(|(_, expression)| expression.to_owned());
    plan.place.make_indexed(&expressions).await?;
    let indexing = start.elapsed();
    let fleet = FleetHere::open(&plan.place).await?;
    let (declaring, new) = fleet
        .declare(DECLARED.iter().map(|(path, _)| *path))
        .await?;
    if new > 0 {
        let what = format!("declare {new} properties and build their columns");
        let result = format!("{:.1} s", declaring.as_secs_f64());
        let ratio = declaring.as_secs_f64() / indexing.as_secs_f64();
        report.add(
            Row::new(what, result)
                .against(
                    format!("{:.1} s copy and indexes", indexing.as_secs_f64()),
                    ratio,
                )
                .figure("seconds", declaring.as_secs_f64()),
        );
    }
    let memory = fleet.columns_bytes().await?;
    report.add(
        Row::new("memory of all columns", bytes(memory as u64)).figure("bytes", memory as u64),
    );

    let sql = Place::connect(&plan.place.indexed()).await?;
    let mut both = Both {
        fleet,
        sql,
        many: Repeat::many(plan.repeat),
        some: Repeat::some(plan.repeat),
    };
    both.first_page(report).await?;
    both.count(report).await?;
    both.group(report).await?;
    both.facets(report).await?;
    both.sort(report).await?;
    both.sql.close().await?;
    both.fleet.close().await?;
    std::fs::remove_file(plan.place.indexed())?;
    Ok(())
}

/// The two that are asked.
struct Both {
    fleet: FleetHere,
    sql: SqliteConnection,
    many: Repeat,
    some: Repeat,
}

/// A line about a question that both were asked.
fn row(what: &str, ours: &Samples, sql: &Samples, goal: Duration) -> Row {
    Row::new(what, ours.text())
        .against(
            sql.text(),
            ours.p50().as_secs_f64() / sql.p50().as_secs_f64(),
        )
        .goal(format!("p99 < {}", ms(goal)), ours.p99() < goal)
        .figure("ours", ours.figures())
        .figure("sql", sql.figures())
}

impl Both {
    async fn first_page(&mut self, report: &mut Report) -> Result<()> {
        let condition = questions::low_batteries(0);
        let page = self.find(&condition, &[]).await?;
        let (devices, total) = self.find_by_sql(&condition, "device_id").await?;
        ensure!(
            names(&page) == devices && page.total == total && total > 0,
            "the first page differs for {condition:?}: {} and {total} in all",
            page.total
        );
        let ours = self.many.run(async |run| {
            self.find(&questions::low_batteries(run), &[])
                .await
                .map(drop)
        });
        let ours = ours.await?;
        let sql = self.some.run(async |run| {
            let condition = questions::low_batteries(run);
            self.find_by_sql(&condition, "device_id").await.map(drop)
        });
        let sql = sql.await?;
        let what = format!("first page of {PAGE_ROWS} with its total, two conditions");
        report.add(row(&what, &ours, &sql, GOAL));
        Ok(())
    }

    async fn count(&mut self, report: &mut Report) -> Result<()> {
        let condition = questions::weak_signals(0);
        self.find(&condition, &[]).await?; // says by what it was answered, which a count does not
        let (ours, sql) = (
            self.count_here(&condition).await?,
            self.count_by_sql(&condition).await?,
        );
        ensure!(ours == sql, "{ours} and {sql} for {condition:?}");
        let ours = self.many.run(async |run| {
            self.count_here(&questions::weak_signals(run))
                .await
                .map(drop)
        });
        let ours = ours.await?;
        let sql = self.some.run(async |run| {
            self.count_by_sql(&questions::weak_signals(run))
                .await
                .map(drop)
        });
        let sql = sql.await?;
        report.add(row("count, two conditions", &ours, &sql, GOAL));
        Ok(())
    }

    async fn group(&mut self, report: &mut Report) -> Result<()> {
        for (what, is_filtered) in [
            ("group by firmware version, all", false),
            ("group by firmware version, one region", true),
        ] {
            let asked = |run| {
                let condition = is_filtered.then(|| questions::of_a_region(run));
                questions::versions(condition.as_ref())
            };
            let (ours, sql) = asked(0);
            let (ours, sql) = (self.groups(&ours).await?, self.groups_by_sql(&sql).await?);
            ensure!(ours == sql, "{ours:?} and {sql:?}");
            let ours = self
                .many
                .run(async |run| self.groups(&asked(run).0).await.map(drop));
            let ours = ours.await?;
            let sql = self
                .some
                .run(async |run| self.groups_by_sql(&asked(run).1).await.map(drop));
            let sql = sql.await?;
            report.add(row(what, &ours, &sql, GOAL));
        }
        Ok(())
    }

    async fn facets(&mut self, report: &mut Report) -> Result<()> {
        let all: Vec<(&str, &str)> = DECLARED.iter().copied().take(6).collect();
        let site: Vec<_> = all
            .iter()
            .copied()
            .filter(|(path, _)| *path == SITE)
            .collect();
        for (what, asked) in [
            ("facet of twenty values, devices in use", site),
            ("six facets at once, devices in use", all),
        ] {
            let condition = questions::in_use(0);
            let ours = self.facets_here(&condition, &asked).await?;
            let sql = self.facets_by_sql(&condition, &asked).await?;
            ensure!(certain(&ours) == certain(&sql), "{ours:?} and {sql:?}");
            let ours = self.many.run(async |run| {
                let condition = questions::in_use(run);
                self.facets_here(&condition, &asked).await.map(drop)
            });
            let ours = ours.await?;
            let sql = self.some.run(async |run| {
                let condition = questions::in_use(run);
                self.facets_by_sql(&condition, &asked).await.map(drop)
            });
            let sql = sql.await?;
            report.add(row(what, &ours, &sql, GOAL_OF_FACETS));
        }
        Ok(())
    }

    async fn sort(&mut self, report: &mut Report) -> Result<()> {
        let by = [Sort {
            path: SIGNAL.to_owned(),
            descending: false,
        }];
        let order = "reported ->> '$.network.rssi_dbm', device_id";
        let condition = questions::of_a_region(0);
        let page = self.find(&condition, &by).await?;
        let (devices, total) = self.find_by_sql(&condition, order).await?;
        ensure!(
            names(&page) == devices && page.total == total && total > 0,
            "the sorted page differs for {condition:?}"
        );
        let ours = self
            .many
            .run(async |run| self.find(&questions::of_a_region(run), &by).await.map(drop));
        let ours = ours.await?;
        let sql = self.some.run(async |run| {
            let condition = questions::of_a_region(run);
            self.find_by_sql(&condition, order).await.map(drop)
        });
        let sql = sql.await?;
        let what = format!("first page of {PAGE_ROWS} by signal with its total, one region");
        report.add(row(&what, &ours, &sql, GOAL));
        Ok(())
    }

    async fn find(&self, condition: &Condition, sort: &[Sort]) -> Result<Page> {
        let find = Find {
            condition: &condition.ours,
            sort: sort.to_vec(),
            limit: PAGE_ROWS,
            ..Find::default()
        };
        let page = self.fleet.fleet.monitor().find(&ASKER, find).await?;
        by_columns(page.answered)?;
        Ok(page)
    }

    /// The page's documents and the total, as the page of the product has them.
    async fn find_by_sql(
        &mut self,
        condition: &Condition,
        order: &str,
    ) -> Result<(Vec<String>, u64)> {
        let filter = &condition.sql;
        let page = format!(
            "SELECT device_id, tags, desired, reported, metadata FROM device WHERE {filter} ORDER BY {order} LIMIT {PAGE_ROWS}"
        );
        let rows = self.rows(page).await?;
        let devices = rows.iter().map(|row| row.try_get(0));
        let devices = devices.collect::<Result<_, _>>()?;
        Ok((devices, self.count_by_sql(condition).await?))
    }

    async fn count_here(&self, condition: &Condition) -> Result<u64> {
        let monitor = self.fleet.fleet.monitor();
        Ok(monitor.count(&ASKER, &condition.ours).await?)
    }

    async fn count_by_sql(&mut self, condition: &Condition) -> Result<u64> {
        let rows = self
            .rows(format!(
                "SELECT count(*) FROM device WHERE {}",
                condition.sql
            ))
            .await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
        Ok(u64::try_from(count)?)
    }

    async fn groups(&self, query: &str) -> Result<Vec<(String, u64)>> {
        let monitor = self.fleet.fleet.monitor();
        let rows = monitor.run_query(&ASKER, query, None, None).await?;
        by_columns(rows.answered)?;
        let member = |row: &Value, name: &str| row.get(name).cloned().unwrap_or_default();
        let mut groups = Vec::new();
        for row in &rows.rows {
            let devices = member(row, "devices").as_u64().unwrap_or_default();
            groups.push((text(&member(row, "version")), devices));
        }
        groups.sort();
        Ok(groups)
    }

    async fn groups_by_sql(&mut self, query: &str) -> Result<Vec<(String, u64)>> {
        let mut groups = pairs(&self.rows(query.to_owned()).await?)?;
        groups.sort();
        Ok(groups)
    }

    /// The facets' values with their counts, in the order of names so that ties do not matter.
    async fn facets_here(
        &self,
        condition: &Condition,
        asked: &[(&str, &str)],
    ) -> Result<Vec<Vec<(String, u64)>>> {
        let paths: Vec<&str> = asked.iter().map(|(path, _)| *path).collect();
        let monitor = self.fleet.fleet.monitor();
        let facets = monitor
            .facets(&ASKER, &condition.ours, &paths, FACET_VALUES)
            .await?;
        by_columns(facets.answered)?;
        let facets = facets.facets.iter().map(|facet| {
            let values = facet.values.iter();
            let mut values: Vec<_> = values.map(|(value, count)| (text(value), *count)).collect();
            values.sort();
            values
        });
        Ok(facets.collect())
    }

    async fn facets_by_sql(
        &mut self,
        condition: &Condition,
        asked: &[(&str, &str)],
    ) -> Result<Vec<Vec<(String, u64)>>> {
        let mut facets = Vec::new();
        for (_, expression) in asked {
            let sql = questions::facet_sql(expression, Some(condition));
            let mut values = pairs(&self.rows(sql).await?)?;
            values.sort();
            facets.push(values);
        }
        Ok(facets)
    }

    async fn rows(&mut self, sql: String) -> Result<Vec<SqliteRow>> {
        Ok(sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&mut self.sql)
            .await?)
    }
}

fn names(page: &Page) -> Vec<String> {
    let devices = page.records.iter().map(|live| &live.record.identity);
    devices
        .map(|identity| identity.device_id.as_str().to_owned())
        .collect()
}

fn pairs(rows: &[SqliteRow]) -> Result<Vec<(String, u64)>> {
    let pair = |row: &SqliteRow| {
        let value: Option<String> = row.try_get(0)?;
        let count: i64 = row.try_get(1)?;
        Ok((value.unwrap_or_default(), u64::try_from(count)?))
    };
    rows.iter().map(pair).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(
        || match value {
            Value::Null => String::new(),
            other => other.to_string(),
        },
        str::to_owned,
    )
}

/// Each facet without the values that share the last place, of which any may be shown.
fn certain(facets: &[Vec<(String, u64)>]) -> Vec<Vec<&(String, u64)>> {
    let facets = facets.iter().map(|values| {
        let last = values.iter().map(|(_, count)| *count).min();
        let is_full = values.len() == FACET_VALUES;
        let values = values.iter();
        values
            .filter(|(_, count)| !is_full || Some(*count) != last)
            .collect()
    });
    facets.collect()
}

fn by_columns(answered: Answered) -> Result<()> {
    match answered.by {
        By::Columns => Ok(()),
        By::Scan | By::Store => {
            bail!("a question over declared properties was not answered by the columns")
        }
    }
}

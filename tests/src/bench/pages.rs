//! How long the server takes for a page of the console: the whole document, rendered over the whole fleet.
//!
//! Each time is that of a request over loopback, from the connection to the last byte, without compression. Beside
//! each stands the sign-in page in the same run, which is rendered the same way and asks the store nothing.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use agent::chance::seeded;
use anyhow::{Result, ensure};
use rand::Rng as _;
use sqlx::Connection as _;

use super::fleet_here::FleetHere;
use super::place::Place;
use super::plan::Plan;
use super::questions::{self, DECLARED};
use super::report::{Report, Row};
use super::samples::{Samples, ms};
use super::startup::columns_rebuilt;
use crate::{Binary, Options, http};

/// Runs of each page; the goals are stated for the median of so many.
const RUNS: usize = 50;
/// Figures of the overview are computed at most once a second: a visit after a longer pause finds none ready.
const PAUSE: Duration = Duration::from_millis(1_100);

/// A page, how it is asked for and what was aimed at.
struct Asked<'a> {
    what: &'a str,
    goal: Duration,
    /// Before each run.
    pause: Duration,
    path: &'a dyn Fn(usize) -> String,
}

/// Measures the pages.
///
/// # Errors
/// When the server cannot be started, or a page is not answered as it should be.
pub async fn pages(plan: &Plan, report: &mut Report) -> Result<()> {
    declare(plan).await?;
    let devices = some_devices(plan).await?;
    let server = Binary::start(&Options::new(&plan.place.data_dir()))?;
    columns_rebuilt(&server).await?;
    let visitor = Visitor {
        console: server.console,
        cookie: http::sign_in(server.console, "admin")?,
    };
    let bare = visitor.times("/sign-in", "", Duration::ZERO, &|_| "/sign-in".to_owned());
    let bare = bare.await?;
    let asked = [
        Asked {
            what: "overview",
            goal: Duration::from_millis(50),
            pause: PAUSE,
            path: &|_| "/".to_owned(),
        },
        Asked {
            what: "devices, first page",
            goal: Duration::from_millis(100),
            pause: Duration::ZERO,
            path: &|_| "/devices".to_owned(),
        },
        Asked {
            what: "devices, a typed query with its count",
            goal: Duration::from_millis(100),
            pause: Duration::ZERO,
            path: &|run| {
                format!(
                    "/devices?q={}",
                    encoded(&questions::low_batteries(run).ours)
                )
            },
        },
        Asked {
            what: "one device",
            goal: Duration::from_millis(50),
            pause: Duration::ZERO,
            path: &|run| format!("/devices/{}", devices[run % devices.len()]),
        },
    ];
    for page in asked {
        let times = visitor
            .times(page.what, &visitor.cookie, page.pause, page.path)
            .await?;
        let ratio = times.p50().as_secs_f64() / bare.p50().as_secs_f64();
        report.add(
            Row::new(format!("page: {}", page.what), times.text())
                .against(format!("{} sign-in", bare.text()), ratio)
                .goal(format!("p50 < {}", ms(page.goal)), times.p50() < page.goal)
                .figure("ours", times.figures())
                .figure("sign_in", bare.figures()),
        );
    }
    ensure!(server.stop()?, "the server did not end well");
    Ok(())
}

/// Somebody who visits pages, one after the other.
struct Visitor {
    console: SocketAddr,
    cookie: String,
}

impl Visitor {
    async fn times(
        &self,
        what: &str,
        cookie: &str,
        pause: Duration,
        path: &dyn Fn(usize) -> String,
    ) -> Result<Samples> {
        let mut samples = Vec::with_capacity(RUNS);
        for run in 0..RUNS {
            tokio::time::sleep(pause).await;
            let path = path(run);
            let start = Instant::now();
            let answer = http::send(self.console, "GET", &path, &[("cookie", cookie)], "")?;
            samples.push(start.elapsed());
            let text = answer.text();
            // What was asked beside the page follows its end.
            ensure!(
                answer.status == 200 && text.contains("</html>"),
                "{what}: {path} was answered {} with {} bytes",
                answer.status,
                text.len()
            );
        }
        Ok(Samples::new(samples))
    }
}

/// Declares the properties that conditions speak of, unless it is done.
async fn declare(plan: &Plan) -> Result<()> {
    let mut connection = Place::connect(&plan.place.database()).await?;
    let declared: i64 = sqlx::query_scalar("SELECT count(*) FROM property")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    if usize::try_from(declared)? < DECLARED.len() {
        let fleet = FleetHere::open(&plan.place).await?;
        fleet
            .declare(DECLARED.iter().map(|(path, _)| *path))
            .await?;
        fleet.close().await?;
    }
    Ok(())
}

/// Ids of as many devices as there are runs, from all over the fleet.
async fn some_devices(plan: &Plan) -> Result<Vec<String>> {
    let mut chance = seeded(plan.seed, "pages");
    let mut connection = Place::connect(&plan.place.database()).await?;
    let mut devices = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let slot = i64::try_from(chance.random_range(0..plan.devices))?;
        let id: String = sqlx::query_scalar("SELECT device_id FROM device WHERE slot >= ? LIMIT 1")
            .bind(slot)
            .fetch_one(&mut connection)
            .await?;
        devices.push(id);
    }
    connection.close().await?;
    Ok(devices)
}

/// Percent-encodes what a condition holds beside letters and digits.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_becomes_part_of_an_address() {
        assert_eq!(encoded("tags.a = 'b'"), "tags%2Ea%20%3D%20%27b%27");
        assert!(DECLARED.iter().all(|(path, _)| encoded(path).is_ascii()));
    }
}

//! `tandem import`: devices from JSON lines, in the shape that import jobs of the contract use (section 4.2): `id`,
//! `status`, `authentication`, `tags`, `properties.desired`, `properties.reported`.

mod database;
mod server;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use super::door::Door;
use crate::config::{Data, Remote};

/// `tandem import`.
#[derive(Args, Debug)]
pub(crate) struct Import {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    remote: Remote,

    /// A file with one device a line; `-` for standard input.
    file: PathBuf,
}

/// One line of the file.
struct Line {
    number: u64,
    body: Value,
}

/// What became of some lines.
#[derive(Default)]
struct Outcome {
    imported: u64,
    /// A sentence for each line that was refused.
    refusals: Vec<String>,
    /// Devices whose reported properties were left out.
    silenced: u64,
}

impl Import {
    pub(crate) async fn run(self) -> Result<()> {
        let input: Box<dyn BufRead> = if self.file.as_os_str() == "-" {
            Box::new(BufReader::new(std::io::stdin()))
        } else {
            let file = File::open(&self.file)
                .with_context(|| format!("{} cannot be read", self.file.display()))?;
            Box::new(BufReader::with_capacity(1 << 20, file))
        };
        let door = Door::open(&self.data, &self.remote).await?;
        let done = import(&door, input).await;
        door.close().await;
        done
    }
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the outcome is this command's output"
)]
async fn import(door: &Door, input: Box<dyn BufRead>) -> Result<()> {
    let batch_lines = match door {
        Door::Server(_) => server::BATCH_LINES,
        Door::Database { .. } => database::BATCH_LINES,
    };
    let (mut imported, mut refused, mut silenced) = (0, 0, 0);
    let mut lines = (1..).zip(input.lines()).peekable();
    // What ends it before its end. What was done until then is told all the same.
    let mut broken = None;
    while broken.is_none() && lines.peek().is_some() {
        let (mut batch, mut refusals) = (Vec::with_capacity(batch_lines), Vec::new());
        for (number, line) in lines.by_ref().take(batch_lines) {
            let line = match line {
                Ok(line) => line,
                Err(error) => {
                    let unreadable = anyhow::Error::from(error);
                    broken = Some(unreadable.context(format!("line {number} cannot be read")));
                    break;
                }
            };
            if line.trim().is_empty() {
                continue;
            }
            match serde_json::from_str(&line) {
                Ok(body) => batch.push(Line { number, body }),
                Err(error) => refusals.push(refusal(number, &format!("this is not JSON: {error}"))),
            }
        }
        let done = match door {
            Door::Server(client) => server::register(client, batch).await,
            Door::Database { wired, .. } => database::register(&wired.fleet, batch).await,
        };
        let outcome = done.unwrap_or_else(|error| {
            broken = Some(error);
            Outcome::default()
        });
        refusals.extend(outcome.refusals);
        refused += refusals.len();
        imported += outcome.imported;
        silenced += outcome.silenced;
        for refusal in refusals {
            eprintln!("{refusal}");
        }
    }
    println!("{imported} devices imported, {refused} refused");
    if silenced > 0 {
        println!(
            "{silenced} came with reported properties, which a device alone writes while a server runs: they were left out"
        );
    }
    if let Some(error) = broken {
        return Err(error.context(
            "the import ended before the end of the file; run it again: devices that are there are refused, not changed",
        ));
    }
    if refused > 0 {
        bail!("{refused} lines were refused; the others are imported");
    }
    Ok(())
}

fn refusal(number: u64, reason: &str) -> String {
    format!("line {number}: {reason}")
}

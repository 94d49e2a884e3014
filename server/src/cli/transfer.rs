//! `tandem import` and `tandem export`: devices as JSON lines, in the shape that import jobs of the contract use
//! (section 4.2): `id`, `status`, `authentication`, `tags`, `properties.desired`, `properties.reported`.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use fleet::Fleet;
use fleet::access::Principal;
use fleet::monitor::DeviceEvent;
use fleet::provision::{NewDevice, Registered};
use serde_json::{Map, Value, json};
use twin::id::{DeviceId, Slot};

use crate::config::Data;
use crate::wire_up;

const COMMAND: Principal = Principal::System("command line");
/// Devices that are registered at once.
const BATCH: usize = 5_000;

/// `tandem import`.
#[derive(Args, Debug)]
pub(crate) struct Import {
    #[command(flatten)]
    data: Data,

    /// A file with one device a line; `-` for standard input.
    file: PathBuf,
}

/// `tandem export`.
#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    data: Data,

    /// Leave the devices' keys out.
    #[arg(long)]
    without_keys: bool,

    /// The file to write; `-` for standard output.
    file: PathBuf,
}

impl Import {
    #[expect(
        clippy::print_stdout,
        clippy::print_stderr,
        reason = "the outcome is this command's output"
    )]
    pub(crate) async fn run(self) -> Result<()> {
        let input: Box<dyn BufRead> = if self.file.as_os_str() == "-" {
            Box::new(BufReader::new(std::io::stdin()))
        } else {
            let file = File::open(&self.file)
                .with_context(|| format!("{} cannot be read", self.file.display()))?;
            Box::new(BufReader::with_capacity(1 << 20, file))
        };
        let wired = wire_up::open(&self.data, "localhost").await?;
        let (mut imported, mut refused, mut number) = (0_u64, 0_u64, 0_u64);
        let mut lines = input.lines();
        loop {
            let mut batch = Vec::with_capacity(BATCH);
            let begin = number;
            for line in lines.by_ref().take(BATCH) {
                number += 1;
                let line = line?;
                if line.trim().is_empty() {
                    continue;
                }
                match read(&line) {
                    Ok(device) => batch.push((number, device)),
                    Err(error) => {
                        refused += 1;
                        eprintln!("line {number}: {error:#}");
                    }
                }
            }
            if number == begin {
                break;
            }
            let failures = register(&wired.fleet, batch, &mut imported).await?;
            refused += failures.len() as u64;
            for failure in failures {
                eprintln!("{failure}");
            }
        }
        wired.store.close().await;
        println!("{imported} devices imported, {refused} refused");
        if refused > 0 {
            bail!("{refused} lines were refused; the others are imported");
        }
        Ok(())
    }
}

/// A device to import, and its last words.
struct Imported {
    new: NewDevice,
    reported: Map<String, Value>,
}

fn read(line: &str) -> Result<Imported> {
    let mut body: Value = serde_json::from_str(line).context("this line is not JSON")?;
    let id = body
        .get("id")
        .and_then(Value::as_str)
        .context("`id` is missing")?
        .to_owned();
    let section = |pointer: &str, body: &mut Value| match body.pointer_mut(pointer).map(Value::take)
    {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => bail!(
            "`{}` is not an object",
            pointer.trim_start_matches('/').replace('/', ".")
        ),
    };
    let tags = section("/tags", &mut body)?;
    let desired = section("/properties/desired", &mut body)?;
    let reported = section("/properties/reported", &mut body)?;
    let id = DeviceId::parse(&id)?;
    if let Some(members) = body.as_object_mut() {
        members.remove("id");
        members.remove("eTag");
    }
    let new = NewDevice {
        tags,
        desired,
        ..NewDevice::from_wire(id, &body)?
    };
    Ok(Imported { new, reported })
}

/// Registers a batch, then lets each device say its last words; gives a sentence for each refusal.
async fn register(
    fleet: &Fleet,
    batch: Vec<(u64, Imported)>,
    imported: &mut u64,
) -> Result<Vec<String>> {
    let (mut devices, mut words) = (
        Vec::with_capacity(batch.len()),
        Vec::with_capacity(batch.len()),
    );
    for (number, device) in batch {
        devices.push(device.new);
        words.push((number, device.reported));
    }
    let mut failures = Vec::new();
    let mut events: Vec<(u64, DeviceEvent)> = Vec::new();
    for ((number, reported), result) in words
        .into_iter()
        .zip(fleet.provision().create_many(&COMMAND, devices).await?)
    {
        match result {
            Ok(Registered { record, .. }) => {
                *imported += 1;
                let slot: Slot = record.slot;
                if !reported.is_empty() {
                    events.push((
                        number,
                        DeviceEvent::Reported {
                            slot,
                            patch: reported,
                            expected_version: None,
                        },
                    ));
                }
            }
            Err(error) => failures.push(format!("line {number}: {error}")),
        }
    }
    let (numbers, events): (Vec<_>, Vec<_>) = events.into_iter().unzip();
    for (number, result) in numbers
        .into_iter()
        .zip(fleet.monitor().ingest(events).await)
    {
        if let Err(refused) = result {
            failures.push(format!(
                "line {number}: its reported properties were refused: {refused}"
            ));
        }
    }
    Ok(failures)
}

impl Export {
    #[expect(clippy::print_stderr, reason = "the outcome is this command's output")]
    pub(crate) async fn run(self) -> Result<()> {
        let wired = wire_up::open(&self.data, "localhost").await?;
        let mut output: Box<dyn Write> = if self.file.as_os_str() == "-" {
            Box::new(BufWriter::new(std::io::stdout()))
        } else {
            let file = File::create_new(&self.file)
                .with_context(|| format!("{} cannot be written", self.file.display()))?;
            Box::new(BufWriter::new(file))
        };
        let mut after: Option<DeviceId> = None;
        let mut exported = 0_u64;
        loop {
            let page = wired.store.page(after.as_ref(), BATCH).await?;
            for record in &page {
                let identity = &record.identity;
                let keys = if self.without_keys {
                    None
                } else {
                    wired
                        .fleet
                        .provision()
                        .keys(&COMMAND, &identity.device_id)
                        .await?
                };
                let (primary, secondary) = keys.unzip();
                let line = json!({
                    "id": identity.device_id.as_str(),
                    "status": identity.status.as_str(),
                    "statusReason": identity.status_reason,
                    "authentication": {
                        "type": identity.authentication.as_str(),
                        "symmetricKey": { "primaryKey": primary, "secondaryKey": secondary },
                        "x509Thumbprint": {
                            "primaryThumbprint": identity.thumbprints.0, "secondaryThumbprint": identity.thumbprints.1,
                        },
                    },
                    "tags": record.twin.tags,
                    "properties": { "desired": record.twin.desired.values, "reported": record.twin.reported.values },
                });
                serde_json::to_writer(&mut output, &line)?;
                output.write_all(b"\n")?;
                exported += 1;
            }
            match page.last() {
                Some(last) if page.len() == BATCH => after = Some(last.identity.device_id.clone()),
                _ => break,
            }
        }
        output.flush()?;
        wired.store.close().await;
        eprintln!("{exported} devices exported");
        Ok(())
    }
}

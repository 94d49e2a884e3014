//! Into the database, while no server runs. Here a device's last words come along.

use anyhow::{Context, Result, bail};
use fleet::Fleet;
use fleet::monitor::DeviceEvent;
use fleet::provision::{NewDevice, Registered};
use serde_json::{Map, Value};
use twin::id::DeviceId;

use super::{Line, Outcome, refusal};
use crate::cli::door::COMMAND;

/// Lines that are registered at once.
pub(super) const BATCH_LINES: usize = 5_000;

/// A device to import, and its last words.
struct Imported {
    new: NewDevice,
    reported: Map<String, Value>,
}

/// Registers a batch, then lets each device say its last words.
pub(super) async fn register(fleet: &Fleet, batch: Vec<Line>) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let (mut devices, mut words) = (Vec::new(), Vec::new());
    for Line { number, body } in batch {
        match read(body) {
            Ok(device) => {
                devices.push(device.new);
                words.push((number, device.reported));
            }
            Err(error) => outcome
                .refusals
                .push(refusal(number, &format!("{error:#}"))),
        }
    }
    let registered = fleet.provision().create_many(&COMMAND, devices).await?;
    let (mut numbers, mut events) = (Vec::new(), Vec::new());
    for ((number, patch), result) in words.into_iter().zip(registered) {
        match result {
            Ok(Registered { record, .. }) => {
                outcome.imported += 1;
                if !patch.is_empty() {
                    numbers.push(number);
                    events.push(DeviceEvent::Reported {
                        slot: record.slot,
                        patch,
                        expected_version: None,
                    });
                }
            }
            Err(error) => outcome.refusals.push(refusal(number, &error.to_string())),
        }
    }
    for (number, result) in numbers
        .into_iter()
        .zip(fleet.monitor().ingest(events).await)
    {
        if let Err(refused) = result {
            let reason = format!("its reported properties were refused: {refused}");
            outcome.refusals.push(refusal(number, &reason));
        }
    }
    Ok(outcome)
}

fn read(mut body: Value) -> Result<Imported> {
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

//! What is said about a file: counts and sentences, finished here so that pages carry them as they are.

use std::collections::HashSet;

use fleet::provision::NewDevice;
use twin::identity::{AuthenticationKind, Status};

use super::desk::RESULT_WAITS;
use super::{Row, RowIs};
use crate::api::failure::problem_of;
use crate::format;

/// How many rows there are, and of which kind.
pub(super) fn facts(rows: &[Row]) -> Vec<String> {
    let mut facts = vec![format::plural(rows.len() as u64, "row", "rows")];
    for (is, words) in [
        (RowIs::Done, "enrolled"),
        (RowIs::New, "new"),
        (RowIs::There, "there already"),
        (RowIs::Wrong, "with a problem"),
    ] {
        let count = count(rows, is);
        if count > 0 {
            facts.push(format!("{} {words}", format::count(count)));
        }
    }
    facts
}

/// What will happen, a sentence each.
pub(super) fn sentences(rows: &[Row], devices: &[NewDevice]) -> Vec<String> {
    let names: HashSet<&str> = rows
        .iter()
        .filter(|row| row.is == RowIs::New)
        .map(|row| row.id.as_str())
        .collect();
    let is_new = |device: &&NewDevice| names.contains(device.id.as_str());
    let new: Vec<&NewDevice> = devices.iter().filter(is_new).collect();
    let of =
        |is: &dyn Fn(&NewDevice) -> bool| new.iter().filter(|device| is(device)).count() as u64;
    let devices_of = |count| format::plural(count, "device", "devices");
    let mut sentences = Vec::new();
    if new.is_empty() {
        sentences.push("No device is registered.".to_owned());
    } else {
        let count = new.len() as u64;
        let are = if count == 1 { "is" } else { "are" };
        sentences.push(format!(
            "{} {are} registered and may connect at once.",
            devices_of(count)
        ));
    }
    let disabled = of(&|device| device.status == Status::Disabled);
    if disabled > 0 {
        sentences.push(format!(
            "{} of them cannot connect until enabled.",
            format::count(disabled)
        ));
    }
    let certified = of(&|device| device.authentication == AuthenticationKind::SelfSigned);
    let given = of(&|device| {
        device
            .keys
            .as_ref()
            .is_some_and(|(primary, secondary)| !primary.is_empty() || !secondary.is_empty())
    });
    let made = new.len() as u64 - certified - given;
    for (count, words) in [
        (made, "by keys that the hub makes"),
        (given, "by keys of the file"),
        (
            certified,
            "by a certificate with the thumbprint of the file",
        ),
    ] {
        if count > 0 {
            let proves = if count == 1 {
                "proves itself"
            } else {
                "prove themselves"
            };
            sentences.push(format!("{} {proves} {words}.", format::count(count)));
        }
    }
    let there = count(rows, RowIs::There);
    if there > 0 {
        let stays = if there == 1 {
            "is there already and stays as it is"
        } else {
            "are there already and stay as they are"
        };
        sentences.push(format!("{} {stays}.", devices_of(there)));
    }
    let wrong = count(rows, RowIs::Wrong);
    if wrong > 0 {
        let is = if wrong == 1 {
            "is left out"
        } else {
            "are left out"
        };
        sentences.push(format!(
            "{} with a problem {is}.",
            format::plural(wrong, "row", "rows")
        ));
    }
    if !new.is_empty() {
        sentences.push("Their connection strings come in one file, once.".to_owned());
    }
    sentences
}

/// What a button says that enrolls so many.
pub(super) fn enroll(new: usize) -> String {
    format!("Enroll {}", format::plural(new as u64, "device", "devices"))
}

/// What was done, as a heading.
pub(super) fn title(rows: &[Row]) -> String {
    match count(rows, RowIs::Done) {
        0 => "No device is enrolled".to_owned(),
        1 => "1 device is enrolled".to_owned(),
        many => format!("{} are enrolled", format::plural(many, "device", "devices")),
    }
}

/// What the file of connection strings is.
pub(super) fn result_file(strings: usize) -> String {
    let strings = format::plural(strings as u64, "connection string", "connection strings");
    let minutes = RESULT_WAITS.as_secs() / 60;
    format!(
        "{strings} wait in memory for {minutes} minutes and can be fetched once. Whoever has them can speak as these devices. When the file is lost, roll the keys."
    )
}

/// Why something was refused.
pub(super) fn refused(error: &fleet::Error) -> String {
    match error {
        // Of one batch among others.
        fleet::Error::Busy => "The store did not take it. Give the same file again.".to_owned(),
        error => problem_of(error).sentence,
    }
}

fn count(rows: &[Row], is: RowIs) -> u64 {
    rows.iter().filter(|row| row.is == is).count() as u64
}

//! The fleet as a whole: figures, their recent course, and every region in squares.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]

use leptos::prelude::*;
use reader::Read;
use serde::{Deserialize, Serialize};
use twin::time::Timestamp;

use super::Problem;
use super::exchange::{Get, Post};
use super::jobs::Standing;

#[cfg(feature = "ssr")]
mod read;

/// The state of the fleet at one instant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Read)]
pub struct Overview {
    /// When it was counted.
    pub as_of: Timestamp,
    /// The figures.
    pub figures: Figures,
    /// The recent course of the figures, oldest first.
    pub recent: Recent,
    /// The regions, by name.
    pub regions: Vec<Region>,
    /// What needs a person, worst and oldest first.
    pub attention: Vec<Attention>,
    /// The jobs under way that began first, oldest first: one leaves them only when it ends.
    pub moving: Vec<Moving>,
    /// All jobs under way.
    pub jobs: u64,
    /// The store's change sequence that was counted.
    pub seq: u64,
    /// Whether the whole fleet is counted; not yet for a while after the server started.
    pub is_complete: bool,
}

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Read)]
pub struct Figures {
    /// Registered devices.
    pub devices: u64,
    /// Connected now.
    pub connected: u64,
    /// Devices that report all that is asked of them.
    pub converged: u64,
    /// Devices that differ in at least one place.
    pub drifting: u64,
    /// Devices that refused at least one place.
    pub refusing: u64,
    /// Devices without any sign of life for 24 hours.
    pub silent: u64,
    /// Messages from devices a second, mean of the last seconds.
    pub messages_per_second: f64,
    /// From a desired change to the device's answer, 95th percentile in milliseconds; `None` before the first.
    pub answer_ms: Option<u64>,
}

/// The recent course of each figure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Read)]
pub struct Recent {
    /// When the courses begin: a day ago, or when there were figures first.
    pub since: Timestamp,
    /// Share of the devices that are converged.
    pub converged: Vec<f64>,
    /// Drifting devices.
    pub drifting: Vec<f64>,
    /// Connected devices.
    pub connected: Vec<f64>,
    /// The same as a share of the devices, with the beginning of each stretch.
    pub connected_share: Vec<(Timestamp, f64)>,
    /// The share that was connected a week earlier, with the same hours as `connected_share`.
    pub week_ago: Vec<(Timestamp, f64)>,
    /// Silent devices.
    pub silent: Vec<f64>,
    /// Messages a second.
    pub messages: Vec<f64>,
    /// Desired change to answer, milliseconds.
    pub answer: Vec<f64>,
}

/// Something that needs a person: what a check found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Read)]
pub struct Attention {
    /// The name of the check.
    pub id: String,
    /// How grave it is.
    pub grave: Grave,
    /// What holds, with its number.
    pub sentence: String,
    /// What the data says of the cause.
    pub cause: String,
    /// The condition of its devices; `None` when it is not about devices.
    pub condition: Option<String>,
    /// Since when it holds.
    pub since: Timestamp,
    /// Who took it, and when; `None` for nobody yet.
    pub taken: Option<(String, Timestamp)>,
}

/// A job under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Moving {
    /// Its number.
    pub id: u64,
    /// What it does.
    pub title: String,
    /// How it stands.
    pub standing: Standing,
    /// The same in words.
    pub state: String,
    /// How far it is, in words.
    pub progress: String,
    /// Devices done, called and failed, as shares of one.
    pub shares: [f64; 3],
}

/// How grave something is, worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "lowercase")]
pub enum Grave {
    /// Refused, failed, about to stop.
    Fault,
    /// Off what was asked, or soon.
    #[default]
    Drift,
    /// No answer.
    Silent,
}

/// A region of the fleet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Read)]
pub struct Region {
    /// The value of `tags.region`; `None` for devices without one.
    pub name: Option<String>,
    /// Its devices.
    pub devices: u64,
    /// Those that report all that is asked of them.
    pub converged: u64,
}

/// The fleet whole, in squares of neighbors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Field {
    /// When it was counted.
    pub as_of: Timestamp,
    /// How many devices a full square stands for: as few as the number of squares allows.
    pub square: u32,
    /// The squares of each region, regions by name, those without one last.
    pub regions: Vec<(Option<String>, Vec<Cell>)>,
    /// Whether firmware is known: its properties are declared.
    pub has_firmware: bool,
}

/// Neighbors: a run of devices of one region in the order of their ids, at most [`Field::square`] of them.
///
/// On the wire it is an array, for there are a thousand of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(from = "Numbers", into = "Numbers")]
pub struct Cell {
    /// How many they are.
    pub devices: u32,
    /// Those that differ.
    pub drifting: u32,
    /// Those that refused something.
    pub refusing: u32,
    /// Those connected.
    pub connected: u32,
    /// Those without any sign of life for 24 hours.
    pub silent: u32,
    /// Those that report another firmware than is usual for their class.
    pub behind: u32,
    /// Those that need a person, by any check.
    pub attention: u32,
    /// Where the square begins: the id of its device if it has one, otherwise a text as short as can be that comes after
    /// every id of the square before and not after any of this one. The first begins anywhere, and the last goes on to the
    /// end: who is enrolled later is in one of them.
    pub from: String,
}

/// A [`Cell`] on the wire: its counts in order, and where it begins.
type Numbers = ([u32; 7], String);

impl From<Numbers> for Cell {
    fn from((counts, from): Numbers) -> Self {
        let [
            devices,
            drifting,
            refusing,
            connected,
            silent,
            behind,
            attention,
        ] = counts;
        Self {
            devices,
            drifting,
            refusing,
            connected,
            silent,
            behind,
            attention,
            from,
        }
    }
}

impl From<Cell> for Numbers {
    fn from(cell: Cell) -> Self {
        let counts = [
            cell.devices,
            cell.drifting,
            cell.refusing,
            cell.connected,
            cell.silent,
            cell.behind,
            cell.attention,
        ];
        (counts, cell.from)
    }
}

/// The firmware of one model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Mix {
    /// The model: the value of `tags.class`.
    pub model: String,
    /// Its devices.
    pub devices: u64,
    /// Versions and how many report them, newest first.
    pub versions: Vec<(String, u64)>,
}

/// The state of the fleet, counted at most once a second for everybody.
///
/// # Errors
/// [`super::Code::SignedOut`], or [`super::Code::Unavailable`] when the store does not answer.
#[server(name = AskOverview, prefix = "/api", endpoint = "overview", protocol = Get)]
pub async fn overview() -> Result<Overview, Problem> {
    super::caller()?.overview().await
}

/// The fleet whole, in squares, counted at most once a second for everybody.
///
/// # Errors
/// [`super::Code::SignedOut`], or [`super::Code::Unavailable`] when the store does not answer.
#[server(name = AskField, prefix = "/api", endpoint = "field", protocol = Get)]
pub async fn field() -> Result<Field, Problem> {
    super::caller()?.field().await
}

/// Firmware by model, largest model first; nothing when its properties are not declared.
///
/// # Errors
/// [`super::Code::SignedOut`], or [`super::Code::Unavailable`] when the store does not answer.
#[server(name = AskFirmware, prefix = "/api", endpoint = "firmware", protocol = Get)]
pub async fn firmware() -> Result<Vec<Mix>, Problem> {
    super::caller()?.firmware().await
}

/// Takes what a check found, or gives it back; answers with the fleet as it is then.
///
/// # Errors
/// `Forbidden`, `NotFound` when it is over, `Invalid` when somebody else has taken it.
#[server(name = TakeCheck, prefix = "/api", endpoint = "overview/take", protocol = Post)]
pub async fn take(check: String, is_taken: bool) -> Result<Overview, Problem> {
    super::caller()?.take(check, is_taken).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_is_short_on_the_wire() {
        let one = Cell {
            devices: 1,
            drifting: 1,
            connected: 1,
            from: "a".into(),
            ..Cell::default()
        };
        let many = Cell {
            devices: 9,
            silent: 2,
            attention: 4,
            ..one.clone()
        };
        for (cell, text) in [
            (one, r#"[[1,1,0,1,0,0,0],"a"]"#),
            (many, r#"[[9,1,0,1,2,0,4],"a"]"#),
        ] {
            assert_eq!(serde_json::to_string(&cell).unwrap(), text);
            assert_eq!(serde_json::from_str::<Cell>(text).unwrap(), cell);
        }
    }
}

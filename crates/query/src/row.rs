//! What an expression is evaluated over: a device, or whatever else answers to paths.

use twin::diff;
use twin::document::{Metadata, Section, Twin};
use twin::identity::Identity;
use twin::presence::Presence;
use twin::time::Timestamp;
use twin::value::lookup;
use twin::view::service_section;
use twin::{Map, Value};

use crate::path::{Location, Path};
use crate::term::Term;

/// Something that answers to paths.
pub trait Row {
    /// The value at a path; undefined where there is none.
    fn get(&self, path: &Path) -> Term<'_>;

    /// Whether any place at or below the path differs between desired and reported; without a path, any at all.
    /// `None` for paths that lead to neither.
    fn drift(&self, path: Option<&Path>) -> Option<bool>;

    /// The whole document, for `SELECT *`.
    fn document(&self) -> Value;
}

/// A device as a row: identity, twin and presence, all borrowed.
#[derive(Clone, Copy, Debug)]
pub struct DeviceRow<'a> {
    identity: &'a Identity,
    twin: &'a Twin,
    presence: &'a Presence,
}

impl<'a> DeviceRow<'a> {
    /// The row of a device.
    pub fn new(identity: &'a Identity, twin: &'a Twin, presence: &'a Presence) -> Self {
        Self {
            identity,
            twin,
            presence,
        }
    }

    fn root(&self, name: &str) -> Term<'a> {
        let (identity, twin) = (self.identity, self.twin);
        match name {
            "deviceId" => Term::text(identity.device_id.as_str()),
            "etag" => Term::owned_text(twin.etag.to_string()),
            "deviceEtag" => Term::owned_text(identity.wire_etag()),
            "status" => Term::text(identity.status.as_str()),
            "statusReason" => identity
                .status_reason
                .as_deref()
                .map_or(Term::Undefined, Term::text),
            "statusUpdateTime" => time(identity.status_updated_at),
            "connectionState" => Term::text(self.presence.connection_state()),
            "lastActivityTime" => time(self.presence.last_activity),
            "cloudToDeviceMessageCount" => Term::Number(0.0),
            "authenticationType" => Term::text(identity.authentication.as_str()),
            "modelId" => Term::text(&twin.model_id),
            "version" => number(twin.version),
            "createdTime" => time(identity.created_at),
            "x509Thumbprint.primaryThumbprint" => thumbprint(identity.thumbprints.0.as_deref()),
            "x509Thumbprint.secondaryThumbprint" => thumbprint(identity.thumbprints.1.as_deref()),
            "capabilities.iotEdge" => Term::Bool(false),
            // Objects that are made for the answer are taken from it.
            "x509Thumbprint" | "capabilities" | "properties" => match self.document() {
                Value::Object(mut document) => made(document.remove(name)),
                _ => Term::Undefined,
            },
            _ => Term::Undefined,
        }
    }
}

impl Row for DeviceRow<'_> {
    fn get(&self, path: &Path) -> Term<'_> {
        match path.location() {
            Location::Root(name) => self.root(name),
            Location::Tags(below) => within(&self.twin.tags, below),
            Location::Desired([]) => made(Some(service_section(&self.twin.desired))),
            Location::Reported([]) => made(Some(service_section(&self.twin.reported))),
            Location::Desired(below) => within(&self.twin.desired.values, below),
            Location::Reported(below) => within(&self.twin.reported.values, below),
            Location::DesiredVersion => number(self.twin.desired.version),
            Location::ReportedVersion => number(self.twin.reported.version),
            Location::DesiredMetadata(below) => metadata(&self.twin.desired, below),
            Location::ReportedMetadata(below) => metadata(&self.twin.reported, below),
            Location::DriftCount => Term::Number(f64::from(diff::drift(self.twin).count)),
            Location::DriftRefused => Term::Number(f64::from(diff::drift(self.twin).refused)),
            Location::DriftSince => diff::drift(self.twin).since.map_or(Term::Undefined, time),
            Location::Nowhere => Term::Undefined,
        }
    }

    fn drift(&self, path: Option<&Path>) -> Option<bool> {
        let below = match path.map(Path::location) {
            None => &[],
            Some(Location::Desired(below) | Location::Reported(below)) => below,
            Some(_) => return None,
        };
        let below: Vec<&str> = below.iter().map(String::as_str).collect();
        Some(diff::is_drifting(self.twin, &below))
    }

    fn document(&self) -> Value {
        twin::view::service_twin(self.identity, self.twin, self.presence)
    }
}

/// An instant as the texts of the contract write it.
pub fn time<'a>(at: Timestamp) -> Term<'a> {
    Term::owned_text(at.to_string())
}

#[expect(clippy::cast_precision_loss, reason = "versions stay far below 2^53")]
fn number<'a>(number: u64) -> Term<'a> {
    Term::Number(number as f64)
}

fn within<'a>(section: &'a Map, below: &[String]) -> Term<'a> {
    if below.is_empty() {
        return Term::Object(section);
    }
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    lookup(section, &below).map_or(Term::Undefined, Term::of)
}

fn metadata<'a>(section: &'a Section, below: &[String]) -> Term<'a> {
    let (name, place) = match below.split_last() {
        Some((last, place)) if last.starts_with('$') => (Some(last.as_str()), place),
        _ => (None, below),
    };
    let place: Vec<&str> = place.iter().map(String::as_str).collect();
    let Some(found): Option<&Metadata> = section.metadata.lookup(&place) else {
        return Term::Undefined;
    };
    match name {
        Some("$lastUpdated") => time(found.at),
        Some("$lastUpdatedVersion") => found.version.map_or(Term::Undefined, number),
        Some(_) => Term::Undefined,
        None => made(Some(found.to_wire())),
    }
}

/// An object that was made for the answer; metadata of a leaf is an object too.
fn made<'a>(value: Option<Value>) -> Term<'a> {
    match value {
        Some(Value::Object(members)) => Term::MadeObject(members),
        _ => Term::Undefined,
    }
}

/// A thumbprint; null when there is none, as the document has it.
fn thumbprint(value: Option<&str>) -> Term<'_> {
    value.map_or(Term::Null, Term::text)
}

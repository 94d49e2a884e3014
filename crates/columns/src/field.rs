//! The built-in fields: what every device has a column for, without declaring it (contract 5.1).

use query::{Location, Path};
use twin::diff::Drift;
use twin::document::Twin;
use twin::id::Etag;
use twin::identity::Identity;
use twin::presence::Presence;
use twin::time::Timestamp;

use crate::datum::Datum;

/// A built-in field with a column. The device's identifier has an index of its own instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Status,
    StatusReason,
    StatusUpdateTime,
    ConnectionState,
    LastActivityTime,
    CreatedTime,
    AuthenticationType,
    ModelId,
    Version,
    Etag,
    DesiredVersion,
    ReportedVersion,
    DriftCount,
    DriftRefused,
    DriftSince,
}

impl Field {
    pub(crate) const ALL: [Self; 15] = [
        Self::Status,
        Self::StatusReason,
        Self::StatusUpdateTime,
        Self::ConnectionState,
        Self::LastActivityTime,
        Self::CreatedTime,
        Self::AuthenticationType,
        Self::ModelId,
        Self::Version,
        Self::Etag,
        Self::DesiredVersion,
        Self::ReportedVersion,
        Self::DriftCount,
        Self::DriftRefused,
        Self::DriftSince,
    ];

    /// The field that a path leads to.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match path.location() {
            Location::Root(name) => Self::ALL.into_iter().find(|field| field.path() == name),
            Location::DesiredVersion => Some(Self::DesiredVersion),
            Location::ReportedVersion => Some(Self::ReportedVersion),
            Location::DriftCount => Some(Self::DriftCount),
            Location::DriftRefused => Some(Self::DriftRefused),
            Location::DriftSince => Some(Self::DriftSince),
            Location::Tags(_)
            | Location::Desired(_)
            | Location::Reported(_)
            | Location::DesiredMetadata(_)
            | Location::ReportedMetadata(_)
            | Location::Nowhere => None,
        }
    }

    /// Where the field is found in a query.
    pub(crate) fn to_path(self) -> Path {
        Path::new(self.path().split('.'))
    }

    /// The same, canonically written.
    const fn path(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::StatusReason => "statusReason",
            Self::StatusUpdateTime => "statusUpdateTime",
            Self::ConnectionState => "connectionState",
            Self::LastActivityTime => "lastActivityTime",
            Self::CreatedTime => "createdTime",
            Self::AuthenticationType => "authenticationType",
            Self::ModelId => "modelId",
            Self::Version => "version",
            Self::Etag => "etag",
            Self::DesiredVersion => "properties.desired.$version",
            Self::ReportedVersion => "properties.reported.$version",
            Self::DriftCount => "drift.count",
            Self::DriftRefused => "drift.refused",
            Self::DriftSince => "drift.since",
        }
    }
}

/// Whether a path leads to the device's identifier.
pub(crate) fn is_device_id(path: &Path) -> bool {
    path.location() == Location::Root("deviceId")
}

/// What the built-in fields of a device are made of: its identity and the head of its twin, without the documents.
#[derive(Clone, Copy, Debug)]
pub struct Builtin<'a> {
    /// Who it is; keys are not looked at.
    pub identity: &'a Identity,
    /// The etag of its twin.
    pub etag: Etag,
    /// The version of its twin.
    pub version: u64,
    /// The version of its desired properties.
    pub desired_version: u64,
    /// The version of its reported properties.
    pub reported_version: u64,
    /// The model that it announced; empty when unknown.
    pub model_id: &'a str,
    /// How far reported stands from desired.
    pub drift: Drift,
}

impl<'a> Builtin<'a> {
    /// The built-in fields of a whole twin.
    pub fn of(identity: &'a Identity, twin: &'a Twin) -> Self {
        Self {
            identity,
            etag: twin.etag,
            version: twin.version,
            desired_version: twin.desired.version,
            reported_version: twin.reported.version,
            model_id: &twin.model_id,
            drift: twin::diff::drift(twin),
        }
    }

    /// Calls `set` with the value of every field but those of presence.
    pub(crate) fn each(&self, mut set: impl FnMut(Field, Option<Datum<'_>>)) {
        let identity = self.identity;
        set(Field::Status, Some(Datum::Text(identity.status.as_str())));
        set(
            Field::StatusReason,
            identity.status_reason.as_deref().map(Datum::Text),
        );
        instant(identity.status_updated_at, |at| {
            set(Field::StatusUpdateTime, at);
        });
        instant(identity.created_at, |at| set(Field::CreatedTime, at));
        set(
            Field::AuthenticationType,
            Some(Datum::Text(identity.authentication.as_str())),
        );
        set(Field::ModelId, Some(Datum::Text(self.model_id)));
        set(Field::Version, Some(number(self.version)));
        set(Field::Etag, Some(Datum::Text(&self.etag.to_string())));
        set(Field::DesiredVersion, Some(number(self.desired_version)));
        set(Field::ReportedVersion, Some(number(self.reported_version)));
        set(
            Field::DriftCount,
            Some(Datum::Number(self.drift.count.into())),
        );
        set(
            Field::DriftRefused,
            Some(Datum::Number(self.drift.refused.into())),
        );
        match self.drift.since {
            Some(since) => instant(since, |at| set(Field::DriftSince, at)),
            None => set(Field::DriftSince, None),
        }
    }
}

/// Calls `set` with the value of every field of presence.
pub(crate) fn each_of_presence(presence: &Presence, mut set: impl FnMut(Field, Option<Datum<'_>>)) {
    set(
        Field::ConnectionState,
        Some(Datum::Text(presence.connection_state())),
    );
    instant(presence.last_activity, |at| {
        set(Field::LastActivityTime, at);
    });
}

fn instant(at: Timestamp, set: impl FnOnce(Option<Datum<'_>>)) {
    match Datum::instant(at) {
        Some(instant) => set(Some(instant)),
        None => set(Some(Datum::Text(&at.to_string()))),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the query language knows no other numbers"
)]
fn number(count: u64) -> Datum<'static> {
    Datum::Number(count as f64)
}

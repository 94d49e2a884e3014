//! Letting devices in: enrolling one, renewing its keys, and whether it may connect.
//!
//! What a person wrote is checked by [`Draft::check`] on both sides: in the browser as they write, and again on the
//! server, which does not trust it.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]

use leptos::prelude::*;
use reader::Read;
use serde::{Deserialize, Serialize};
use twin::time::Timestamp;

use super::device::Device;
use super::exchange::{Get, Post};
use super::{Problem, WhichKey};

mod draft;
#[cfg(feature = "ssr")]
mod enroll;
pub mod many;
#[cfg(feature = "ssr")]
mod post;
#[cfg(feature = "ssr")]
mod qr;
mod section;

pub use draft::{Checked, Draft, Field, Fix, Wrong};
#[cfg(feature = "ssr")]
pub use post::{Brought, PostedForm, post};

#[cfg(feature = "ssr")]
use enroll::hub;

/// A device that has just been let in. It holds a secret that is not shown a second time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Enrolled {
    /// The device as it stands.
    pub device: Device,
    /// What it connects with.
    pub secret: Secret,
    /// Where it connects to.
    pub hub: Hub,
}

/// What a form brought that was sent by the browser alone, without the program of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Posted {
    /// What was written; empty when it is done.
    pub draft: Draft,
    /// Whether keys were given.
    pub are_keys_given: bool,
    /// What came of it.
    pub outcome: Result<Enrolled, Problem>,
}

/// A connection string, for whoever may see it now.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Secret {
    /// `HostName=…;DeviceId=…;SharedAccessKey=…`.
    pub connection_string: String,
    /// The same to be read by a camera; `None` when it is too long for that.
    pub qr: Option<Qr>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

/// A QR code as a drawing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Qr {
    /// Its width and height in modules, the quiet zone around it included.
    pub size: usize,
    /// The dark modules as the data of an SVG path, one unit a module.
    pub path: String,
}

impl std::fmt::Debug for Qr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Qr")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// Where devices connect to, as this hub listens now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Hub {
    /// The name in tokens and certificate.
    pub host_name: String,
    /// The port of MQTT over TLS.
    pub mqtts_port: u16,
    /// The authority that devices must trust, as PEM; `None` when the hub shows a certificate of the operator's own.
    pub ca_pem: Option<String>,
}

/// What a form brought that the page answers which is being written; `None` for a page that answers none.
///
/// # Errors
/// None.
#[server(name = AskPosted, prefix = "/api", endpoint = "provision/posted", protocol = Get)]
pub async fn posted() -> Result<Option<Posted>, Problem> {
    let brought = std::future::ready(use_context::<Brought>()).await;
    Ok(match brought {
        Some(Brought::One(posted)) => Some(*posted),
        _ => None,
    })
}

/// How far the file has come that the page answers which is being written; at its beginning for one that answers none.
///
/// # Errors
/// None.
#[server(name = AskStage, prefix = "/api", endpoint = "provision/stage", protocol = Get)]
pub async fn stage() -> Result<many::Stage, Problem> {
    let brought = std::future::ready(use_context::<Brought>()).await;
    Ok(match brought {
        Some(Brought::Many(stage)) => *stage,
        _ => many::Stage::Empty,
    })
}

/// Enrolls a device, with keys that are given or made.
///
/// # Errors
/// `Forbidden`, `Invalid` at the field that breaks a rule, `Conflict` at `id` when the name is taken.
#[server(name = EnrollDevice, prefix = "/api", endpoint = "provision/enroll", protocol = Post)]
pub async fn enroll(draft: Draft) -> Result<Enrolled, Problem> {
    super::caller()?.enroll(draft, hub()).await
}

/// Whether a device has this name already.
///
/// # Errors
/// `Unavailable` when the store does not answer.
#[server(name = AskName, prefix = "/api", endpoint = "provision/name", protocol = Get)]
pub async fn is_taken(id: String) -> Result<bool, Problem> {
    super::caller()?.is_taken(&id).await
}

/// Makes one key of a device anew; the other stays valid. Gives the connection string with the new key, this once.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` without a reason or when it has no keys, `Conflict` when somebody else changed
/// the device in the same moment.
#[server(name = RenewKey, prefix = "/api", endpoint = "provision/key", protocol = Post)]
pub async fn renew_key(id: String, which: WhichKey, reason: String) -> Result<Secret, Problem> {
    super::caller()?.renew_device_key(&id, which, &reason).await
}

/// Lets a device connect, or keeps it out and ends its connection at once. Gives the device as it stands then.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` without a reason.
#[server(name = SetStatus, prefix = "/api", endpoint = "provision/status", protocol = Post)]
pub async fn set_status(id: String, is_enabled: bool, reason: String) -> Result<Device, Problem> {
    super::caller()?.set_status(&id, is_enabled, &reason).await
}

/// Has a device played by the server for some minutes; gives when that ends.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` when it is disabled, has connected by itself, or too many are played.
#[server(name = Simulate, prefix = "/api", endpoint = "provision/simulate", protocol = Post)]
pub async fn simulate(id: String) -> Result<Timestamp, Problem> {
    super::caller()?.simulate(&id).await
}

/// Stops playing a device; `false` when it was not played any more.
///
/// # Errors
/// `Forbidden`, `Unavailable` when the store does not answer.
#[server(name = StopSimulation, prefix = "/api", endpoint = "provision/simulate/stop", protocol = Post)]
pub async fn stop_simulation(id: String) -> Result<bool, Problem> {
    super::caller()?.stop_simulation(&id).await
}

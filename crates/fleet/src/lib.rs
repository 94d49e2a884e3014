//! What the system does: its services, by stage of a device's life.
//!
//! # How it is used
//!
//! [`Fleet::open`] takes a store, a clock, randomness and limits, and gives the services:
//! [`provision`](Fleet::provision) (which devices there are, and how they prove who they are),
//! [`configure`](Fleet::configure) (desired properties, methods), [`monitor`](Fleet::monitor) (what
//! devices say, and questions about the fleet), [`plan`](Fleet::plan) (declared properties),
//! [`retire`](Fleet::retire) (letting devices go, replacing them, the archive),
//! [`reports`](Fleet::reports) (a day, week or month for those who answer for the fleet),
//! [`access`](Fleet::access) (people, sessions, policies), [`audit`](Fleet::audit) and
//! [`live`](Fleet::live) (hints for open pages). Whoever holds the devices' connections implements
//! [`Outlet`].
//!
//! Every public action takes a [`Principal`] first and passes
//! [`authorize`](access::authorize) once, whatever door it came through; every change carries one audit
//! entry into its own transaction.
//!
//! # What it does not do
//!
//! It knows no sockets, no HTTP, no topics and no SQL, and it asks neither the machine's clock nor its
//! randomness except through [`clock`].

pub mod access;
pub mod audit;
pub mod clock;
mod commits;
pub mod configure;
mod core;
mod error;
mod fleet;
mod index;
pub mod internals;
mod limits;
pub mod live;
pub mod monitor;
mod outlet;
pub mod plan;
mod presence;
pub mod provision;
pub mod report;
pub mod retire;
mod sync;
pub mod tasks;

pub use access::{Denied, OpenError, Principal, SealingKey};
pub use error::Error;
pub use fleet::{Fleet, Parts};
pub use limits::Limits;
pub use outlet::{MethodAnswer, MethodError, MethodRequest, Outlet};

//! Server functions, one file per noun, and the one error that crosses to the browser.
//!
//! A server function takes the caller from the request ([`guard`](mod@guard) on the server), makes one call into the
//! fleet, and maps what came back. Functions that read are GET, functions that change are POST; prefix and
//! endpoint are fixed, so that tabs opened before a deployment keep working. The types here are made of plain
//! data and compile for both sides.

mod asked;
pub mod device;
pub mod devices;
mod exchange;
#[cfg(feature = "ssr")]
mod failure;
#[cfg(feature = "ssr")]
mod guard;
pub mod jobs;
mod json;
mod key;
pub mod overview;
pub mod plan;
mod problem;
pub mod provision;
pub mod report;
pub mod retire;
pub mod session;
pub mod settings;
pub mod views;

pub use asked::{Asked, ask, ask_if};
pub use exchange::{Exchange, Get, Post, PostJson};
#[cfg(feature = "ssr")]
pub(crate) use guard::{Caller, caller, refuse, whoami_now};
#[cfg(feature = "ssr")]
pub use guard::{MustChoose, RequestId};
pub use json::JsonText;
pub use key::WhichKey;
pub use problem::{Code, Problem};

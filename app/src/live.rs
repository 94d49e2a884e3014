//! The live channel: one socket per tab, and the reactive store that it keeps current.
//!
//! Pages say what they show ([`Live::watch_overview`], [`Live::watch_row`], …); the store tells the server the sum of
//! it, and the server answers with what changed, at most four times a second, always the latest state and never a
//! backlog. Every message is applied as a whole where it arrives, so none can be lost between two reactions.
//! A value changes in its own signal: lists are never rebuilt for one value.
//!
//! A hidden tab watches nothing and resyncs with one message on return. After a lost connection the client says
//! the last sequence it saw, and the server sends what stands differently since.

#[cfg(any(feature = "hydrate", test))]
mod arrive;
#[cfg(feature = "hydrate")]
mod client;
pub mod protocol;
#[cfg(feature = "ssr")]
mod serve;
mod store;

#[cfg(feature = "ssr")]
pub use serve::serve;
pub use store::{Link, Live, provide_live, use_live};

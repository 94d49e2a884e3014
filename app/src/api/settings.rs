//! Settings: people, service policies, the limits in force, and what goes on inside.

pub mod internals;
pub mod limits;
#[cfg(feature = "ssr")]
mod machine;
pub mod people;
pub mod policies;

#[cfg(feature = "ssr")]
pub use machine::Machine;

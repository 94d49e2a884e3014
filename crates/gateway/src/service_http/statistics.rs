//! Counts of the registry and of connections (contract section 4.2).

pub(super) mod devices;
pub(super) mod service;

//! What a bounded queue tells of itself.
//!
//! A queue counts when somebody found it full; how much is in it is asked when somebody wants to know. Whoever runs the
//! system sees every queue of every part in one table, from the start on.

use std::sync::atomic::{AtomicU64, Ordering};

/// A bounded queue at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its name: the part of the system, a dot, and what waits in it.
    pub name: &'static str,
    /// How much is in it.
    pub depth: usize,
    /// How much fits.
    pub bound: usize,
    /// How often since the start something found no room: it waited, was refused, or put out what was there.
    pub stalls: u64,
}

/// Counts how often a queue was found full.
#[derive(Debug, Default)]
pub struct Stalls(AtomicU64);

impl Stalls {
    /// Once more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often so far.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

//! Figures of the inside in words.

use std::time::Duration;

use crate::api::settings::internals::{Column, Internals, Queue, Reconciler};
use crate::format;
use crate::ui::Is;

/// A figure and what it is called.
pub(super) type Fact = (&'static str, fn(&Internals) -> String);

/// What is said of the database and its writer.
pub(super) const DATABASE: [Fact; 5] = [
    ("Database", |inside| format::bytes(inside.database.bytes)),
    ("Log beside it", |inside| {
        format::bytes(inside.database.log_bytes)
    }),
    ("Last change", |inside| format::count(inside.database.seq)),
    ("Written since the start", |inside| {
        let writes = format::plural(inside.database.writes, "write", "writes");
        let commits = format::plural(inside.database.batches, "commit", "commits");
        format!("{writes} in {commits}")
    }),
    ("Last commit took", |inside| {
        if inside.database.batches == 0 {
            format::UNKNOWN.to_owned()
        } else {
            format::took(Duration::from_micros(inside.database.last_batch_us))
        }
    }),
];

/// Hints that pages have seen are kept until others take their place: this queue is full after a while.
const KEPT: &str = "live.hints";

/// How a queue stands: full is what a person looks at.
pub(super) fn standing(queue: &Queue) -> (Is, &'static str) {
    if queue.name == KEPT {
        (Is::Reported, "Keeps the latest")
    } else if queue.bound > 0 && queue.depth >= queue.bound {
        (Is::Drift, "Full")
    } else {
        (Is::Reported, "Has room")
    }
}

/// How long the last run of a reconciler took.
pub(super) fn took(reconciler: &Reconciler) -> String {
    if reconciler.runs == 0 {
        format::UNKNOWN.to_owned()
    } else {
        format::took(Duration::from_micros(reconciler.took_us))
    }
}

/// How a column stands.
pub(super) fn built(column: &Column) -> (Is, String) {
    if column.is_building {
        let looked = format::plural(column.loaded, "device", "devices");
        (Is::Busy, format!("Being built: {looked} read"))
    } else {
        (Is::Reported, "Answers queries".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_is_marked() {
        let named = |name: &str, depth| Queue {
            name: name.to_owned(),
            depth,
            bound: 10,
            stalls: 0,
        };
        assert_eq!(
            standing(&named("store.writes", 9)),
            (Is::Reported, "Has room")
        );
        assert_eq!(standing(&named("store.writes", 10)), (Is::Drift, "Full"));
        assert_eq!(
            standing(&named(KEPT, 10)),
            (Is::Reported, "Keeps the latest")
        );
    }
}

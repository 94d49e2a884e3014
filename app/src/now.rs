//! Now, on a page: the server's instant of reading, moved along by the browser.
//!
//! Relative times must not differ between the two sides of hydration, so a page begins at the instant the server
//! read its data and only then lets time pass, in steps of a second.

use std::time::Duration;

use leptos::prelude::*;
use twin::time::Timestamp;

/// How often relative times are written anew.
const STEP: Duration = Duration::from_secs(1);

/// The instant `as_of`, growing while the page is looked at; starts anew whenever `as_of` changes.
pub fn use_now(as_of: Signal<Timestamp>) -> Signal<Timestamp> {
    let passed = RwSignal::new(Duration::ZERO);
    Effect::new(move |_| {
        as_of.track();
        passed.set(Duration::ZERO);
    });
    Effect::new(move |_| {
        let ticking = set_interval_with_handle(move || passed.update(|passed| *passed += STEP), STEP);
        if let Ok(ticking) = ticking {
            on_cleanup(move || ticking.clear());
        }
    });
    Signal::derive(move || as_of.get().plus(passed.get()))
}

//! The time that relative times are written against: the server's, carried on by the browser's seconds.

use leptos::leptos_dom::helpers::set_interval_with_handle;
use std::time::Duration;

use leptos::prelude::*;
use twin::time::Timestamp;

use crate::browser;

#[derive(Clone, Copy)]
struct Now(RwSignal<Timestamp>);

/// Begins with the server's time, so that both sides of hydration write the same, then ticks every second.
pub fn provide_now(as_of: Timestamp) {
    let now = RwSignal::new(as_of);
    provide_context(Now(now));
    Effect::new(move |_| {
        let began_ms = browser::now_ms();
        let tick = move || {
            if !browser::is_hidden() {
                now.set(as_of.plus(Duration::from_secs_f64(
                    (browser::now_ms() - began_ms).max(0.0) / 1_000.0,
                )));
            }
        };
        if let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || handle.clear());
        }
    });
}

/// The server's time, to the second. Take it in the body of a component.
///
/// # Panics
/// Outside [`crate::App`].
pub fn use_now() -> Signal<Timestamp> {
    expect_context::<Now>().0.into()
}

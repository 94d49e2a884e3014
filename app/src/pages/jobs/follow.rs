//! Looking again while a job moves: only while somebody sees the page and does not hold it.

use std::time::Duration;

use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::prelude::*;

use crate::browser;
use crate::live::{Link, use_live};
use crate::router::{NavigateOptions, use_navigate};
use crate::routes::Address;

/// How often the page looks again.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Calls `look` now and then for as long as the page is there.
pub(super) fn follow(look: Callback<()>) {
    let live = use_live();
    let tick = move || {
        let is_watched = live.link.try_get_untracked() == Some(Link::Open) && !browser::is_hidden();
        if is_watched {
            look.try_run(());
        }
    };
    Effect::new(move |_| {
        if let Ok(handle) = set_interval_with_handle(tick, LOOK_EVERY) {
            on_cleanup(move || handle.clear());
        }
    });
}

/// What opens another page. Take it in the body of a component.
pub(super) fn way() -> impl Fn(&Address) + Clone + Send + Sync + 'static {
    let navigate = use_navigate();
    move |address| navigate(&address.href(), NavigateOptions::default())
}

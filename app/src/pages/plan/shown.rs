//! The declared properties as they are shown: kept current, and never behind what was just done here.

use std::time::Duration;

use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::plan::{self as api, Scheme};
use crate::browser;
use crate::live::use_live;

/// How often the server is asked while a column is being built.
const ASK_EVERY: Duration = Duration::from_millis(500);
/// Every so many times it is asked while none is.
const QUIET_EVERY: u32 = 10;

/// The declared properties of the page.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    /// As they were read last.
    pub(super) scheme: RwSignal<Scheme>,
    /// How often they were changed here: an answer from before is not shown.
    changes: StoredValue<u32>,
}

impl Shown {
    /// Shows them, and in a browser keeps asking how their columns stand for as long as the calling component lives:
    /// while the tab is seen and nobody holds the changes back.
    pub(super) fn follow(scheme: Scheme) -> Self {
        let shown = Self {
            scheme: RwSignal::new(scheme),
            changes: StoredValue::new(0),
        };
        let live = use_live();
        Effect::new(move |_| {
            let is_asking = StoredValue::new(false);
            let times = StoredValue::new(0_u32);
            let ask = move || {
                times.update_value(|times| *times = times.wrapping_add(1));
                let is_due = times.get_value().is_multiple_of(QUIET_EVERY)
                    || shown.scheme.with_untracked(Scheme::is_building);
                if !is_due || is_asking.get_value() || browser::is_hidden() || live.is_held() {
                    return;
                }
                is_asking.set_value(true);
                spawn_local(async move {
                    shown.ask().await;
                    is_asking.try_set_value(false);
                });
            };
            if let Ok(interval) = set_interval_with_handle(ask, ASK_EVERY) {
                on_cleanup(move || interval.clear());
            }
        });
        shown
    }

    /// Shows what came of a change made here; what could not be read again is read soon.
    pub(super) fn take(self, scheme: Option<Scheme>) {
        self.changes
            .update_value(|changes| *changes = changes.wrapping_add(1));
        match scheme {
            Some(scheme) => self.scheme.set(scheme),
            None => spawn_local(self.ask()),
        }
    }

    /// Reads them again. What fails is asked again soon.
    async fn ask(self) {
        let before = self.changes.try_get_value();
        let Ok(now) = api::scheme().await else {
            return;
        };
        let is_news = self
            .scheme
            .try_with_untracked(|scheme| *scheme != now)
            .unwrap_or(false);
        if is_news && self.changes.try_get_value() == before {
            self.scheme.try_set(now);
        }
    }
}

//! A list that needs documents to be read: how far that is, kept current in place, and cancelling it.

use std::time::Duration;

use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::task::spawn_local;

use super::found::Found;
use super::words;
use crate::api::devices::{Listing, Reading, cancel, page};
use crate::browser;
use crate::format;
use crate::prelude::*;
use crate::routes::{Address, Search};
use crate::ui::{Bar, Button, Is, Mark, Size};

/// How soon after an answer the server is asked again; it takes its time to answer too.
const ASK_AFTER: Duration = Duration::from_millis(200);

/// In the place of the list, until it is there. Who leaves asks no more, and the server gives the question up.
#[component]
pub(super) fn Slow(
    /// How far it was when the page was asked for.
    first: Reading,
    search: Search,
    found: Found,
) -> impl IntoView {
    let reading = RwSignal::new(first);
    let is_cancelled = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let has_ended = derived(move || is_cancelled.get() || problem.with(Option::is_some));
    let share = memo(move || {
        let Reading { read, of, .. } = reading.get();
        format::ratio(read, of).unwrap_or_default().min(1.0)
    });
    let sentence = memo(move || {
        let failed = problem.get();
        failed.unwrap_or_else(|| words::reading(&reading.get(), is_cancelled.get()))
    });
    let is = memo(move || {
        if problem.with(Option::is_some) {
            Is::Fault
        } else if is_cancelled.get() {
            Is::Paused
        } else {
            Is::Busy
        }
    });
    let again = Address::Devices(search.clone()).href();
    let search = StoredValue::new(search);
    effect(move || {
        let is_asking = StoredValue::new(false);
        let ask = move || {
            if is_asking.get_value() || has_ended.get_untracked() || browser::is_hidden() {
                return;
            }
            is_asking.set_value(true);
            let search = search.get_value();
            spawn_local(async move {
                let answer = page(search.clone()).await;
                // Whoever cancelled meanwhile, or left, wants no answer.
                if is_cancelled.try_get_untracked() == Some(false) {
                    match answer {
                        Ok(Listing::Reading(now)) => {
                            reading.try_set(now);
                        }
                        Ok(listing) => found.take(search, listing),
                        Err(failed) => {
                            problem.try_set(Some(failed.sentence));
                        }
                    }
                }
                is_asking.try_set_value(false);
            });
        };
        if let Ok(interval) = set_interval_with_handle(ask, ASK_AFTER) {
            on_cleanup(move || interval.clear());
        }
    });
    let stop = move |()| {
        is_cancelled.set(true);
        spawn_local(async move {
            // Without an answer it ends by itself: nobody asks for it any more.
            let _ = cancel(search.get_value()).await;
        });
    };
    // One button, so that it keeps the focus.
    let press = move |()| {
        if has_ended.get_untracked() {
            found.again();
        } else {
            stop(());
        }
    };
    view! {
        <div class="notice being-built" data-is=move || is.get().name()>
            <Mark is=is />
            <span>
                <strong>{move || sentence.get()}</strong>
                " "
                <span class="dim">"Declare the property in " <a href=Address::Plan.href()>"Plan"</a> ", and it is answered at once."</span>
                <Bar label="Documents" words=sentence done=share />
            </span>
            <span class="needs-script">
                <Button size=Size::Small on_press=press>{move || if has_ended.get() { "Ask again" } else { "Cancel" }}</Button>
            </span>
            <a class="without-program" href=again>"Look again"</a>
        </div>
    }
}

//! The time after a start while the index is being built: how far it is, kept current, and what happens when it is
//! whole.

use std::time::Duration;

use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::task::spawn_local;

use super::list::Coming;
use super::words;
use crate::api::devices::{self as api, Building};
use crate::browser;
use crate::format;
use crate::prelude::*;
use crate::ui::{Bar, Is, Mark};

/// How soon after an answer the server is asked again how far it is; the answer takes its time too.
const ASK_EVERY: Duration = Duration::from_millis(100);
/// After how many failures in a row it is asked no more.
const FAILURES_MAX: u32 = 8;

/// In the place of a list that waits for the index.
#[component]
pub(super) fn Waiting(
    /// How far it was when the page was read.
    first: Building,
    /// Reads the page again.
    #[prop(into)]
    on_whole: Callback<()>,
) -> impl IntoView {
    view! {
        <Progress first=first on_whole=on_whole />
        <Coming rows=12 />
    }
}

/// How far the index is. When it is whole this says so and stays, so that nothing below moves.
#[component]
pub(super) fn Progress(
    /// How far it was when the page was read.
    first: Building,
    /// Called once, when it is whole, if something waits for it.
    #[prop(optional, into)]
    on_whole: Option<Callback<()>>,
) -> impl IntoView {
    let building = RwSignal::new(Some(first));
    let share = memo(move || match building.get() {
        Some(Building { done, total }) => format::ratio(done, total).unwrap_or_default().min(1.0),
        None => 1.0,
    });
    let sentence = memo(move || words::progress(building.get()));
    let is = memo(move || match building.get() {
        Some(_) => Is::Busy,
        None => Is::Converged,
    });
    let about = move || match (building.get(), on_whole) {
        (Some(_), Some(_)) => "This page fills by itself.",
        (Some(_), None) => "Conditions and other orders wait for it.",
        (None, _) => "Conditions and orders are answered.",
    };
    keep_asking(building, on_whole);
    view! {
        // Not announced: it changes twice a second, and the bar tells who asks.
        <div class="notice being-built" data-is=move || is.get().name()>
            <Mark is=is />
            <span>
                <strong>{move || sentence.get()}</strong>
                " "
                <span class="dim">{about}</span>
                <Bar label="The index" words=sentence done=share />
            </span>
        </div>
    }
}

/// Asks the server how far it is, in a browser, for as long as the calling component lives or until the index is whole.
/// A question that fails is asked again, each time after twice as long, and at last not any more. A tab that is not seen
/// asks nothing.
fn keep_asking(building: RwSignal<Option<Building>>, on_whole: Option<Callback<()>>) {
    effect(move || {
        let is_asking = StoredValue::new(false);
        // Failures in a row, and times that are left out because of them.
        let (failures, left_out) = (StoredValue::new(0_u32), StoredValue::new(0_u32));
        let ask = move || {
            let is_idle = building.with_untracked(Option::is_none)
                || failures.get_value() >= FAILURES_MAX
                || browser::is_hidden();
            if is_idle || is_asking.get_value() {
                return;
            }
            if left_out.get_value() > 0 {
                left_out.update_value(|left_out| *left_out -= 1);
                return;
            }
            is_asking.set_value(true);
            spawn_local(async move {
                let answer = api::index().await;
                failures.try_update_value(|failures| {
                    *failures = if answer.is_ok() { 0 } else { *failures + 1 };
                    left_out.try_set_value((1 << *failures) - 1);
                });
                if let Ok(now) = answer {
                    // What is not shown any more wants no answer.
                    let is_gone = !building.try_set(now);
                    if now.is_none()
                        && !is_gone
                        && let Some(on_whole) = on_whole
                    {
                        on_whole.run(());
                    }
                }
                is_asking.try_set_value(false);
            });
        };
        if let Ok(interval) = set_interval_with_handle(ask, ASK_EVERY) {
            on_cleanup(move || interval.clear());
        }
    });
}

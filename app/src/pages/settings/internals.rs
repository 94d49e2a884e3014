//! System internals: what the process, its queues, its columns and its database do at this moment.

mod tables;
mod words;

use std::time::Duration;

use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos_router::{LazyRoute, lazy_route};

use super::head::{Coming, Ways};
use crate::api::settings::internals::{AskInternals, Internals, internals};
use crate::api::{Problem, ask};
use crate::browser;
use crate::format;
use crate::live::{Link, use_live};
use crate::pages::Trouble;
use crate::prelude::*;
use crate::routes::Settings;
use crate::shell::use_now;
use crate::ui::{PageHead, Section};

/// How often the page looks again.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The page at [`crate::routes::INTERNALS`], below settings.
#[derive(Debug)]
pub struct InternalsPage;

#[lazy_route]
impl LazyRoute for InternalsPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let InternalsPage = this;
        let internals = ask(|| AskInternals {});
        view! {
            <Title text="System internals" />
            <Transition fallback=|| view! { <Coming /> }>
                {move || Suspend::new(async move {
                    match internals.await {
                        Ok(first) => view! { <Inside first=first /> },
                        Err(problem) => {
                            view! {
                                <PageHead title=|| "System internals" />
                                <Ways at=Settings::Internals />
                                <Trouble problem=problem on_retry=move |()| internals.refetch() />
                            }
                        }
                    }
                })}
            </Transition>
        }
    }
}

#[component]
fn Inside(first: Internals) -> impl IntoView {
    let now = use_now();
    let live = use_live();
    let shown = RwSignal::new(first);
    let trouble = look_again(shown);
    let is_stale = move || {
        (matches!(live.link.get(), Link::Lost { .. }) || trouble.get().is_some()).then_some("")
    };
    let facts = move || {
        view! {
            <span>{move || shown.with(|inside| format!("Tandem {}", inside.version))}</span>
            <span title=move || shown.with(|inside| format::instant(inside.opened_at))>
                {move || shown.with(|inside| format!("up for {}", format::lasting(inside.opened_at, now.get())))}
            </span>
            <span>{move || shown.with(|inside| format::plural(inside.connected, "device connected", "devices connected"))}</span>
        }
    };
    view! {
        <PageHead title=|| "System internals" facts=facts />
        <Ways at=Settings::Internals />
        {move || trouble.get().map(|problem| view! { <Trouble problem=problem /> })}
        <div class="stackv under-head" data-stale=is_stale>
            <Section id="database" title="Database and writer" note="one writer commits many writes at once">
                <dl class="facts-list">
                    {words::DATABASE
                        .map(|(name, read)| {
                            view! {
                                <dt>{name}</dt>
                                <dd>{move || shown.with(read)}</dd>
                            }
                        })
                        .collect_view()}
                </dl>
            </Section>
            <tables::Queues shown=shown />
            <tables::Columns shown=shown />
            <tables::Reconcilers shown=shown now=now />
            <tables::Tasks shown=shown />
        </div>
    }
}

/// Looks again and again, while somebody sees the page and does not hold it: values change where they stand.
fn look_again(shown: RwSignal<Internals>) -> Signal<Option<Problem>> {
    let live = use_live();
    let look = Action::new(|(): &()| internals());
    let (outcome, is_looking) = (look.value(), look.pending());
    effect(move || {
        if let Some(Ok(inside)) = outcome.get() {
            shown.set(inside);
        }
    });
    let tick = move || {
        let is_watched = live.link.try_get_untracked() == Some(Link::Open) && !browser::is_hidden();
        if is_watched && is_looking.try_get_untracked() == Some(false) {
            look.dispatch(());
        }
    };
    effect(move || {
        if let Ok(handle) = set_interval_with_handle(tick, LOOK_EVERY) {
            on_cleanup(move || handle.clear());
        }
    });
    derived(move || outcome.get().and_then(Result::err))
}

//! The views as tabs, and what can be done with the one that is open: saving what was changed under it.

use std::time::Duration;

use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::task::spawn_local;

use crate::api::Problem;
use crate::api::views::{Draft, Kept, View, Views, views};
use crate::browser;
use crate::format;
use crate::live::use_live;
use crate::pages::save_view::devices_view;
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::routes::{Address, Search};
use crate::shell::{Toast, use_toasts, use_who};
use crate::ui::{Button, Is, Kind, Size, Tab, Tabs, later};

/// How often the views are counted anew.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// The views as they are now: those that the page came with, until a browser knows better.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known(RwSignal<Option<Views>>);

impl Known {
    pub(super) fn nothing() -> Self {
        Self(RwSignal::new(None))
    }

    fn now(self, first: Result<Views, Problem>) -> Memo<Views> {
        let first = StoredValue::new(first.unwrap_or_default());
        memo(move || self.0.get().unwrap_or_else(|| first.get_value()))
    }

    /// Keeps the counts current in a browser, for as long as the calling component lives: while the tab is seen and
    /// nobody holds the changes back.
    fn count(self) {
        let live = use_live();
        effect(move || {
            let is_asking = StoredValue::new(false);
            let ask = move || {
                if is_asking.get_value() || browser::is_hidden() || live.is_held() {
                    return;
                }
                is_asking.set_value(true);
                spawn_local(async move {
                    // What fails is asked again soon.
                    if let Ok(now) = views().await {
                        self.0.try_set(Some(now));
                    }
                    is_asking.try_set_value(false);
                });
            };
            if let Ok(interval) = set_interval_with_handle(ask, COUNT_EVERY) {
                on_cleanup(move || interval.clear());
            }
        });
    }
}

/// The strip of tabs. Without an answer there is the way to all devices.
#[component]
pub(super) fn Strip(
    first: Result<Views, Problem>,
    known: Known,
    search: Memo<Search>,
) -> impl IntoView {
    known.count();
    let views = known.now(first);
    let tabs = memo(move || {
        let search = search.get();
        views.with(|views| {
            let count = |devices: Option<u64>| devices.map(format::count);
            let given = views.given.iter().map(|given| Tab {
                name: given.name.clone(),
                href: Address::Devices(Search::of(given.query.clone())).href(),
                count: count(given.devices),
                is_current: search.view.is_none() && given.query == search.query,
            });
            let saved = views.saved.iter().map(|view| Tab {
                name: view.name.clone(),
                href: view.href(),
                count: count(view.devices),
                is_current: search.view == Some(view.id),
            });
            given.chain(saved).collect::<Vec<_>>()
        })
    });
    view! { <Tabs label="Views" tabs=tabs /> }
}

/// The view that is open, and saving what is shown.
#[component]
pub(super) fn Saving(
    first: Result<Views, Problem>,
    known: Known,
    search: Memo<Search>,
) -> impl IntoView {
    let toasts = use_toasts();
    let cannot = Signal::stored(use_who().cannot_change());
    let views = known.now(first);
    let draft = RwSignal::new(None::<Draft>);
    let view = memo(move || {
        let id = search.with(|search| search.view)?;
        views.with(|views| views.saved.iter().find(|view| view.id == id).cloned())
    });
    let is_changed = memo(move || {
        view.with(|view| {
            let view = view.as_ref();
            view.is_some_and(|view| !search.with(|search| view.is_shown_by(search)))
        })
    });
    // Without a view, what is no tab of its own can be saved.
    let is_new = memo(move || {
        let is_given = |search: &Search| {
            let is_plain = search.sort.is_none() && search.columns.is_none();
            views.with(|views| {
                is_plain && views.given.iter().any(|given| given.query == search.query)
            })
        };
        view.with(Option::is_none) && search.with(|search| !is_given(search))
    });
    let navigate = use_navigate();
    let keep = Callback::new(move |(draft, kept): (Draft, Kept)| {
        let saved = kept.views.as_ref();
        let saved = saved.and_then(|views| views.saved.iter().find(|view| view.id == kept.id));
        let to = saved.map(View::href);
        if let Some(now) = kept.views {
            known.0.set(Some(now));
        }
        toasts.say(Toast::new(
            Is::Converged,
            format!("{} is saved", draft.name),
        ));
        if let Some(to) = to {
            navigate(&to, NavigateOptions::default());
        }
    });
    let shown = move || {
        let search = search.get_untracked();
        Draft {
            query: search.query,
            sort: search.sort,
            columns: search.columns,
            ..Draft::default()
        }
    };
    let save = move |()| {
        if let Some(view) = view.get_untracked() {
            draft.set(Some(Draft {
                over: Some((view.id, view.revision)),
                name: view.name,
                description: view.description,
                ..shown()
            }));
        }
    };
    let save_as = move |()| draft.set(Some(shown()));
    let told = move || {
        view.with(|view| {
            let view = view.as_ref()?;
            let about = view.description.clone();
            let is_told = is_changed.get() || !about.is_empty();
            is_told.then(|| {
                view! {
                    <span class="told">
                        <b>{view.name.clone()}</b>
                        {is_changed.get().then_some(" · changed")}
                        {(!about.is_empty()).then(|| view! { <span class="dim">" · " {about}</span> })}
                    </span>
                }
            })
        })
    };
    let as_saved = move || view.with(|view| view.as_ref().map(View::href));
    view! {
        {told}
        <Show when=move || is_changed.get()>
            <a class="btn" data-kind="quiet" data-size="sm" href=as_saved>"As saved"</a>
            <span class="needs-script"><Button size=Size::Small disabled=cannot on_press=save>"Save"</Button></span>
        </Show>
        <Show when=move || is_changed.get() || is_new.get()>
            <span class="needs-script">
                <Button kind=Kind::Quiet size=Size::Small disabled=cannot on_press=save_as>
                    {move || if is_changed.get() { "Save as…" } else { "Save view…" }}
                </Button>
            </span>
        </Show>
        {later(move || draft.with(Option::is_some), move || devices_view(draft, cannot, keep))}
    }
}

//! Groups: conditions with names and live counts. Each is a tab of the list of devices, too.

use std::time::Duration;

use crate::prelude::*;
use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::task::spawn_local;

use super::delete_group::DeleteGroup;
use crate::api::Problem;
use crate::api::views::{Draft, Kept, View, Views, views as ask_views};
use crate::browser;
use crate::format;
use crate::live::use_live;
use crate::pages::save_view::devices_view;
use crate::routes::{Address, Search};
use crate::shell::{Toast, use_now, use_toasts};
use crate::ui::{Button, Empty, Is, Kind, Notice, Section, Size, later};

/// How often the groups are counted anew.
const COUNT_EVERY: Duration = Duration::from_secs(2);

/// The section of groups.
#[component]
pub(super) fn Groups(
    views: Result<Views, Problem>,
    cannot: Signal<Option<String>>,
) -> impl IntoView {
    let (views, problem) = match views {
        Ok(views) => (views, None),
        Err(problem) => (Views::default(), Some(problem.sentence)),
    };
    let shown = RwSignal::new(views.saved);
    let toasts = use_toasts();
    let draft = RwSignal::new(None::<Draft>);
    let deleting = RwSignal::new(None::<View>);
    // An answer that was asked for before a change made here is not shown.
    let changes = StoredValue::new(0_u32);
    let take = move |kept: Kept| {
        changes.update_value(|changes| *changes = changes.wrapping_add(1));
        match kept.views {
            Some(views) => shown.set(views.saved),
            None => spawn_local(ask(shown, changes)),
        }
    };
    count(shown, changes);
    let keep = Callback::new(move |(draft, kept): (Draft, Kept)| {
        take(kept);
        toasts.say(Toast::new(
            Is::Converged,
            format!("{} is saved", draft.name),
        ));
    });
    let gone = move |(name, kept): (String, Kept)| {
        take(kept);
        toasts.say(Toast::new(Is::Converged, format!("{name} is deleted")));
    };
    let ids =
        memo(move || shown.with(|shown| shown.iter().map(|view| view.id).collect::<Vec<_>>()));
    view! {
        <Section
            id="groups"
            title="Groups".to_owned()
            note="conditions with names, counted live: the saved views of Devices".to_owned()
        >
            {problem.map(|sentence| view! { <Notice is=Is::Fault>{sentence}</Notice> })}
            <p class="btns needs-script">
                <Button size=Size::Small disabled=cannot on_press=move |()| draft.set(Some(Draft::default()))>"Create a group"</Button>
            </p>
            <Show when=move || ids.with(|ids| !ids.is_empty()) fallback=|| view! { <Nothing /> }>
                <div class="scroll-x">
                    <table class="table plan-groups" aria-labelledby="h-groups">
                        <thead>
                            <tr>
                                <th scope="col">"Group"</th>
                                <th scope="col">"Condition"</th>
                                <th scope="col" class="num">"Devices"</th>
                                <th scope="col">"Made"</th>
                                <th scope="col"><span class="sr">"Actions"</span></th>
                            </tr>
                        </thead>
                        <tbody>
                            <For
                                each=move || ids.get()
                                key=|id| *id
                                children=move |id| view! { <Row id=id shown=shown cannot=cannot draft=draft deleting=deleting /> }
                            />
                        </tbody>
                    </table>
                </div>
            </Show>
        </Section>
        {later(move || draft.with(Option::is_some), move || devices_view(draft, cannot, keep))}
        <DeleteGroup group=deleting cannot=cannot on_deleted=gone />
    }
}

/// No group: what they are for, and the next step.
#[component]
fn Nothing() -> impl IntoView {
    view! {
        <Empty title="No group yet">
            <p>
                "A group is a condition with a name: everybody finds the same devices under it, counted live. "
                "Write a query in Devices and save it, or create one here."
            </p>
            <p><a href=Address::Devices(Search::default()).href()>"Open Devices"</a></p>
        </Empty>
    }
}

#[component]
fn Row(
    id: i64,
    shown: RwSignal<Vec<View>>,
    cannot: Signal<Option<String>>,
    draft: RwSignal<Option<Draft>>,
    deleting: RwSignal<Option<View>>,
) -> impl IntoView {
    let now = use_now();
    // A row that is about to go keeps what it showed.
    let view = Memo::new(move |before: Option<&Option<View>>| {
        let now = shown.with(|shown| shown.iter().find(|view| view.id == id).cloned());
        now.or_else(|| before.cloned().flatten())
    });
    let of = move |say: fn(&View) -> String| {
        view.with(|view| view.as_ref().map(say).unwrap_or_default())
    };
    let name = untrack(|| of(|view| view.name.clone()));
    let href = move || of(View::href);
    let devices = move || {
        of(|view| {
            view.devices
                .map_or_else(|| format::UNKNOWN.to_owned(), format::count)
        })
    };
    let uncounted = move || {
        let is_counted = view.with(|view| view.as_ref().is_none_or(|view| view.devices.is_some()));
        (!is_counted).then_some("Its condition reads documents: open it to count.")
    };
    let made = move || {
        view.with(|view| {
            view.as_ref().map(|view| {
                format!(
                    "by {}, {}",
                    view.created_by,
                    format::ago(view.created_at, now.get())
                )
            })
        })
    };
    let change = move |()| {
        if let Some(view) = view.get_untracked() {
            draft.set(Some(Draft {
                over: Some((view.id, view.revision)),
                name: view.name,
                description: view.description,
                query: view.query,
                sort: view.sort,
                columns: view.columns,
            }));
        }
    };
    view! {
        <tr>
            <td>
                <a href=href>{move || of(|view| view.name.clone())}</a>
                <span class="dim">{move || of(|view| if view.description.is_empty() { String::new() } else { format!(" · {}", view.description) })}</span>
            </td>
            <td class="mono" title=move || of(|view| view.query.clone())>
                {move || of(|view| if view.query.is_empty() { "all devices".to_owned() } else { view.query.clone() })}
            </td>
            <td class="num" title=uncounted><a href=href>{devices}</a></td>
            <td>{made}</td>
            <td class="num">
                <span class="needs-script">
                    <Button kind=Kind::Quiet size=Size::Small disabled=cannot label=format!("Change {name}") on_press=change>"Change"</Button>
                    <Button kind=Kind::Quiet size=Size::Small disabled=cannot label=format!("Delete {name}") on_press=move |()| deleting.set(view.get_untracked())>
                        "Delete"
                    </Button>
                </span>
            </td>
        </tr>
    }
}

/// Keeps the groups current in a browser, for as long as the calling component lives: while the tab is seen and nobody
/// holds the changes back.
fn count(shown: RwSignal<Vec<View>>, changes: StoredValue<u32>) {
    let live = use_live();
    Effect::new(move |_| {
        let is_asking = StoredValue::new(false);
        let again = move || {
            if is_asking.get_value() || browser::is_hidden() || live.is_held() {
                return;
            }
            is_asking.set_value(true);
            spawn_local(async move {
                ask(shown, changes).await;
                is_asking.try_set_value(false);
            });
        };
        if let Ok(interval) = set_interval_with_handle(again, COUNT_EVERY) {
            on_cleanup(move || interval.clear());
        }
    });
}

/// Reads the groups again. What fails is asked again soon.
async fn ask(shown: RwSignal<Vec<View>>, changes: StoredValue<u32>) {
    let before = changes.try_get_value();
    let Ok(now) = ask_views().await else { return };
    let is_news = shown.try_with_untracked(|shown| *shown != now.saved) == Some(true);
    if is_news && changes.try_get_value() == before {
        shown.try_set(now.saved);
    }
}

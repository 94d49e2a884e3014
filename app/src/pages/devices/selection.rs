//! Which devices are selected, and what can be done with them: rows by name, or all that match.

use std::sync::Arc;

use leptos::task::spawn_local;

use crate::browser;
use crate::conditions;
use crate::format;
use crate::names::Names;
use crate::prelude::*;
use crate::routes::{Address, At, Retiring, Search};
use crate::shell::{Toast, use_key, use_toasts, use_who};
use crate::ui::{Button, Is, Kind, LinkButton, Part, Size};

/// Devices that can be selected by name; beyond, there are all that match.
const NAMED_MAX: usize = 200;
/// Letters that their names may have in all: a condition holds them.
const LETTERS_MAX: usize = 7_000;

/// The devices that are selected, on whichever page of the list they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selection {
    ids: RwSignal<Names>,
    /// Whether all that match are.
    is_all: RwSignal<bool>,
    /// Whether more were to be selected than can be by name.
    is_full: RwSignal<bool>,
    /// The row that a stretch begins at.
    anchor: StoredValue<Option<usize>>,
}

impl Selection {
    /// Nothing. Under another condition it is nothing again.
    pub(super) fn of(search: Memo<Search>) -> Self {
        let selection = Self {
            ids: RwSignal::default(),
            is_all: RwSignal::new(false),
            is_full: RwSignal::new(false),
            anchor: StoredValue::new(None),
        };
        Effect::new(move |before: Option<String>| {
            let query = search.with(|search| search.query.clone());
            if before.is_some_and(|before| before != query) {
                selection.clear();
            }
            query
        });
        selection
    }

    /// Whether a device is selected.
    pub(super) fn has(self, id: &str) -> bool {
        self.is_all.get() || self.ids.with(|ids| ids.contains(id))
    }

    /// Whether all of these are.
    pub(super) fn has_all(self, ids: &[String]) -> bool {
        !ids.is_empty() && ids.iter().all(|id| self.has(id))
    }

    /// Whether nothing is.
    pub(super) fn is_empty(self) -> bool {
        !self.is_all.get() && self.ids.with(Names::is_empty)
    }

    /// Selects a row of a page, or lets it go; with `is_stretch`, all rows from the last one to it are selected.
    pub(super) fn press(self, ids: &[String], row: usize, is_stretch: bool) {
        let anchor = self.anchor.get_value().filter(|row| *row < ids.len());
        if let Some(anchor) = anchor.filter(|_| is_stretch) {
            self.add(&ids[anchor.min(row)..=anchor.max(row)]);
        } else if let Some(id) = ids.get(row) {
            if self.is_all.get_untracked() {
                // All but one is no list of names: what is seen stays, without it.
                self.clear();
                self.add(ids);
            }
            if self.ids.with_untracked(|ids| ids.contains(id)) {
                self.ids.update(|ids| {
                    ids.remove(id);
                });
                self.is_full.set(false);
            } else {
                self.add(std::slice::from_ref(id));
            }
        }
        self.anchor.set_value(Some(row));
    }

    /// Selects these rows, or lets them go when all of them are selected.
    pub(super) fn press_all(self, ids: &[String]) {
        if untrack(|| self.has_all(ids)) {
            self.is_all.set(false);
            self.is_full.set(false);
            self.ids
                .update(|known| known.retain(|id| !ids.iter().any(|other| other == id)));
        } else {
            self.add(ids);
        }
    }

    fn add(self, ids: &[String]) {
        self.ids.update(|known| {
            let mut letters: usize = known.iter().map(str::len).sum();
            for id in ids
                .iter()
                .filter(|id| !known.contains(id))
                .collect::<Vec<_>>()
            {
                letters += id.len();
                if known.len() == NAMED_MAX || letters > LETTERS_MAX {
                    self.is_full.set(true);
                    break;
                }
                known.insert(id.clone());
            }
        });
    }

    /// Selects nothing.
    pub(super) fn clear(self) {
        self.is_all.set(false);
        self.is_full.set(false);
        self.ids.update(Names::clear);
        self.anchor.set_value(None);
    }
}

/// What can be done with what is selected; there only while something is.
#[lazy]
pub(super) fn devices_selection(
    selection: Selection,
    search: Memo<Search>,
    total: RwSignal<Option<u64>>,
) -> Part {
    Arc::new(move || view! { <Selected selection=selection search=search total=total /> })
}

#[component]
fn Selected(
    selection: Selection,
    search: Memo<Search>,
    /// How many match in all, when that is known.
    total: RwSignal<Option<u64>>,
) -> impl IntoView {
    use_key("Escape", "Select nothing", move || selection.clear());
    let toasts = use_toasts();
    let cannot = use_who().cannot_change();
    let is_all = selection.is_all;
    let count = memo(move || selection.ids.with(|ids| ids.len() as u64));
    let condition = memo(move || {
        if is_all.get() {
            search.with(|search| search.query.clone())
        } else {
            let ids: Vec<_> = selection
                .ids
                .with(|ids| ids.iter().map(str::to_owned).collect());
            conditions::named(&ids)
        }
    });
    let file = move || {
        let of = search.with(|search| search.with_query(&condition.get()).at(At::First));
        Address::DevicesFile(of).href()
    };
    let all = move || total.get().map(format::count).unwrap_or_default();
    let too_many = derived(move || {
        is_all
            .get()
            .then(|| "All that match are not listed here: export them instead.".to_owned())
    });
    let copy = move |()| {
        let text = selection
            .ids
            .with_untracked(|ids| ids.iter().collect::<Vec<_>>().join("\n"));
        spawn_local(async move {
            let toast = if browser::copy(&text).await {
                Toast::new(Is::Converged, "The ids are copied")
            } else {
                Toast::new(Is::Fault, "The ids are not copied")
                    .detail("The browser does not allow it: export them instead.")
            };
            toasts.say(toast);
        });
    };
    let more = move || !is_all.get() && total.get().is_some_and(|total| total > count.get());
    let act = move |verb: &'static str, blocked: Option<String>, href: Signal<String>| match blocked
    {
        None => view! { <LinkButton size=Size::Small href=href>{verb}</LinkButton> },
        why => view! { <Button size=Size::Small disabled=Signal::stored(why)>{verb}</Button> },
    };
    let job = move |is_method| {
        derived(move || {
            let query = condition.get();
            Address::NewJob { query, is_method }.href()
        })
    };
    let retire = derived(move || Address::Retire(Retiring::of(condition.get())).href());
    let cannot = StoredValue::new(cannot);
    let cannot_retire = move || {
        let everything = condition.with(String::is_empty);
        cannot.get_value().or_else(|| {
            everything.then(|| {
                "A whole fleet is not retired together: write a condition first.".to_owned()
            })
        })
    };
    view! {
        <Show when=move || !selection.is_empty()>
            <div class="bulk" role="toolbar" aria-label="Selected devices">
                <span role="status">
                    <Show when=move || is_all.get() fallback=move || view! { <b>{move || format!("{} selected", format::count(count.get()))}</b> }>
                        <b>{move || format!("All {} that match", all())}</b>
                    </Show>
                    <Show when=move || selection.is_full.get() && !is_all.get()>" " <span class="dim">"no more by name"</span></Show>
                    <Show when=more>
                        " "
                        <span class="dim">"or"</span>
                        " "
                        <button class="link" type="button" on:click=move |_| is_all.set(true)>
                            {move || format!("all {} that match", all())}
                        </button>
                    </Show>
                </span>
                <span class="btns">
                    {act("Change…", cannot.get_value(), job(false))}
                    {act("Run a method…", cannot.get_value(), job(true))}
                    {move || act("Retire…", cannot_retire(), retire)}
                    <Button size=Size::Small disabled=too_many on_press=copy>"Copy ids"</Button>
                    <a class="btn" data-size="sm" href=file download="">"Export CSV"</a>
                    <Button kind=Kind::Quiet size=Size::Small key="Esc" on_press=move |()| selection.clear()>"Clear"</Button>
                </span>
            </div>
        </Show>
    }
}

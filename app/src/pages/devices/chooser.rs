//! The columns of the list: which, and in which order.

use std::sync::Arc;

use leptos::task::spawn_local;

use crate::api::devices::{Offer, columns};
use crate::browser;
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::routes::{Address, Search};
use crate::ui::{Button, Is, Kind, Notice, Part, Sheet, Size};

/// The sheet, when it is first opened.
#[lazy]
pub(super) fn devices_columns(open: RwSignal<bool>, search: Memo<Search>) -> Part {
    Arc::new(move || view! { <Chooser open=open search=search /> })
}

/// The sheet.
#[component]
fn Chooser(open: RwSignal<bool>, search: Memo<Search>) -> impl IntoView {
    let offers = RwSignal::new(Vec::<Offer>::new());
    let problem = RwSignal::new(None::<String>);
    effect(move || {
        if !open.get() {
            return;
        }
        let chosen = search.with_untracked(|search| search.columns.clone());
        spawn_local(async move {
            match columns(chosen).await {
                Ok(all) => {
                    offers.try_set(all);
                    problem.try_set(None);
                }
                Err(failed) => {
                    problem.try_set(Some(failed.sentence));
                }
            }
        });
    });
    let navigate = use_navigate();
    let use_them = StoredValue::new(move |columns: Option<String>| {
        open.set(false);
        let to = search.with_untracked(|search| search.with_columns(columns));
        navigate(&Address::Devices(to).href(), NavigateOptions::default());
    });
    let chosen = move || {
        offers.with_untracked(|offers| {
            let on = offers.iter().filter(|offer| offer.is_on);
            on.map(|offer| offer.key.clone())
                .collect::<Vec<_>>()
                .join(",")
        })
    };
    let nothing = derived(move || {
        let is_none = offers.with(|offers| !offers.iter().any(|offer| offer.is_on));
        is_none.then(|| "Choose at least one column.".to_owned())
    });
    let keys = memo(move || {
        offers.with(|offers| {
            offers
                .iter()
                .map(|offer| offer.key.clone())
                .collect::<Vec<_>>()
        })
    });
    view! {
        <Sheet
            id="columns"
            open=open
            title="Columns".to_owned()
            buttons=move || {
                view! {
                    <Button kind=Kind::Quiet on_press=move |()| use_them.with_value(|go| go(None))>"Standard columns"</Button>
                    <Button kind=Kind::Primary disabled=nothing on_press=move |()| use_them.with_value(|go| go(Some(chosen())))>
                        "Show these"
                    </Button>
                }
            }
        >
            {move || problem.get().map(|sentence| view! { <Notice is=Is::Fault>{sentence}</Notice> })}
            <p class="dim">"The device comes first. The address keeps the columns, and so does a saved view."</p>
            <ul class="offers">
                <For each=move || keys.get() key=String::clone children=move |key| view! { <Line key=key offers=offers /> } />
            </ul>
        </Sheet>
    }
}

#[component]
fn Line(#[prop(name = "key")] id: String, offers: RwSignal<Vec<Offer>>) -> impl IntoView {
    let id = StoredValue::new(id);
    let at =
        move |offers: &[Offer]| id.with_value(|id| offers.iter().position(|one| one.key == *id));
    let offer = memo(move || offers.with(|offers| at(offers).map(|at| offers[at].clone())));
    let title = move || offer.get().map(|offer| offer.title).unwrap_or_default();
    let turn = move |_| {
        offers.update(|offers| {
            if let Some(at) = at(offers) {
                offers[at].is_on = !offers[at].is_on;
            }
        });
    };
    // What is moved in the document loses the focus: it is given back.
    let up = move |()| {
        offers.update(|offers| {
            if let Some(at) = at(offers).filter(|at| *at > 0) {
                offers.swap(at - 1, at);
            }
        });
        let selector = offers
            .with_untracked(|offers| at(offers))
            .map_or_else(String::new, |at| {
                format!(".offers li:nth-child({}) button", at + 1)
            });
        request_animation_frame(move || browser::focus_in(&selector));
    };
    let name = untrack(title);
    view! {
        <li>
            <label>
                <input class="tick" type="checkbox" prop:checked=move || offer.get().is_some_and(|offer| offer.is_on) on:change=turn />
                <span>{title}</span>
                <small class="mono">{id.get_value()}</small>
            </label>
            <Button kind=Kind::Quiet size=Size::Small label=format!("Move {name} up") on_press=up>"↑"</Button>
        </li>
    }
}

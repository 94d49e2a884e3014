//! Switches between views: tabs that are pages, and segments that are not.

use crate::prelude::*;

/// One tab: a page of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// The word.
    pub name: String,
    /// Where it leads.
    pub href: String,
    /// How many are there.
    pub count: Option<String>,
    /// Whether it is the one shown.
    pub is_current: bool,
}

/// A row of tabs. They are links: the view is part of the address.
#[component]
pub fn Tabs(
    /// What the tabs choose between.
    #[prop(into)]
    label: String,
    /// The tabs in order.
    #[prop(into)]
    tabs: Signal<Vec<Tab>>,
    /// Whether they change a part of the page: the page then stays where it is, and so does the way back.
    #[prop(optional)]
    in_place: bool,
) -> impl IntoView {
    let tab = move |tab: Tab| {
        // The router reads it.
        let stays = in_place.then_some("");
        view! {
            <a href=tab.href aria-current=tab.is_current.then_some("true") data-in-place=stays>
                {tab.name}
                {tab.count.map(|count| view! { <span class="count">{count}</span> })}
            </a>
        }
    };
    view! {
        <nav class=if in_place { "seg" } else { "tabs" } aria-label=label>
            {move || tabs.get().into_iter().map(tab).collect_view()}
        </nav>
    }
}

/// One segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the choice is known by.
    pub value: &'static str,
    /// The word.
    pub name: String,
}

/// A switch between a few views of one thing.
#[component]
pub fn Segmented(
    /// What is chosen.
    #[prop(into)]
    label: String,
    /// The segments in order.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// The value of the chosen one.
    #[prop(into)]
    value: Signal<&'static str>,
    /// Called with the value of the pressed one.
    #[prop(into)]
    on_choose: Callback<&'static str>,
) -> impl IntoView {
    let segment = move |choice: Choice| {
        let this = choice.value;
        view! {
            <button
                type="button"
                aria-pressed=move || (value.get() == this).to_string()
                on:click=move |_| on_choose.run(this)
            >
                {choice.name}
            </button>
        }
    };
    view! {
        <span class="seg" role="group" aria-label=label>
            {move || choices.get().into_iter().map(segment).collect_view()}
        </span>
    }
}

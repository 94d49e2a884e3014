//! What a page says when it has something to say, nothing to show, or not yet anything.

use super::{Is, Mark};
use crate::prelude::*;

/// A message where its cause is: one sentence, perhaps one action.
#[component]
pub fn Notice(
    /// How grave.
    #[prop(into)]
    is: Signal<Is>,
    /// The one thing to do about it.
    #[prop(optional, into)]
    action: Option<ViewFn>,
    /// The sentence.
    children: Children,
) -> impl IntoView {
    let role = move || {
        if is.get() == Is::Fault {
            "alert"
        } else {
            "status"
        }
    };
    view! {
        <div class="notice" role=role data-is=move || is.get().name()>
            <Mark is=is />
            <span>{children()}</span>
            {action.map(|action| action.run())}
        </div>
    }
}

/// Nothing to show: why, and the next step.
#[component]
pub fn Empty(
    /// Why there is nothing.
    #[prop(into)]
    title: String,
    /// The next step, in words and buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <svg width="56" height="40" viewBox="0 0 56 40" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
                <rect x="2" y="2" width="24" height="24"></rect>
                <rect x="30" y="14" width="24" height="24" stroke-dasharray="3 3"></rect>
            </svg>
            <h3>{title}</h3>
            {children.map(|children| children())}
        </div>
    }
}

/// The shape of one thing that is on its way; shown only after 300 ms.
#[component]
pub fn Ghost(
    /// Its width, from 1 (2 rem) to 6 (24 rem).
    #[prop(optional)]
    width: Option<&'static str>,
    /// Its height where it is not that of text: `fig` or `field`.
    #[prop(optional)]
    height: Option<&'static str>,
) -> impl IntoView {
    view! { <span class="ghost" data-w=width data-h=height></span> }
}

/// Beside the shapes of what is on its way: that something comes, and after 8 s what to do when it does not.
#[component]
pub fn Patience() -> impl IntoView {
    view! {
        <div class="going"></div>
        <p class="patience" role="status">
            "This takes longer than usual. " <a href="" rel="external">"Load the page again"</a>
        </p>
    }
}

/// The shape of a table that is on its way.
#[component]
pub fn GhostRows(
    /// The names of its columns.
    columns: &'static [&'static str],
    /// How many rows are drawn.
    #[prop(default = 12)]
    rows: usize,
) -> impl IntoView {
    const WIDTHS: [&str; 5] = ["4", "2", "3", "1", "4"];
    let row = |at: usize| {
        let cells = columns.iter().enumerate().map(|(column, _)| {
            let width = WIDTHS[(at * 3 + column) % WIDTHS.len()];
            view! { <td><Ghost width=width /></td> }
        });
        view! { <tr>{cells.collect_view()}</tr> }
    };
    view! {
        <table class="table" aria-busy="true">
            <thead>
                <tr>{columns.iter().map(|name| view! { <th scope="col">{*name}</th> }).collect_view()}</tr>
            </thead>
            <tbody>{(0..rows).map(row).collect_view()}</tbody>
        </table>
        <Patience />
    }
}

/// A word with an edge, for kinds (a model, a revision); never for a status.
#[component]
pub fn Badge(
    /// The word.
    children: Children,
) -> impl IntoView {
    view! { <span class="badge">{children()}</span> }
}

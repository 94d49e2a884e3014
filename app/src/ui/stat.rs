//! A figure with its name, its recent shape and one comparison.

use super::{Is, Mark, Sparkline};
use crate::prelude::*;

/// One tile of a row of figures; a link when it has a query behind it.
#[component]
pub fn Stat(
    /// What is counted.
    #[prop(into)]
    name: String,
    /// The mark of what is counted.
    #[prop(optional, into)]
    is: Option<Is>,
    /// The figure, already written; `—` when it is not known.
    #[prop(into)]
    figure: Signal<String>,
    /// The unit after the figure.
    #[prop(optional, into)]
    unit: Signal<String>,
    /// The recent values, oldest first.
    #[prop(into)]
    recent: Signal<Vec<f64>>,
    /// One comparison or limit in a few words.
    #[prop(optional, into)]
    note: Signal<String>,
    /// The query behind the comparison, where it is another.
    #[prop(optional, into)]
    note_href: Option<String>,
    /// The query behind the figure.
    #[prop(optional, into)]
    href: Option<String>,
) -> impl IntoView {
    let tone = is.and_then(Is::tone).filter(|tone| *tone != "silent");
    let body = view! {
        <span class="k">{is.map(|is| view! { <Mark is=is /> })} {name}</span>
        <span class="v">{move || figure.get()}<small>{move || unit.get()}</small></span>
        <Sparkline values=recent tone=tone />
    };
    let note = move || note.get();
    match (href, note_href) {
        (Some(href), None) => {
            view! { <a class="stat" href=href>{body}<span class="d">{note}</span></a> }
        }
        (Some(href), Some(note_href)) => view! {
            <div class="stat">
                <a class="all" href=href>{body}</a>
                <a class="d" href=note_href>{note}</a>
            </div>
        },
        (None, _) => {
            view! { <div class="stat">{body}<span class="d">{note}</span></div> }
        }
    }
}

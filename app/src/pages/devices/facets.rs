//! Facets: what can be chosen beside the list. Each option is a link to the list with its text rewritten by the server,
//! and is checked when the text says it.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

use crate::api::Asked;
use crate::api::devices::{Facet, FacetOption, Facets};
use crate::prelude::*;
use crate::ui::{Is, Mark, Part, Share, Sheet};

/// The facets in a sheet, where they have no room beside the list.
#[lazy]
pub(super) fn devices_facets(open: RwSignal<bool>, facets: Asked<Facets>) -> Part {
    Arc::new(move || {
        view! {
            <Sheet id="narrow" open=open title="Facets".to_owned()>
                <Choices facets=facets />
            </Sheet>
        }
    })
}

/// The facets of a list.
#[component]
pub(super) fn Choices(facets: Asked<Facets>) -> impl IntoView {
    // A checkbox is pressed by the space bar, which does nothing to a link.
    let press = move |event: KeyboardEvent| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlElement>().ok());
        if event.key() == " "
            && let Some(option) = target.filter(|target| target.class_name() == "option")
        {
            event.prevent_default();
            option.click();
        }
    };
    view! {
        <div on:keydown=press>
            <Transition fallback=|| ()>
                {move || Suspend::new(async move {
                    let Facets { facets, note } = facets.await.unwrap_or_else(|problem| Facets {
                        facets: Vec::new(),
                        note: Some(problem.sentence),
                    });
                    view! {
                        {note.map(|note| view! { <p class="dim">{note}</p> })}
                        {facets.into_iter().map(|facet| view! { <Choice facet=facet /> }).collect_view()}
                    }
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Choice(facet: Facet) -> impl IntoView {
    let Facet {
        title,
        path,
        short,
        note,
        shown,
        rest,
        further,
    } = facet;
    let count = rest.len();
    let more = (count > 0).then(|| {
        view! {
            <details class="further">
                <summary class="more">{format!("{count} more")}</summary>
                {rest.into_iter().map(option).collect_view()}
            </details>
        }
    });
    view! {
        <details class="facet" open=true>
            <summary>
                {title.clone()}
                <span class="mono" title=path>{short}</span>
            </summary>
            <div role="group" aria-label=title>
                {note.map(|note| view! { <p class="dim">{note}</p> })}
                {shown.into_iter().map(option).collect_view()}
                {more}
                {further.map(|further| view! { <p class="more">{further}</p> })}
            </div>
        </details>
    }
}

fn option(option: FacetOption) -> AnyView {
    let FacetOption {
        name,
        mark,
        count,
        share,
        is_chosen,
        href,
    } = option;
    let mark = mark.and_then(|name| Is::ALL.into_iter().find(|is| is.name() == name));
    let is_fixed = href.is_none().then_some("true");
    view! {
        <a class="option" role="checkbox" aria-checked=is_chosen.to_string() aria-disabled=is_fixed href=href>
            <span class="tick" data-on=is_chosen.then_some("")></span>
            <span>{mark.map(|is| view! { <Mark is=is /> " " })} {name}</span>
            <span class="n">{count}</span>
            <Share part=share />
        </a>
    }
}

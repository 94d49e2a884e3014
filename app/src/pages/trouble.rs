//! A problem in the place of what it kept away: what happened, what to do, and the request for whoever asks.

use crate::api::{Code, Problem};
use crate::prelude::*;
use crate::router::use_location;
use crate::routes::Address;
use crate::ui::{Button, Is, LinkButton, Notice, PageHead, Size};

/// Says a problem in place. With `on_retry`, problems that may pass offer to try again.
#[component]
pub fn Trouble(
    /// What went wrong.
    problem: Problem,
    /// Tries the same again.
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
) -> impl IntoView {
    let location = use_location();
    let here = move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        Address::SignIn {
            next: Some(if search.is_empty() {
                path
            } else {
                format!("{path}?{search}")
            }),
        }
        .href()
    };
    let (code, request) = (problem.code, problem.request.clone());
    let action = move || match (code, on_retry) {
        (Code::SignedOut, _) => {
            view! { <LinkButton size=Size::Small href=here>"Sign in"</LinkButton> }
        }
        (code, Some(on_retry)) if code.is_passing() => {
            view! { <Button size=Size::Small on_press=on_retry>"Try again"</Button> }
        }
        _ => ().into_any(),
    };
    view! {
        <Notice is=Is::Fault action=action>
            {problem.sentence}
            {request.map(|request| view! { " " <span class="faint">"Request " <span class="mono">{request}</span></span> })}
        </Notice>
    }
}

/// A page whose subject is not there, or cannot be read now, with the ways on.
#[component]
pub(crate) fn Absent(
    /// What the page is about, as a noun.
    what: &'static str,
    /// Why it is not shown.
    problem: Problem,
    /// Where to look instead: the address, and what is there.
    ways: Vec<(String, &'static str)>,
) -> impl IntoView {
    let title = if problem.code == Code::NotFound {
        format!("No such {what}")
    } else {
        format!("This {what} cannot be shown")
    };
    let head = title.clone();
    view! {
        <Title text=title />
        <PageHead title=move || head.clone() />
        <Trouble problem=problem />
        <ul class="dim">
            {ways.into_iter().map(|(href, name)| view! { <li><a href=href>{name}</a></li> }).collect_view()}
        </ul>
    }
}

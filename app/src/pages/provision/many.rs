//! Enrolling many devices from a file, in three steps that are plain forms: the file, its rehearsal, what was done.

mod begin;
mod enrolled;
mod rehearsed;
mod rows;

use leptos_router::{LazyRoute, lazy_route};

use crate::api::ask;
use crate::api::provision::AskStage;
use crate::api::provision::many::Stage;
use crate::prelude::*;

/// The page that enrolls many.
#[derive(Debug)]
pub struct EnrollManyPage;

#[lazy_route]
impl LazyRoute for EnrollManyPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let EnrollManyPage = this;
        let stage = ask(|| AskStage {});
        view! {
            <Title text="Enroll from a file" />
            <Transition>
                {move || Suspend::new(async move {
                    match stage.await.unwrap_or_default() {
                        Stage::Empty => view! { <begin::Begin refusal=None /> },
                        Stage::Unread(sentence) => view! { <begin::Begin refusal=Some(sentence) /> },
                        Stage::Rehearsed(rehearsal) => view! { <rehearsed::Rehearsed rehearsal=rehearsal /> },
                        Stage::Enrolled(outcome) => view! { <enrolled::Enrolled outcome=outcome /> },
                    }
                })}
            </Transition>
        }
    }
}

/// The way back to an empty form. The address is that of this page, so the browser is told to load it anew.
#[component]
fn Anew(words: &'static str) -> impl IntoView {
    view! {
        <a class="btn" data-kind="quiet" rel="external" href=crate::routes::Address::EnrollMany.href()>{words}</a>
    }
}

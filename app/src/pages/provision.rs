//! Provision: letting a device in. A form that says in sentences what it will do, and, once it is done, everything
//! that the device needs, with its state until it first connects.

mod form;
mod outcome;
mod secret;
mod snippets;
mod welcome;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::provision::{Draft, enroll};

pub(super) use secret::Once;

/// The page that enrolls a device.
#[derive(Debug)]
pub struct ProvisionPage;

#[lazy_route]
impl LazyRoute for ProvisionPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ProvisionPage = this;
        let enroll = Action::new(|draft: &Draft| enroll(draft.clone()));
        let outcome = enroll.value();
        // A refusal leaves the form, and what is written in it, where it is.
        let enrolled = Memo::new(move |_| {
            outcome.with(|outcome| {
                outcome
                    .as_ref()
                    .and_then(|done| done.as_ref().ok().cloned())
            })
        });
        view! {
            <Title text="Provision" />
            {move || match enrolled.get() {
                None => view! { <form::Form enroll=enroll /> }.into_any(),
                Some(enrolled) => {
                    view! { <welcome::Welcome enrolled=enrolled on_next=move |()| outcome.set(None) /> }.into_any()
                }
            }}
        }
        .into_any()
    }
}

//! Provision: letting devices in. A form that says in sentences what it will do, and, once it is done, everything
//! that the device needs, with its state until it first connects; and the way for many, from a file.

mod form;
mod many;
mod outcome;
mod secret;
mod simulate;
mod snippets;
mod welcome;

use leptos_router::{LazyRoute, lazy_route};

use crate::api::ask;
use crate::api::provision::{AskPosted, Draft, Posted, enroll};
use crate::prelude::*;
use crate::routes::Address;
use crate::ui::{Tab, Tabs};

pub use many::EnrollManyPage;
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
        let posted = ask(|| AskPosted {});
        view! {
            <Title text="Provision" />
            <Transition>
                {move || Suspend::new(async move {
                    // A question that has no answer is a form that was not sent.
                    let posted = posted.await.ok().flatten();
                    view! { <Enrollment posted=posted /> }
                })}
            </Transition>
        }
    }
}

/// The form, or what stands in its place once it is done.
#[component]
fn Enrollment(posted: Option<Posted>) -> impl IntoView {
    let (begun, came) = match posted {
        Some(posted) => (
            Some((posted.draft, posted.are_keys_given)),
            Some(posted.outcome),
        ),
        None => (None, None),
    };
    let enroll = Action::new_with_value(came, |draft: &Draft| enroll(draft.clone()));
    let outcome = enroll.value();
    // A refusal leaves the form, and what is written in it, where it is.
    let enrolled = memo(move || {
        outcome.with(|outcome| {
            outcome
                .as_ref()
                .and_then(|done| done.as_ref().ok().cloned())
        })
    });
    let shown = move || match enrolled.get() {
        None => view! { <form::Form enroll=enroll begun=begun.clone() /> },
        Some(enrolled) => {
            view! { <welcome::Welcome enrolled=enrolled on_next=move |()| outcome.set(None) /> }
        }
    };
    shown.into_render()
}

/// The ways to enroll.
#[component]
fn Ways(
    /// Whether it is the way for many.
    #[prop(optional)]
    many: bool,
) -> impl IntoView {
    let tab = |name: &str, address: Address, is_current| Tab {
        name: name.to_owned(),
        href: address.href(),
        count: None,
        is_current,
    };
    let tabs = vec![
        tab("One device", Address::Provision, !many),
        tab("From a file", Address::EnrollMany, many),
    ];
    view! { <Tabs label="Ways to enroll" tabs=tabs /> }
}

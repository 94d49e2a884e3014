//! Retire: letting devices go. One at a time with everything there is to know of it, or those of a condition
//! together; what may be ready to go; and the archive of what went, each entry a record to be printed.

mod archive;
mod checks;
mod form;
mod outcome;
mod past;
mod record;
mod replacement;
mod together;
mod waiting;
mod words;

use leptos_router::{LazyRoute, lazy_route};

use crate::api::retire::{AskArchive, AskDesk, AskPreview, AskSubject, Desk, Replaced, Retired};
use crate::api::{Problem, ask};
use crate::pages::Trouble;
use crate::prelude::*;
use crate::router::use_query_map;
use crate::routes::{self, Address, Retiring};
use crate::ui::{GhostRows, LinkButton, PageHead};

pub use record::RecordPage;

/// The page where devices are retired and replaced.
#[derive(Debug)]
pub struct RetirePage;

/// What was done on this page.
#[derive(Clone, Debug, PartialEq)]
enum Done {
    Retired(Retired),
    Replaced(Replaced),
}

#[lazy_route]
impl LazyRoute for RetirePage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let RetirePage = this;
        let query = use_query_map();
        let retiring = memo(move || query.with(|query| Retiring::read(|name| query.get(name))));
        let id = memo(move || retiring.with(|now| now.device.clone()));
        let condition = memo(move || retiring.with(|now| now.query.clone()));
        let search = memo(move || retiring.with(|now| now.archive.clone()));
        let desk = ask(|| AskDesk {});
        let subject = ask(move || AskSubject { id: id.get() });
        let preview = ask(move || AskPreview {
            query: condition.get(),
        });
        let found = ask(move || AskArchive {
            search: search.get(),
        });
        let subject_of = subject;
        let done = RwSignal::new(None::<Done>);
        let is_together = memo(move || retiring.with(|now| !now.query.is_empty()));
        // What went counts, and is in the archive.
        let gone = move || {
            desk.refetch();
            found.refetch();
        };
        view! {
            <Title text="Retire" />
            <Transition fallback=|| view! { <PageHead title=|| "Retire" /> }>
                {move || Suspend::new(async move { view! { <Head desk=desk.await /> } })}
            </Transition>
            <div class="stackv">
                {move || match done.get() {
                    Some(done_now) => {
                        let next = move |()| done.set(None);
                        view! { <outcome::Outcome done=done_now on_next=next /> }
                    }
                    None if is_together.get() => view! {
                        <Transition fallback=|| view! { <GhostRows columns=&together::COLUMNS /> }>
                            {move || Suspend::new(async move {
                                view! { <together::Together preview=preview.await retiring=retiring on_done=move |()| gone() /> }
                            })}
                        </Transition>
                    },
                    None => view! {
                        <Transition fallback=|| view! { <GhostRows columns=&["Retire a device"] /> }>
                            {move || Suspend::new(async move {
                                let (desk, subject) = (desk.await, subject.await);
                                let on_done = move |now: Done| {
                                    done.set(Some(now));
                                    gone();
                                };
                                let again = move |()| subject_of.refetch();
                                view! { <form::Form desk=desk subject=subject retiring=retiring on_again=again on_done=on_done /> }
                            })}
                        </Transition>
                    },
                }}
                <Transition fallback=|| view! { <GhostRows columns=&waiting::COLUMNS /> }>
                    {move || Suspend::new(async move { view! { <waiting::Waiting desk=desk.await /> } })}
                </Transition>
                <archive::Archive retiring=retiring found=found />
            </div>
        }
    }
}

/// The name of the page, and what went lately.
#[component]
fn Head(desk: Result<Desk, Problem>) -> impl IntoView {
    let facts = StoredValue::new(desk.ok());
    let facts = move || {
        facts.get_value().map(|desk| {
            let search = routes::Archive {
                from: desk.since.clone(),
                ..routes::Archive::default()
            };
            let href = format!(
                "{}#archive",
                Address::Retire(Retiring::found(search)).href()
            );
            view! {
                <span><a href=href>{words::retired(desk.retired)}</a> " in the last 30 days"</span>
                <span>{format!("restorable for {}", desk.grace)}</span>
            }
        })
    };
    view! {
        <PageHead title=|| "Retire" facts=facts>
            <LinkButton href="#archive">"Archive"</LinkButton>
        </PageHead>
    }
}

/// A problem of a whole part, said in its place.
fn trouble(problem: Problem) -> AnyView {
    view! { <Trouble problem=problem /> }
}

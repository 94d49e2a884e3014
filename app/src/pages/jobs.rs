//! Jobs: the list of them, the form that starts one, and each job with what came of it.

mod compose;
mod devices;
mod follow;
mod forecast;
mod one;
mod outcomes;
mod reasoned;
mod values;

use crate::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
use twin::time::Timestamp;

use crate::api::ask;
use crate::api::jobs::{AskJobs, Line, Listing, Standing, jobs};
use crate::format;
use crate::pages::Trouble;
use crate::router::use_query_map;
use crate::routes::Address;
use crate::shell::{use_key, use_now};
use crate::ui::{
    Bar, Empty, GhostRows, Icon, Is, Kind, LinkButton, PageHead, Section, State, Symbol,
};

pub use compose::NewJobPage;
pub use one::JobPage;

/// The list of jobs.
#[derive(Debug)]
pub struct JobsPage;

#[lazy_route]
impl LazyRoute for JobsPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let JobsPage = this;
        let members = use_query_map();
        let before = memo(move || members.with(|members| members.get("before")?.parse().ok()));
        let listing = ask(move || AskJobs {
            before: before.get(),
        });
        let again = move |()| listing.refetch();
        let go = follow::way();
        use_key("n", "New job", move || {
            go(&Address::NewJob {
                query: String::new(),
                is_method: false,
            });
        });
        let facts = || view! { <span>"One thing asked of many devices."</span> };
        view! {
            <Title text="Jobs" />
            <PageHead title=|| "Jobs" facts=facts>
                <LinkButton kind=Kind::Primary href=Address::NewJob { query: String::new(), is_method: false }.href()>
                    <Symbol icon=Icon::Plus />
                    "New job"
                    <kbd aria-hidden="true">"N"</kbd>
                </LinkButton>
            </PageHead>
            <Transition fallback=|| view! { <GhostRows columns=&["Job", "Progress", "State", "By", "Started"] /> }>
                {move || Suspend::new(async move {
                    match listing.await {
                        Ok(first) => view! { <List first=first before=before.get_untracked() /> }.into_any(),
                        Err(problem) => view! { <Trouble problem=problem on_retry=again /> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

#[component]
fn List(first: Listing, before: Option<u64>) -> impl IntoView {
    let now = use_now();
    let shown = RwSignal::new(first);
    let look = Action::new(move |(): &()| jobs(before));
    let outcome = look.value();
    Effect::new(move |_| {
        if let Some(Ok(listing)) = outcome.get() {
            shown.set(listing);
        }
    });
    follow::follow(Callback::new(move |()| {
        let moves = shown.with_untracked(|shown| !shown.open.is_empty());
        if moves && !look.pending().get_untracked() {
            look.dispatch(());
        }
    }));
    let lines = move |read: fn(&Listing) -> &Vec<Line>| {
        derived(move || shown.with(|shown| read(shown).clone()))
    };
    let (open, ended) = (lines(|shown| &shown.open), lines(|shown| &shown.ended));
    let is_empty = memo(move || open.with(Vec::is_empty) && ended.with(Vec::is_empty));
    let has_open = memo(move || open.with(|open| !open.is_empty()));
    let next = move || {
        shown.with(|shown| shown.next).map(|next| {
            view! {
                <p class="rows">
                    <a href=Address::Jobs { before: Some(next) }.href()>"Older jobs"</a>
                </p>
            }
        })
    };
    let list = move || {
        if is_empty.get() {
            return view! {
                <Empty title="No jobs yet">
                    <p>
                        "A job changes tags or desired properties, or calls a method, on every device that a condition matches. It says beforehand what it will do, and can be taken back."
                    </p>
                    <p>
                        <a href=Address::NewJob { query: String::new(), is_method: false }.href()>"Start the first one"</a>
                    </p>
                </Empty>
            }
            .into_any();
        }
        view! {
            <div class="stackv">
                <Show when=move || has_open.get()>
                    <Section id="open" title="Under way".to_owned()>
                        <Table caption="Jobs under way" lines=open now=now />
                    </Section>
                </Show>
                <Section id="ended" title="Ended".to_owned() note="newest first".to_owned()>
                    <Show
                        when=move || ended.with(|ended| !ended.is_empty())
                        fallback=|| view! { <p class="dim">"None has ended yet."</p> }
                    >
                        <Table caption="Jobs that have ended" lines=ended now=now />
                    </Show>
                    {next}
                </Section>
            </div>
        }
        .into_any()
    };
    list.into_render()
}

#[component]
fn Table(caption: &'static str, lines: Signal<Vec<Line>>, now: Signal<Timestamp>) -> impl IntoView {
    let ids = move || lines.with(|lines| lines.iter().map(|line| line.id).collect::<Vec<_>>());
    view! {
        <div class="scroll-x">
            <table class="table jobs">
                <caption class="sr">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Job"</th>
                        <th scope="col">"Progress"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"By, and why"</th>
                        <th scope="col">"Started"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=ids key=|id| *id children=move |id| view! { <Row id=id lines=lines now=now /> } />
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(id: u64, lines: Signal<Vec<Line>>, now: Signal<Timestamp>) -> impl IntoView {
    let line = Memo::new(move |before: Option<&Option<Line>>| {
        let found = lines.with(|lines| lines.iter().find(|line| line.id == id).cloned());
        // A line that has moved to the other table stays as it was for its last moment here.
        found.or_else(|| before.cloned().flatten())
    });
    let text = move |read: fn(&Line) -> String| {
        move || line.with(|line| line.as_ref().map(read).unwrap_or_default())
    };
    let is = derived(move || {
        line.with(|line| line.as_ref().map_or(Is::Next, |line| is_of(line.standing)))
    });
    view! {
        <tr>
            <td>
                <a href=Address::Job(id).href()>{text(|line| line.title.clone())}</a>
                <small class="mono">{text(|line| condition(&line.condition))}</small>
            </td>
            <td class="job-progress">
                <Progress line=line />
            </td>
            <td>
                <State is=is>{text(|line| line.state.clone())}</State>
            </td>
            <td>
                {text(|line| line.by.clone())}
                <small>{text(|line| format!("“{}”", line.reason))}</small>
            </td>
            <td title=text(|line| format::instant(line.at))>
                {move || line.with(|line| line.as_ref().map(|line| format::ago(line.at, now.get())))}
            </td>
        </tr>
    }
}

/// How far a job is: a bar, and the same in words.
#[component]
fn Progress(line: Memo<Option<Line>>) -> impl IntoView {
    let share = move |read: fn(&Line) -> f64| {
        derived(move || line.with(|line| line.as_ref().map_or(0.0, read)))
    };
    let words = derived(move || {
        line.with(|line| {
            line.as_ref()
                .map(|line| line.progress.clone())
                .unwrap_or_default()
        })
    });
    view! {
        <Bar
            label="Progress"
            words=words
            done=share(|line| line.done)
            flight=share(|line| line.flight)
            bad=share(|line| line.failed)
        />
        <small>{move || words.get()}</small>
    }
}

fn condition(condition: &str) -> String {
    if condition.is_empty() {
        "all devices".to_owned()
    } else {
        condition.to_owned()
    }
}

/// The mark of how something stands.
pub(in crate::pages) const fn is_of(standing: Standing) -> Is {
    match standing {
        Standing::Next => Is::Next,
        Standing::Busy => Is::Busy,
        Standing::Done => Is::Converged,
        Standing::Failed => Is::Fault,
        Standing::Held => Is::Paused,
    }
}

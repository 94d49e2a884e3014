//! One job: how far it is, what came of each device, who did what with it, and what can still be done about it.

use leptos_router::{LazyRoute, lazy_route};

use super::reasoned::Reasoned;
use super::{Progress, condition, devices, follow, is_of, outcomes};
use crate::api::jobs::{AskJob, Figure, Job, Line, Logged, cancel, job, undo};
use crate::api::{Code, Problem, ask};
use crate::format;
use crate::live::{Link, use_live};
use crate::pages::Trouble;
use crate::prelude::*;
use crate::router::{use_params_map, use_query_map};
use crate::routes::{Address, Search};
use crate::shell::{use_key, use_now, use_who};
use crate::ui::{Button, Empty, GhostRows, Kind, PageHead, Section, State};

/// The page of one job.
#[derive(Debug)]
pub struct JobPage;

/// What the address says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct At {
    id: u64,
    show: String,
    after: Option<u64>,
}

fn look(at: At) -> impl Future<Output = Result<Job, Problem>> {
    job(at.id, at.show, at.after)
}

#[lazy_route]
impl LazyRoute for JobPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let JobPage = this;
        let (params, members) = (use_params_map(), use_query_map());
        let at = memo(move || At {
            id: params
                .with(|params| params.get("id")?.parse().ok())
                .unwrap_or_default(),
            show: members.with(|members| members.get("show").unwrap_or_default()),
            after: members.with(|members| members.get("after")?.parse().ok()),
        });
        let job = ask(move || {
            let At { id, show, after } = at.get();
            AskJob { id, show, after }
        });
        let again = move |()| job.refetch();
        view! {
            <Title text=move || format!("Job {}", at.with(|at| at.id)) />
            <Transition fallback=|| view! { <GhostRows columns=&["Device", "State", "Outcome"] /> }>
                {move || Suspend::new(async move {
                    match job.await {
                        Ok(first) => view! { <Whole first=first at=at.get_untracked() /> },
                        Err(problem) if problem.code == Code::NotFound => {
                            view! {
                                <PageHead title=|| "No such job" />
                                <Empty title="There is no job of this number">
                                    <p>{problem.sentence}</p>
                                    <p>
                                        <a href=Address::Jobs { before: None }.href()>"All jobs"</a>
                                    </p>
                                </Empty>
                            }
                        }
                        Err(problem) => {
                            view! {
                                <PageHead title=|| "Job" />
                                <Trouble problem=problem on_retry=again />
                            }
                        }
                    }
                })}
            </Transition>
        }
    }
}

#[component]
fn Whole(first: Job, at: At) -> impl IntoView {
    let live = use_live();
    let id = at.id;
    let shown = RwSignal::new(first);
    let again = Action::new({
        let at = at.clone();
        move |(): &()| look(at.clone())
    });
    let answered = again.value();
    effect(move || {
        if let Some(Ok(job)) = answered.get() {
            shown.set(job);
        }
    });
    let look_now = move || {
        if !again.pending().get_untracked() {
            again.dispatch(());
        }
    };
    follow::follow(Callback::new(move |()| {
        if !shown.with_untracked(|job| job.has_ended) {
            look_now();
        }
    }));
    let is_stale = move || {
        let failed = answered.with(|answered| matches!(answered, Some(Err(_))));
        (matches!(live.link.get(), Link::Lost { .. }) || failed).then_some("")
    };
    view! {
        <Head id=id shown=shown on_change=Callback::new(move |()| look_now()) />
        <div class="stackv under-head" data-stale=is_stale>
            <Figures id=id shown=shown at=at.clone() />
            <div class="cols" data-cols="main-rail">
                <div class="stackv">
                    <outcomes::Outcomes id=id shown=shown />
                    <devices::Devices id=id shown=shown show=at.show has_before=at.after.is_some() />
                </div>
                <aside class="stackv" aria-label="About this job">
                    <About shown=shown />
                    <Log shown=shown />
                </aside>
            </div>
        </div>
    }
}

#[component]
fn Head(id: u64, shown: RwSignal<Job>, on_change: Callback<()>) -> impl IntoView {
    let now = use_now();
    let who = Signal::stored(use_who().cannot_change());
    let is_canceling = RwSignal::new(false);
    let is_undoing = RwSignal::new(false);
    let line = move |read: fn(&Line) -> String| move || shown.with(|job| read(&job.line));
    let is = derived(move || shown.with(|job| is_of(job.line.standing)));
    let title = move || {
        view! {
            {format!("Job {id}: ")}
            <span>{line(|line| line.title.clone())}</span>
        }
    };
    let facts = move || {
        view! {
            <State is=is>{line(|line| line.state.clone())}</State>
            <span title=line(|line| format::instant(line.at))>
                {move || shown.with(|job| format!("started by {} {}", job.line.by, format::ago(job.line.at, now.get())))}
            </span>
            <span>{line(|line| format!("“{}”", line.reason))}</span>
        }
    };
    let no_cancel = derived(move || {
        who.get()
            .or_else(|| shown.with(|job| job.cannot_cancel.clone()))
    });
    let no_undo = derived(move || {
        who.get()
            .or_else(|| shown.with(|job| job.cannot_undo.clone()))
    });
    let open_cancel = move |()| {
        if no_cancel.with_untracked(Option::is_none) {
            is_canceling.set(true);
        }
    };
    let open_undo = move |()| {
        if no_undo.with_untracked(Option::is_none) {
            is_undoing.set(true);
        }
    };
    use_key("u", "Take this job back", move || open_undo(()));
    use_key("c", "Cancel this job", move || open_cancel(()));
    let canceled = Callback::new(move |_: u64| on_change.run(()));
    let go = follow::way();
    let undone = Callback::new(move |undo: u64| go(&Address::Job(undo)));
    view! {
        <PageHead title=title facts=facts>
            <span class="needs-script btns">
                <Button key="C" disabled=no_cancel on_press=open_cancel>"Cancel job"</Button>
                <Button key="U" kind=Kind::Primary disabled=no_undo on_press=open_undo>"Take back"</Button>
            </span>
        </PageHead>
        <Reasoned
            id="cancel-job"
            open=is_canceling
            title="Cancel this job".to_owned()
            verb="Cancel job"
            leave="Let it run"
            act=Action::new(move |reason: &String| {
                let reason = reason.clone();
                async move { cancel(id, reason).await.map(|()| id) }
            })
            on_done=canceled
        >
            <p>
                {move || {
                    shown.with(|job| format!("So far: {}. Devices that wait are not asked any more; what was done stays done until you take it back.", job.line.progress))
                }}
            </p>
        </Reasoned>
        <Reasoned
            id="undo-job"
            open=is_undoing
            title="Take this job back".to_owned()
            verb="Take back"
            leave="Keep it"
            act=Action::new(move |reason: &String| {
                let reason = reason.clone();
                async move { undo(id, reason).await }
            })
            on_done=undone
        >
            <p>
                "Each device gets back the values that this job changed, wherever they still are as it set them. What somebody changed since stays, and the outcome says by whom. It is a job of its own, which can be taken back in turn."
            </p>
        </Reasoned>
    }
}

/// The figures, each the way to its devices.
#[component]
fn Figures(id: u64, shown: RwSignal<Job>, at: At) -> impl IntoView {
    let names = memo(move || {
        shown.with(|job| {
            job.figures
                .iter()
                .map(|figure| figure.name.clone())
                .collect::<Vec<_>>()
        })
    });
    let count = move || names.with(|names| names.len().min(5).to_string());
    let line = memo(move || shown.with(|job| Some(job.line.clone())));
    let chosen = StoredValue::new(at.show);
    let figure = move |name: String| {
        let found = memo(move || {
            shown.with(|job| {
                job.figures
                    .iter()
                    .find(|figure| figure.name == name)
                    .cloned()
            })
        });
        let text = move |read: fn(&Figure) -> String| {
            move || found.with(|figure| figure.as_ref().map(read).unwrap_or_default())
        };
        let href = move || {
            let show = found.with(|figure| {
                figure
                    .as_ref()
                    .map(|figure| figure.show.clone())
                    .unwrap_or_default()
            });
            Address::JobDevices {
                id,
                show,
                after: None,
            }
            .href()
        };
        let is_chosen = move || {
            found
                .with(|figure| {
                    figure
                        .as_ref()
                        .is_some_and(|figure| chosen.with_value(|chosen| *chosen == figure.show))
                })
                .then_some("true")
        };
        view! {
            <a class="stat" href=href aria-current=is_chosen>
                <span class="k">{text(|figure| figure.name.clone())}</span>
                <span class="v">{text(|figure| figure.count.clone())}</span>
                <span class="d">{text(|figure| figure.note.clone())}</span>
            </a>
        }
    };
    view! {
        <div class="job-whole">
            <Progress line=line />
        </div>
        <section class="stats" aria-label="Figures" data-n=count>
            <For each=move || names.get() key=Clone::clone children=figure />
        </section>
    }
}

/// What it asks, and of whom.
#[component]
fn About(shown: RwSignal<Job>) -> impl IntoView {
    let asked = shown.with_untracked(|job| job.asked.clone());
    let target = shown.with_untracked(|job| job.line.condition.clone());
    let now_href = Address::Devices(Search::of(target.clone())).href();
    let undoes = shown.with_untracked(|job| job.undoes);
    let undone_by = memo(move || shown.with(|job| job.undone_by));
    let job = |id: u64| view! { <a href=Address::Job(id).href()>{format!("job {id}")}</a> };
    view! {
        <Section id="asked" title="What is asked".to_owned()>
            <dl class="facts-list">
                {asked
                    .into_iter()
                    .map(|(name, value)| {
                        view! {
                            <dt class="mono">{name}</dt>
                            <dd class="mono">{value}</dd>
                        }
                    })
                    .collect_view()}
                <dt>"of"</dt>
                <dd class="mono">{condition(&target)}</dd>
                {undoes.map(|undoes| view! { <dt>"takes back"</dt> <dd>{job(undoes)}</dd> })}
                {move || undone_by.get().map(|undo| view! { <dt>"taken back by"</dt> <dd>{job(undo)}</dd> })}
            </dl>
            <p class="dim">
                <a href=now_href>"Devices that match now"</a>
            </p>
        </Section>
    }
}

/// Who did what with it and why.
#[component]
fn Log(shown: RwSignal<Job>) -> impl IntoView {
    let log = memo(move || shown.with(|job| job.log.clone()));
    let entry = |entry: Logged| {
        let by = if entry.by.is_empty() {
            String::new()
        } else {
            format!(" by {}", entry.by)
        };
        view! {
            <li>
                <time title=format::instant(entry.at)>{format::clock(entry.at)}</time>
                <div>
                    <p>{entry.what}{by}</p>
                    {(!entry.reason.is_empty()).then(|| view! { <small>{format!("“{}”", entry.reason)}</small> })}
                </div>
            </li>
        }
    };
    view! {
        <Section id="log" title="Log".to_owned()>
            <ol class="job-log">{move || log.get().into_iter().map(entry).collect_view()}</ol>
        </Section>
    }
}

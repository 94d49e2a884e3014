//! One device: the whole truth on one screen. What is asked stands beside what is answered and since when; beside it
//! what happened, what can be asked at once, and who it is.

mod beside;
mod change;
mod edit;
mod history;
mod identity;
mod methods;
mod numbers;
mod origins;
mod reason;
mod tree;
mod words;

pub(super) use history::moment;

use leptos_router::{LazyRoute, lazy_route};
use twin::time::Timestamp;

use crate::api::device::{
    AskCharts, AskDevice, AskOrigins, AskTimeline, Charts, Device, Origins, Timeline,
};
use crate::api::{Problem, ask};
use crate::format;
use crate::live::use_live;
use crate::names::Names;
use crate::pages::{Absent, CopyButton};
use crate::prelude::*;
use crate::router::{use_params_map, use_query_map};
use crate::routes::{Address, Archive, Glance, Retiring, Search};
use crate::shell::{use_key, use_now, use_who};
use crate::ui::{
    Button, Empty, GhostRows, Is, Kind, LinkButton, Mark, Notice, PageHead, State, asleep, later,
};

/// The page of one device.
#[derive(Debug)]
pub struct DevicePage;

/// What was read about a device besides the device.
struct Around {
    history: Result<Timeline, Problem>,
    origins: Result<Origins, Problem>,
    charts: Result<Charts, Problem>,
}

#[lazy_route]
impl LazyRoute for DevicePage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let DevicePage = this;
        let params = use_params_map();
        let id = move || params.with(|params| params.get("id").unwrap_or_default());
        let query = use_query_map();
        let glance = memo(move || query.with(|query| Glance::read(|name| query.get(name))));
        // What is chosen on the page is read again by the part that it belongs to.
        let chosen = move || glance.get_untracked();
        let device = ask(move || AskDevice { id: id() });
        let history = ask(move || AskTimeline {
            id: id(),
            topic: chosen().topic,
            older: None,
        });
        let origins = ask(move || AskOrigins { id: id() });
        let charts = ask(move || AskCharts {
            id: id(),
            first: chosen().chart,
        });
        view! {
            <Transition fallback=|| view! { <GhostRows columns=&["Path", "Desired", "Reported", "State", "For"] /> }>
                {move || Suspend::new(async move {
                    let device = device.await;
                    let around = Around {
                        history: history.await,
                        origins: origins.await,
                        charts: charts.await,
                    };
                    match device {
                        Ok(device) => view! { <Whole device=device around=around glance=glance /> },
                        Err(problem) => view! { <Absent what="device" problem=problem ways=ways_on(untrack(id)) /> },
                    }
                })}
            </Transition>
        }
    }
}

/// Shows the answer to a change, unless the live channel brought something newer while it was on its way.
fn renew(shown: RwSignal<Device>, answer: Device) {
    if shown.with_untracked(|shown| shown.as_of <= answer.as_of) {
        shown.set(answer);
    }
}

/// Where a device may be that is not here.
fn ways_on(id: String) -> Vec<(String, &'static str)> {
    let retired = Retiring::found(Archive {
        id,
        ..Archive::default()
    });
    vec![
        (
            Address::Retire(retired).href(),
            "Look for it among the retired devices",
        ),
        (Address::Devices(Search::default()).href(), "All devices"),
    ]
}

#[component]
fn Whole(device: Device, around: Around, glance: Memo<Glance>) -> impl IntoView {
    let Around {
        history,
        origins,
        charts,
    } = around;
    let id = device.id.clone();
    let shown = ArcRwSignal::new(device);
    use_live().watch_device(&id, shown.clone());
    let device = RwSignal::from(shown);
    let now = use_now();
    let cannot = Signal::stored(use_who().cannot_change());
    let is_editing = RwSignal::new(false);
    let lit = RwSignal::new(Names::default());
    // How often the person did something here that stands in the history.
    let did = RwSignal::new(0);
    use_key("e", "Edit desired state", move || {
        if cannot.with_untracked(Option::is_none) {
            is_editing.set(true);
        }
    });
    let chart = glance.with_untracked(|glance| glance.chart.clone());
    view! {
        <Title text=id />
        <Head device=device now=now cannot=cannot is_editing=is_editing glance=glance />
        <div class="cols" data-cols="main-rail">
            <div class="stackv">
                <tree::Twin device=device now=now glance=glance lit=lit />
                <origins::Origin device=device first=origins now=now lit=lit />
                {asleep(move || numbers::device_numbers(device, charts.clone(), chart.clone(), glance))}
            </div>
            <aside class="stackv" aria-label="About this device">
                <history::History device=device first=history glance=glance did=did />
                <methods::Methods device=device now=now cannot=cannot did=did />
                <identity::Identity device=device />
            </aside>
        </div>
        {later(move || is_editing.get(), move || edit::device_editor(device, cannot, is_editing, did))}
    }
}

/// Id, worst state in words, and the facts one line below.
#[component]
fn Head(
    device: RwSignal<Device>,
    now: Signal<Timestamp>,
    cannot: Signal<Option<String>>,
    is_editing: RwSignal<bool>,
    glance: Memo<Glance>,
) -> impl IntoView {
    let worst = derived(move || device.with(words::worst));
    let connection = derived(move || {
        if device.with(|device| device.is_connected) {
            Is::Reported
        } else {
            Is::Silent
        }
    });
    let title = move || {
        view! {
            <span class="mono">{move || device.with(|device| device.id.clone())}</span>
            <span class="state" data-size="md" data-tone=move || worst.get().tone()>
                <Mark is=worst />
                <span>{move || device.with(words::standing)}</span>
            </span>
        }
    };
    let facts = move || {
        view! {
            {move || device.with(words::facts).into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view()}
            <State is=connection>
                <span title=move || device.with(|device| format::instant(device.last_activity))>
                    {move || device.with(|device| words::connection(device, now.get()))}
                </span>
            </State>
        }
    };
    let disabled = move || {
        device.with(|device| {
            let reason = device
                .status_reason
                .as_deref()
                .unwrap_or("no reason was given");
            (!device.is_enabled)
                .then(|| format!("This device is disabled: {reason}. It cannot connect."))
        })
    };
    let id = device.with_untracked(|device| device.id.clone());
    let list = move || Address::Devices(glance.with(Glance::list)).href();
    let list_name = move || {
        if glance.with(|glance| glance.query.is_empty()) {
            "All devices"
        } else {
            "The list"
        }
    };
    view! {
        <PageHead title=title facts=facts>
            <beside::Beside device=device glance=glance />
            <LinkButton kind=Kind::Quiet href=list>{list_name}</LinkButton>
            <CopyButton label="Copy ID" text=id word="Copy ID" />
            <Button kind=Kind::Primary key="E" disabled=cannot on_press=move |()| is_editing.set(true)>
                "Edit desired state"
            </Button>
        </PageHead>
        {move || disabled().map(|words| view! { <Notice is=Is::Paused>{words}</Notice> })}
    }
}

/// What was read first, when `at` was `since`, and what is read again whenever `at` changes.
fn follow<T: Clone + Send + Sync + 'static>(
    first: Result<T, Problem>,
    since: u64,
    at: Memo<u64>,
    read: Action<(), Result<T, Problem>>,
) -> RwSignal<Result<T, Problem>> {
    let shown = RwSignal::new(first);
    Effect::new(move |before: Option<u64>| {
        let at = at.get();
        if before.unwrap_or(since) != at {
            read.dispatch(());
        }
        at
    });
    effect(move || {
        if let Some(answer) = read.value().get() {
            shown.set(answer);
        }
    });
    shown
}

/// Said where a device has neither asked nor answered anything.
#[component]
fn Blank() -> impl IntoView {
    view! {
        <Empty title="Nothing asked, nothing answered">
            <p>"Edit the desired state to ask for something; what the device reports appears here by itself."</p>
        </Empty>
    }
}

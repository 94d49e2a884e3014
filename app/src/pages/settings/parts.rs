//! Every part in its states: where a part is looked at before a page uses it.

use leptos_router::{LazyRoute, lazy_route};

use crate::prelude::*;
use crate::shell::{Toast, use_toasts};
use crate::ui::{
    Badge, Bar, Button, Choice, Dialog, Empty, Ghost, GhostRows, Icon, Is, Kind, Mark, Moment,
    Notice, PageHead, Section, Segmented, Share, Sheet, Size, Slice, Stack, Stat, State, Symbol,
    Tab, Tabs, TextInput, Timeline,
};

/// The page at [`crate::routes::PARTS`].
#[derive(Debug)]
pub struct PartsPage;

#[lazy_route]
impl LazyRoute for PartsPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let PartsPage = this;
        view! {
            <Title text="Parts" />
            <PageHead title=|| "Parts" facts=|| view! { <span>"Every part in its states, with made-up words and figures."</span> } />
            <div class="kit">
                <Tokens />
                <Marks />
                <Buttons />
                <Bars />
                <Figures />
                <Fields />
                <Notices />
                <Floating />
                <Waiting />
                <Happened />
            </div>
        }
    }
}

const SURFACES: [&str; 12] = [
    "paper",
    "paper-inset",
    "paper-hover",
    "paper-select",
    "sheet",
    "rule",
    "ink",
    "ink-2",
    "ink-3",
    "ink-4",
    "rule-control",
    "rule-strong",
];
const MEANINGS: [&str; 12] = [
    "desired",
    "desired-edge",
    "desired-wash",
    "reported",
    "reported-mark",
    "reported-quiet",
    "drift",
    "drift-mark",
    "drift-wash",
    "fault",
    "fault-mark",
    "fault-wash",
];

#[component]
fn Tokens() -> impl IntoView {
    let swatch = |name: &'static str| view! { <span><i data-token=name></i>{name}</span> };
    view! {
        <Section id="surfaces" title="Surfaces and ink" width="6">
            <div class="pad"><div class="swatches">{SURFACES.map(swatch).collect_view()}</div></div>
        </Section>
        <Section id="meanings" title="Meaning" width="6">
            <div class="pad"><div class="swatches">{MEANINGS.map(swatch).collect_view()}</div></div>
        </Section>
    }
}

#[component]
fn Marks() -> impl IntoView {
    let state = |is: Is| view! { <State is=is toned=true>{is.word()}</State> };
    view! {
        <Section id="marks" title="Marks" note="shape, then color" width="3">
            <div class="pad">{Is::ALL.map(state).collect_view()}</div>
        </Section>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let shown = RwSignal::new("drift");
    let segment = |value, name: &str| Choice {
        value,
        name: name.to_owned(),
    };
    let choices = vec![
        segment("drift", "Drift"),
        segment("connection", "Connection"),
    ];
    view! {
        <Section id="buttons" title="Buttons" note="one primary a page" width="5">
            <div class="pad">
                <div class="btns">
                    <Button kind=Kind::Primary key="E">"Edit"</Button>
                    <Button>"Plain"</Button>
                    <Button kind=Kind::Quiet><Symbol icon=Icon::Copy /> "Copy"</Button>
                </div>
                <div class="btns">
                    <Button kind=Kind::Danger>"Delete…"</Button>
                    <Button disabled="This needs another role.">"Not for you"</Button>
                    <Button size=Size::Small>"Small"</Button>
                </div>
                <Segmented label="Color by" choices=choices value=shown on_choose=move |value| shown.set(value) />
                <span><Badge>"firmware"</Badge> " " <Badge>"rev D"</Badge> " " <kbd>"E"</kbd></span>
            </div>
        </Section>
    }
}

#[component]
fn Bars() -> impl IntoView {
    let slice = |name: &str, count, category| Slice {
        name: name.to_owned(),
        count,
        category,
    };
    let slices = vec![
        slice("newest", 5, 1),
        slice("current", 60, 2),
        slice("one behind", 20, 3),
        slice("two behind", 8, 4),
        slice("older", 7, 5),
    ];
    view! {
        <Section id="bars" title="Bars" note="asked, confirmed, gate">
            <div class="pad">
                <Bar label="First" words="62 of 100 confirmed, 3 failed" done=0.62 flight=0.09 bad=0.03 gate=0.95 />
                <Bar label="Second" words="Not begun" done=0.0 idle=true />
                <Stack slices=slices />
                <Share part=0.4 />
            </div>
        </Section>
    }
}

#[component]
fn Figures() -> impl IntoView {
    let rising = vec![1.0, 2.0, 2.0, 4.0, 3.0, 5.0, 6.0];
    view! {
        <Section id="figures" title="Figures" note="tabular, they never jump" width="6">
            <div class="stats" data-n="3">
                <Stat name="Converged" is=Is::Converged figure="96.90" unit="%" recent=rising.clone() note="of 1,000" />
                <Stat name="Drifting" is=Is::Drift figure="214" recent=rising note="and 12 refusing" href="#figures" />
                <Stat name="Unknown" figure="—" recent=Vec::new() note="not measured yet" />
            </div>
        </Section>
    }
}

#[component]
fn Fields() -> impl IntoView {
    let wrong = "Put text in quotes: 'Holstein'".to_owned();
    view! {
        <Section id="fields" title="Fields" note="label, field, hint, error" width="6">
            <div class="pad">
                <TextInput id="part-name" name="name" label="Name" hint="Letters and digits." />
                <TextInput id="part-reason" name="reason" label="Reason" optional="may stay empty" />
                <TextInput id="part-query" name="query" label="Query" value="tags.region = Holstein" error=Some(wrong) />
            </div>
        </Section>
    }
}

#[component]
fn Notices() -> impl IntoView {
    view! {
        <Section id="notices" title="Notices" note="what, and what to do" width="6">
            <div class="pad">
                <Notice is=Is::Fault action=|| view! { <Button size=Size::Small>"Try again"</Button> }>
                    <b>"The store did not answer."</b> " Nothing was changed."
                </Notice>
                <Notice is=Is::Drift>"Figures are from 14:02."</Notice>
                <Notice is=Is::Reported>"All three have answered."</Notice>
            </div>
        </Section>
    }
}

#[component]
fn Floating() -> impl IntoView {
    let toasts = use_toasts();
    let (is_asking, is_editing) = (RwSignal::new(false), RwSignal::new(false));
    let done = move |()| {
        toasts.say(Toast::new(Is::Busy, "Asked three devices").detail("One has answered"));
    };
    let failed = move |()| {
        toasts.say(Toast::new(
            Is::Fault,
            "Not saved: somebody changed it first",
        ));
    };
    view! {
        <Section id="floating" title="What floats" note="dialog, sheet, toast" width="6">
            <div class="pad">
                <div class="btns">
                    <Button on_press=move |()| is_asking.set(true)>"Dialog"</Button>
                    <Button on_press=move |()| is_editing.set(true)>"Sheet"</Button>
                    <Button on_press=done>"Toast"</Button>
                    <Button on_press=failed>"Failure"</Button>
                </div>
                <Dialog
                    id="part-dialog"
                    open=is_asking
                    title="Delete this?"
                    buttons=move || view! { <Button on_press=move |()| is_asking.set(false)>"Keep it"</Button> }
                >
                    <p>"Only for what cannot be undone."</p>
                </Dialog>
                <Sheet id="part-sheet" open=is_editing title="Edit">
                    <p>"Edits that keep the page in sight."</p>
                </Sheet>
            </div>
        </Section>
    }
}

#[component]
fn Waiting() -> impl IntoView {
    let tab = |name: &str, count: &str, is_current| Tab {
        name: name.to_owned(),
        href: "#waiting".to_owned(),
        count: Some(count.to_owned()),
        is_current,
    };
    view! {
        <Section id="waiting" title="Waiting, empty" note="the shape of what comes" width="6">
            <Tabs label="Views" tabs=vec![tab("All", "1,000", true), tab("Drifting", "214", false)] />
            <GhostRows columns=&["Name", "State", "Place"] rows=3 />
            <p><Ghost width="5" /></p>
            <Empty title="Nothing matches"><p>"Say why, offer the next step."</p></Empty>
        </Section>
    }
}

#[component]
fn Happened() -> impl IntoView {
    let moment = |key: &str, day: &str, is, sentence: &str, subject: &str| Moment {
        key: key.to_owned(),
        day: day.to_owned(),
        time: "14:06".to_owned(),
        exact: "22 Nov 2026, 14:06:22 UTC".to_owned(),
        is,
        sentence: sentence.to_owned(),
        subject: subject.to_owned(),
        href: None,
        cause: "a person: “why”".to_owned(),
    };
    let moments = vec![
        moment("1", "Today", Is::Reported, "Reported", "network.rssi_dbm"),
        moment("2", "Today", Is::Desired, "Asked for", "telemetry.level"),
        moment(
            "3",
            "Thursday 19 November",
            Is::Fault,
            "Refused",
            "safety.valve_lock",
        ),
    ];
    view! {
        <Section id="happened" title="Timeline" note="newest first" width="6">
            <Timeline moments=moments today="Today" />
            <p class="faint"><Mark is=Is::Next /> " the end"</p>
        </Section>
    }
}

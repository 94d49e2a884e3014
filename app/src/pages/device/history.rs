//! What happened to a device: people, jobs and the device itself in one timeline, or one kind of them.

use leptos::prelude::*;
use twin::time::Timestamp;

use crate::api::Problem;
use crate::api::device::{Device, Happening, Timeline as Stretch, What, timeline};
use crate::format;
use crate::pages::Trouble;
use crate::routes::{Address, Glance, Topic};
use crate::ui::{Button, Is, Moment, Section, Size, Tab, Tabs, Timeline};

/// What the newest stretch stands at: its topic, the device's sequence, whether it is connected, when it was heard.
type At = (Option<Topic>, u64, bool, Option<Timestamp>);

/// The section of history: the newest stretch follows the device, older ones are added on demand.
#[component]
pub(super) fn History(
    device: RwSignal<Device>,
    first: Result<Stretch, Problem>,
    glance: Memo<Glance>,
) -> impl IntoView {
    let newest = RwSignal::new(first);
    let older = RwSignal::new(Vec::<Happening>::new());
    // Where the stretch before the oldest one shown begins, once older ones were asked for.
    let more = RwSignal::new(None::<Option<String>>);
    let id = move || device.with_untracked(|device| device.id.clone());
    let topic = Memo::new(move |_| glance.with(|glance| glance.topic));
    // Whatever changed the device wrote its history: its sequence says when to read again.
    let at = Memo::new(move |_| {
        let topic = topic.get();
        device.with(|device| {
            let heard = (topic == Some(Topic::Messages)).then_some(device.last_activity);
            (topic, device.seq, device.is_connected, heard)
        })
    });
    // An answer about another topic than the one that is shown comes too late.
    let ask = move |older: Option<String>| {
        let asked = topic.get_untracked();
        let answer = timeline(id(), asked, older);
        async move { (asked, answer.await) }
    };
    let read = Action::new(move |()| ask(None));
    Effect::new(move |before: Option<At>| {
        let at = at.get();
        if let Some(before) = before.filter(|before| *before != at) {
            if before.0 != at.0 {
                older.set(Vec::new());
                more.set(None);
            }
            read.dispatch(());
        }
        at
    });
    Effect::new(move |_| {
        if let Some((asked, stretch)) = read.value().get()
            && asked == topic.get_untracked()
        {
            newest.set(stretch);
        }
    });
    let load = Action::new(move |from: &String| ask(Some(from.clone())));
    let failed = RwSignal::new(None::<Problem>);
    Effect::new(move |_| match load.value().get() {
        Some((asked, Ok(stretch))) if asked == topic.get_untracked() => {
            failed.set(None);
            more.set(Some(stretch.older));
            older.update(|older| older.extend(stretch.happenings));
        }
        Some((_, Err(problem))) => failed.set(Some(problem)),
        _ => {}
    });
    let as_of = Signal::derive(move || {
        newest.with(|newest| {
            newest
                .as_ref()
                .map(|newest| newest.as_of)
                .unwrap_or_default()
        })
    });
    let moments = Signal::derive(move || {
        let mut seen = std::collections::BTreeSet::new();
        let newest = newest.with(|newest| {
            newest
                .as_ref()
                .map(|newest| newest.happenings.clone())
                .unwrap_or_default()
        });
        let all = newest.into_iter().chain(older.get());
        all.filter(|one| seen.insert(one.key.clone()))
            .map(|one| moment(one, as_of.get()))
            .collect::<Vec<_>>()
    });
    let cursor = Memo::new(move |_| {
        let first =
            newest.with(|newest| newest.as_ref().ok().and_then(|newest| newest.older.clone()));
        more.get().unwrap_or(first)
    });
    let tabs = Signal::derive(move || {
        let id = id();
        let glance = glance.get();
        let tab = |topic: Option<Topic>| Tab {
            name: topic.map_or("All", word).to_owned(),
            href: Address::DeviceAs(
                id.clone(),
                Glance {
                    topic,
                    ..glance.clone()
                },
            )
            .href(),
            count: None,
            is_current: glance.topic == topic,
        };
        [None]
            .into_iter()
            .chain(Topic::ALL.map(Some))
            .map(tab)
            .collect::<Vec<_>>()
    });
    let empty = move || {
        let is_empty = moments.with(Vec::is_empty) && newest.with(Result::is_ok);
        is_empty.then(|| match (topic.get(), cursor.with(Option::is_some)) {
            (_, true) => "Nothing of this kind among the latest entries.",
            (Some(Topic::Messages), false) => "No messages are kept of this device.",
            (Some(Topic::Jobs), false) => "No job has changed this device.",
            _ => "Nothing of this kind is kept of this device.",
        })
    };
    let today = format::day(as_of.get_untracked(), as_of.get_untracked());
    view! {
        <Section id="history" title="What happened".to_owned()>
            <Tabs label="Kinds of what happened" tabs=tabs in_place=true />
            {move || {
                newest
                    .with(|newest| newest.as_ref().err().cloned())
                    .map(|problem| view! { <Trouble problem=problem on_retry=move |()| { read.dispatch(()); } /> })
            }}
            {move || empty().map(|words| view! { <p class="dim">{words}</p> })}
            <Timeline moments=moments today=today />
            {move || failed.get().map(|problem| view! { <Trouble problem=problem /> })}
            {move || {
                cursor
                    .get()
                    .map(|cursor| {
                        view! {
                            <Button size=Size::Small on_press=move |()| { load.dispatch(cursor.clone()); }>"Load older"</Button>
                        }
                    })
            }}
        </Section>
    }
}

const fn word(topic: Topic) -> &'static str {
    match topic {
        Topic::People => "People",
        Topic::Jobs => "Jobs",
        Topic::Device => "Device",
        Topic::Connection => "Connection",
        Topic::Messages => "Messages",
    }
}

/// A happening in words.
pub(in crate::pages) fn moment(happening: Happening, as_of: Timestamp) -> Moment {
    let (is, sentence) = match happening.what {
        What::Reported => (Is::Reported, "Reported"),
        What::Asked => (Is::Desired, "Asked for"),
        What::Tagged => (Is::Next, "Tagged"),
        What::Registered => (Is::Converged, "Registered"),
        What::Replaced => (Is::Converged, "Registered, replaces"),
        What::Restored => (Is::Converged, "Restored from"),
        What::Retired => (Is::Paused, "Retired"),
        What::Identity => (Is::Paused, "Registration changed:"),
        What::Connected => (Is::Reported, "Connected"),
        What::Disconnected => (Is::Silent, "Disconnected"),
        What::Method => (Is::Busy, "Ran"),
        What::Sent => (Is::Reported, "Sent"),
        What::Other => (Is::Next, ""),
    };
    Moment {
        key: happening.key,
        day: format::day(happening.at, as_of),
        time: format::clock(happening.at),
        exact: format::instant(happening.at),
        is,
        sentence: sentence.to_owned(),
        subject: happening.subject,
        href: happening.href,
        cause: happening.cause,
    }
}

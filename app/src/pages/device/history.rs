//! What happened to a device: people, planner and the device itself in one timeline.

use leptos::prelude::*;
use twin::time::Timestamp;

use crate::api::Problem;
use crate::api::device::{Device, Happening, Timeline as Stretch, What, timeline};
use crate::format;
use crate::pages::Trouble;
use crate::ui::{Button, Is, Moment, Section, Size, Timeline};

/// The section of history: the newest stretch follows the device, older ones are added on demand.
#[component]
pub(super) fn History(device: RwSignal<Device>, first: Result<Stretch, Problem>) -> impl IntoView {
    let newest = RwSignal::new(first);
    let older = RwSignal::new(Vec::<Happening>::new());
    // Where the stretch before the oldest one shown begins, once older ones were asked for.
    let more = RwSignal::new(None::<Option<String>>);
    let id = move || device.with_untracked(|device| device.id.clone());
    // Whatever changed the device wrote its history: its sequence says when to read again.
    let at = Memo::new(move |_| device.with(|device| (device.seq, device.is_connected)));
    let read = Action::new(move |()| timeline(id(), None));
    Effect::new(move |before: Option<(u64, bool)>| {
        let at = at.get();
        if before.is_some_and(|before| before != at) {
            read.dispatch(());
        }
        at
    });
    Effect::new(move |_| {
        if let Some(stretch) = read.value().get() {
            newest.set(stretch);
        }
    });
    let load = Action::new(move |from: &String| timeline(id(), Some(from.clone())));
    Effect::new(move |_| {
        if let Some(Ok(stretch)) = load.value().get() {
            more.set(Some(stretch.older));
            older.update(|older| older.extend(stretch.happenings));
        }
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
    let cursor = move || {
        let first =
            newest.with(|newest| newest.as_ref().ok().and_then(|newest| newest.older.clone()));
        more.get().unwrap_or(first)
    };
    let today = format::day(as_of.get_untracked(), as_of.get_untracked());
    view! {
        <Section id="history" title="What happened".to_owned()>
            {move || {
                newest
                    .with(|newest| newest.as_ref().err().cloned())
                    .map(|problem| view! { <Trouble problem=problem on_retry=move |()| { read.dispatch(()); } /> })
            }}
            <Timeline moments=moments today=today />
            {move || {
                cursor()
                    .map(|cursor| {
                        view! {
                            <Button size=Size::Small on_press=move |()| { load.dispatch(cursor.clone()); }>"Load older"</Button>
                        }
                    })
            }}
        </Section>
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

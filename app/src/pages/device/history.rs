//! What happened to a device: people, planner and the device itself in one timeline.

use leptos::prelude::*;
use twin::time::Timestamp;

use crate::api::device::{Device, Happening, Timeline as Stretch, What, timeline};
use crate::format;
use crate::ui::{Button, Ghost, Is, Moment, Notice, Section, Size, Timeline};

/// The section of history: the newest stretch follows the device, older ones are added on demand.
#[component]
pub(super) fn History(device: RwSignal<Device>) -> impl IntoView {
    let id = Memo::new(move |_| device.with(|device| device.id.clone()));
    // Whatever changed the device wrote its history: its sequence says when to read again.
    let at = Memo::new(move |_| device.with(|device| (device.seq, device.is_connected)));
    let newest = Resource::new(move || (id.get(), at.get()), |(id, _)| timeline(id, None));
    let older = RwSignal::new(Vec::<Happening>::new());
    let more = RwSignal::new(None::<Option<String>>);
    let load = Action::new(move |from: &String| timeline(id.get_untracked(), Some(from.clone())));
    let loaded = load.value();
    Effect::new(move |_| {
        if let Some(Ok(stretch)) = loaded.get() {
            more.set(Some(stretch.older));
            older.update(|older| older.extend(stretch.happenings));
        }
    });
    view! {
        <Section id="history" title="What happened".to_owned()>
            <Transition fallback=|| view! { <p><Ghost width="4" /></p> }>
                {move || Suspend::new(async move {
                    match newest.await {
                        Ok(stretch) => {
                            let from = move |first: Option<String>| more.get().unwrap_or(first);
                            view! { <Moments stretch=stretch older=older from=from load=load /> }.into_any()
                        }
                        Err(problem) => view! { <Notice is=Is::Fault>{problem.sentence}</Notice> }.into_any(),
                    }
                })}
            </Transition>
        </Section>
    }
}

#[component]
fn Moments(
    stretch: Stretch,
    older: RwSignal<Vec<Happening>>,
    from: impl Fn(Option<String>) -> Option<String> + Send + Sync + 'static,
    load: Action<String, Result<Stretch, crate::api::Problem>>,
) -> impl IntoView {
    let Stretch { happenings, older: first, as_of } = stretch;
    let newest = StoredValue::new(happenings);
    let moments = Signal::derive(move || {
        let mut seen = std::collections::BTreeSet::new();
        let older = older.get();
        let all = newest.with_value(|newest| newest.iter().chain(&older).cloned().collect::<Vec<_>>());
        all.into_iter().filter(|one| seen.insert(one.key.clone())).map(|one| moment(one, as_of)).collect::<Vec<_>>()
    });
    let cursor = Signal::derive(move || from(first.clone()));
    view! {
        <Timeline moments=moments today=format::day(as_of, as_of) />
        {move || {
            cursor
                .get()
                .map(|cursor| {
                    view! {
                        <Button size=Size::Small on_press=move |()| { load.dispatch(cursor.clone()); }>"Load older"</Button>
                    }
                })
        }}
    }
}

/// A happening in words.
fn moment(happening: Happening, as_of: Timestamp) -> Moment {
    let (is, sentence) = match happening.what {
        What::Reported => (Is::Reported, "Reported"),
        What::Asked => (Is::Desired, "Asked for"),
        What::Tagged => (Is::Next, "Tagged"),
        What::Registered => (Is::Converged, "Registered"),
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
        cause: happening.cause,
    }
}

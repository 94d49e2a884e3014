//! What happened to a device: people, jobs and the device itself in one timeline, or one kind of them.

use twin::time::Timestamp;

use crate::api::Problem;
use crate::api::device::{Device, Happening, Timeline as Stretch, What, timeline};
use crate::format;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::routes::{Address, Glance, Topic};
use crate::ui::{Button, Is, Moment, Section, Size, Tab, Tabs, Timeline};

/// What the newest stretch stands at: what the person chose and did, then the device's sequence, whether it is
/// connected, when it was heard.
type At = ((Option<Topic>, u32), u64, bool, Option<Timestamp>);

/// The section of history. What happens meanwhile is counted and shown on the person's word, so that nothing that is
/// being read moves; what the person did here is shown at once. Older stretches are added on demand.
#[component]
pub(super) fn History(
    device: RwSignal<Device>,
    first: Result<Stretch, Problem>,
    glance: Memo<Glance>,
    /// How often the person did something here that stands in the history.
    did: RwSignal<u32>,
) -> impl IntoView {
    let newest = RwSignal::new(first);
    let waiting = RwSignal::new(None::<Arrived>);
    // Whether the next answer is what the person waits for.
    let is_wanted = StoredValue::new(false);
    let older = RwSignal::new(Vec::<Happening>::new());
    // Where the stretch before the oldest one shown begins, once older ones were asked for.
    let more = RwSignal::new(None::<Option<String>>);
    let id = move || device.with_untracked(|device| device.id.clone());
    let topic = memo(move || glance.with(|glance| glance.topic));
    // What the stretch that is shown is about.
    let of = StoredValue::new(topic.get_untracked());
    // Whatever changed the device wrote its history: its sequence says when to read again.
    let at = memo(move || {
        let topic = topic.get();
        device.with(|device| {
            let heard = (topic == Some(Topic::Messages)).then_some(device.last_activity);
            ((topic, did.get()), device.seq, device.is_connected, heard)
        })
    });
    let show = move |arrived: Arrived| {
        waiting.set(None);
        if !arrived.is_joined {
            older.set(Vec::new());
            more.set(None);
        }
        newest.set(arrived.stretch);
    };
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
                is_wanted.set_value(true);
            }
            read.dispatch(());
        }
        at
    });
    effect(move || {
        if let Some((asked, stretch)) = read.value().get()
            && asked == topic.get_untracked()
        {
            // Of another topic nothing is joined: its entries may be among those of all.
            let is_same = of.get_value() == asked;
            let arrived = newest.with_untracked(|newest| {
                arrived(newest.as_ref().ok().filter(|_| is_same), stretch)
            });
            of.set_value(asked);
            if is_wanted.get_value() || arrived.stretch.is_err() {
                is_wanted.set_value(false);
                show(arrived);
            } else {
                waiting.set((arrived.count > 0).then_some(arrived));
            }
        }
    });
    let load = Action::new(move |from: &String| ask(Some(from.clone())));
    let failed = RwSignal::new(None::<Problem>);
    effect(move || match load.value().get() {
        Some((asked, Ok(stretch))) if asked == topic.get_untracked() => {
            failed.set(None);
            more.set(Some(stretch.older));
            older.update(|older| older.extend(stretch.happenings));
        }
        Some((_, Err(problem))) => failed.set(Some(problem)),
        _ => {}
    });
    let as_of = derived(move || {
        newest.with(|newest| {
            newest
                .as_ref()
                .map(|newest| newest.as_of)
                .unwrap_or_default()
        })
    });
    let moments = derived(move || {
        let mut all = newest.with(|newest| {
            newest
                .as_ref()
                .map(|newest| newest.happenings.clone())
                .unwrap_or_default()
        });
        let length = all.len();
        for one in older.get() {
            // What is newer may begin within what was loaded before.
            if all[..length].iter().all(|newer| newer.key != one.key) {
                all.push(one);
            }
        }
        all.into_iter()
            .map(|one| moment(one, as_of.get()))
            .collect::<Vec<_>>()
    });
    let cursor = memo(move || {
        let first =
            newest.with(|newest| newest.as_ref().ok().and_then(|newest| newest.older.clone()));
        more.get().unwrap_or(first)
    });
    let tabs = derived(move || {
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
    let offer = move || {
        waiting.get().map(|arrived| {
            let words = arrived.words();
            view! { <Button size=Size::Small on_press=move |()| show(arrived.clone())>{words}</Button> }
        })
    };
    let today = format::day(as_of.get_untracked(), as_of.get_untracked());
    view! {
        <Section id="history" title="What happened".to_owned() end=move || view! { {offer} }>
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

/// A newer stretch than the one that is shown.
#[derive(Clone)]
struct Arrived {
    /// How many of its moments are not shown yet.
    count: usize,
    /// Whether the stretch that is shown is its end: if not, there may be more between the two.
    is_joined: bool,
    stretch: Result<Stretch, Problem>,
}

impl Arrived {
    fn words(&self) -> String {
        let may_miss = |stretch: &Stretch| !self.is_joined && stretch.older.is_some();
        let more = if self.stretch.as_ref().is_ok_and(may_miss) {
            "+"
        } else {
            ""
        };
        format!("{}{more} new, show", self.count)
    }
}

/// What a newer stretch adds to the one that is shown, which stays below it.
fn arrived(shown: Option<&Stretch>, newer: Result<Stretch, Problem>) -> Arrived {
    let joint = |newer: &Stretch| {
        let first = shown?.happenings.first()?;
        newer.happenings.iter().position(|one| one.key == first.key)
    };
    match (newer, shown) {
        (Ok(newer), Some(shown)) if let Some(count) = joint(&newer) => {
            let mut happenings = newer.happenings;
            happenings.truncate(count);
            happenings.extend(shown.happenings.iter().cloned());
            let (older, as_of) = (shown.older.clone(), newer.as_of);
            Arrived {
                count,
                is_joined: true,
                stretch: Ok(Stretch {
                    happenings,
                    older,
                    as_of,
                }),
            }
        }
        (stretch, _) => Arrived {
            count: stretch.as_ref().map_or(0, |newer| newer.happenings.len()),
            is_joined: false,
            stretch,
        },
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

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(keys: &[&str], older: Option<&str>) -> Stretch {
        let happening = |key: &&str| Happening {
            key: (*key).to_owned(),
            at: Timestamp::NEVER,
            what: What::Other,
            subject: String::new(),
            cause: String::new(),
            href: None,
        };
        Stretch {
            happenings: keys.iter().map(happening).collect(),
            older: older.map(ToOwned::to_owned),
            as_of: Timestamp::NEVER,
        }
    }

    #[test]
    fn what_arrives_is_put_above_what_is_shown_and_counted() {
        let shown = stretch(&["3", "2", "1"], Some("before 1"));
        let all = arrived(
            Some(&shown),
            Ok(stretch(&["5", "4", "3"], Some("before 3"))),
        );
        assert_eq!(all.words(), "2 new, show");
        assert_eq!(
            all.stretch,
            Ok(stretch(&["5", "4", "3", "2", "1"], Some("before 1")))
        );
        assert!(all.is_joined);
    }

    #[test]
    fn what_may_have_more_below_it_takes_the_place_of_what_is_shown() {
        let shown = stretch(&["1"], None);
        let newer = stretch(&["9", "8"], Some("before 8"));
        let all = arrived(Some(&shown), Ok(newer.clone()));
        assert_eq!(
            (all.words().as_str(), all.is_joined),
            ("2+ new, show", false)
        );
        assert_eq!(all.stretch, Ok(newer));
    }

    #[test]
    fn nothing_new_is_nothing_to_show() {
        let shown = stretch(&["2", "1"], None);
        assert_eq!(arrived(Some(&shown), Ok(shown.clone())).count, 0);
        let empty = stretch(&[], None);
        assert_eq!(arrived(Some(&empty), Ok(empty.clone())).count, 0);
        assert_eq!(arrived(Some(&empty), Ok(shown)).words(), "2 new, show");
    }
}

//! Needs a person: what the checks found, who took it, and what came or went since somebody looked.
//!
//! Lines change in place; new ones come in and those that are over go only when a person says so.

use twin::time::Timestamp;

use super::listed::{Listed, Moved};
use crate::api::Problem;
use crate::api::overview::{Attention, Grave, Overview, take};
use crate::browser;
use crate::format;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::routes::{Address, Search, Settings};
use crate::shell::{Toast, use_key, use_now, use_toasts, use_who};
use crate::ui::{Button, Is, Kind, LinkButton, Mark, Section, Size};

/// The way to take things, one at a time.
#[derive(Clone, Copy)]
pub(super) struct Taking {
    shown: Memo<Overview>,
    action: Action<(String, bool), Result<Overview, Problem>>,
    /// Why the reader may not; `None` when they may.
    cannot: StoredValue<Option<String>>,
}

impl Taking {
    /// What is taken shows at once, with whatever else the answer has.
    pub(super) fn over(shown: Memo<Overview>, arrived: RwSignal<Option<Overview>>) -> Self {
        let action =
            Action::new(|(check, is_taken): &(String, bool)| take(check.clone(), *is_taken));
        effect(move || {
            if let Some(Ok(overview)) = action.value().get() {
                arrived.set(Some(overview));
            }
        });
        Self {
            shown,
            action,
            cannot: StoredValue::new(use_who().cannot_change()),
        }
    }

    fn begin(self, check: String, is_taken: bool) {
        if !self.action.pending().get_untracked() {
            self.action.dispatch((check, is_taken));
        }
    }

    /// Why nothing can be taken at this moment.
    fn blocked(self) -> Option<String> {
        self.cannot.get_value().or_else(|| {
            let is_pending = self.action.pending().get();
            is_pending.then(|| "Waiting for the server.".to_owned())
        })
    }

    /// Why the next one cannot be taken.
    fn no_next(self) -> Option<String> {
        self.blocked().or_else(|| {
            let is_none = self.shown.with(|shown| next(shown).is_none());
            is_none.then(|| "Nothing waits for a person.".to_owned())
        })
    }

    /// Takes the first that nobody has, and moves to it.
    fn take_next(self) {
        if let Some((check, _)) = self.shown.with_untracked(next) {
            browser::focus(&open_id(&check));
            self.begin(check, true);
        }
    }
}

/// The worst and oldest that nobody has taken.
fn next(shown: &Overview) -> Option<(String, String)> {
    let free = shown.attention.iter().find(|one| one.taken.is_none())?;
    Some((free.id.clone(), free.sentence.clone()))
}

fn open_id(check: &str) -> String {
    format!("open-{check}")
}

/// The button of the page, and its key.
#[component]
pub(super) fn TakeNext(taking: Taking) -> impl IntoView {
    let toasts = use_toasts();
    use_key("n", "Take the next", move || match taking.no_next() {
        Some(reason) => toasts.say(Toast::new(Is::Desired, reason)),
        None => taking.take_next(),
    });
    let disabled = derived(move || taking.no_next());
    view! {
        <span class="needs-script">
            <Button kind=Kind::Primary key="N" disabled=disabled on_press=move |()| taking.take_next()>"Take the next"</Button>
        </span>
    }
}

/// The section.
#[component]
pub(super) fn NeedsPerson(taking: Taking) -> impl IntoView {
    let shown = taking.shown;
    let now = use_now();
    let present = memo(move || {
        shown.with(|shown| {
            shown
                .attention
                .iter()
                .map(|one| one.id.clone())
                .collect::<Vec<_>>()
        })
    });
    let listed = Listed::of(present);
    let note = derived(move || shown.with(|shown| note(&shown.attention, now.get())));
    let has_lines = memo(move || listed.has_some());
    let end = move || view! { <Moved listed=listed /> };
    let trouble = move || taking.action.value().get().and_then(Result::err);
    view! {
        <Section id="attention" title="Needs a person" note=note end=end>
            {move || trouble().map(|problem| view! { <Trouble problem=problem /> })}
            <Show when=move || has_lines.get() fallback=|| view! { <Nothing /> }>
                <ul class="attend">
                    <For each=move || listed.get() key=Clone::clone children=move |id| view! { <Line id=id taking=taking now=now /> } />
                </ul>
            </Show>
        </Section>
    }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <p class="dim">
            "Nothing. Silence, refusals, long drift, credentials, the certificate, the database and its tasks are looked at all the time; "
            <a href=Address::Settings(Settings::Limits).href()>"the limits"</a> " say when one of them is shown here."
        </p>
    }
}

/// One line: what holds, what the data says of the cause, since when, and what to do.
#[component]
fn Line(id: String, taking: Taking, now: Signal<Timestamp>) -> impl IntoView {
    let check = StoredValue::new(id.clone());
    let open_id = open_id(&id);
    // The last that was known stays while the line is over.
    let line = Memo::new(move |before: Option<&(Attention, bool)>| {
        let found = taking.shown.with(|shown| {
            let of_check = |one: &&Attention| check.with_value(|check| &one.id == check);
            shown.attention.iter().find(of_check).cloned()
        });
        match found {
            Some(found) => (found, true),
            None => (
                before.map(|(line, _)| line.clone()).unwrap_or_default(),
                false,
            ),
        }
    });
    let is_over = memo(move || line.with(|(_, holds)| !holds));
    let taken = memo(move || line.with(|(line, _)| line.taken.clone()));
    let quiet = move || (is_over.get() || taken.with(Option::is_some)).then_some("heard");
    let is = derived(move || {
        line.with(|(line, holds)| match line.grave {
            _ if !holds => Is::Converged,
            _ if line.taken.is_some() => Is::Paused,
            Grave::Fault => Is::Fault,
            Grave::Drift => Is::Drift,
            Grave::Silent => Is::Silent,
        })
    });
    let who = use_who().name.unwrap_or_default();
    let below = move || {
        if is_over.get() {
            return "It is no longer so.".to_owned();
        }
        let cause = line.with(|(line, _)| line.cause.clone());
        taken.with(|taken| match taken {
            Some((by, at)) => format!("Taken by {by}, {}. {cause}", format::clock(*at)),
            None => cause,
        })
    };
    let age = move || line.with(|(line, _)| format::lasting(line.since, now.get()));
    let since = move || line.with(|(line, _)| format!("since {}", format::instant(line.since)));
    let href = memo(move || line.with(|(line, _)| address(line).href()));
    let is_yours =
        memo(move || taken.with(|taken| taken.as_ref().is_some_and(|(by, _)| *by == who)));
    let disabled = derived(move || taking.blocked());
    let set = move |is_taken: bool| taking.begin(check.get_value(), is_taken);
    let sentence = memo(move || line.with(|(line, _)| line.sentence.clone()));
    let deed = move || match (is_over.get(), taken.with(Option::is_some), is_yours.get()) {
        (true, ..) | (_, true, false) => ().into_any(),
        (_, true, true) => view! {
            <Button size=Size::Small kind=Kind::Quiet disabled=disabled on_press=move |()| set(false)>"Give back"</Button>
        },
        (_, false, _) => view! {
            <Button size=Size::Small disabled=disabled on_press=move |()| set(true)>"Take it"</Button>
        },
    };
    view! {
        <li data-is=quiet>
            <Mark is=is />
            <div>
                <h3>{move || sentence.get()}</h3>
                <p>{below}</p>
            </div>
            <div class="do">
                <span class="age" title=since>{age}</span>
                <span class="needs-script">{deed}</span>
                <span id=open_id tabindex="-1"><LinkButton size=Size::Small kind=Kind::Quiet href=move || href.get()>"Open"</LinkButton></span>
            </div>
        </li>
    }
}

/// Where a line leads: exactly its devices, or where what is around them is seen.
fn address(line: &Attention) -> Address {
    match &line.condition {
        Some(condition) => Address::Devices(Search::of(condition)),
        None => Address::Settings(Settings::Internals),
    }
}

/// How many are open and taken, and how old the oldest is.
fn note(attention: &[Attention], now: Timestamp) -> String {
    let taken = attention.iter().filter(|one| one.taken.is_some()).count();
    let Some(oldest) = attention.iter().map(|one| one.since).min() else {
        return "all is well".to_owned();
    };
    format!(
        "{} open · {taken} taken · oldest {}",
        attention.len() - taken,
        format::lasting(oldest, now)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: &str, taken: Option<&str>, since: i64) -> Attention {
        Attention {
            id: id.to_owned(),
            since: Timestamp::from_ms(since),
            taken: taken.map(|by| (by.to_owned(), Timestamp::from_ms(since))),
            ..Attention::default()
        }
    }

    #[test]
    fn the_next_is_the_first_that_nobody_has() {
        let mut shown = Overview {
            attention: vec![
                one("a", Some("mina"), 1),
                one("b", None, 2),
                one("c", None, 3),
            ],
            ..Overview::default()
        };
        assert_eq!(next(&shown).map(|(id, _)| id).as_deref(), Some("b"));
        assert_eq!(
            note(&shown.attention, Timestamp::from_ms(60_001)),
            "2 open · 1 taken · oldest 1 min"
        );
        shown.attention.truncate(1);
        assert_eq!(next(&shown), None);
        assert_eq!(note(&[], Timestamp::from_ms(0)), "all is well");
    }

    #[test]
    fn a_line_leads_to_exactly_its_devices() {
        let mut line = one("a", None, 0);
        assert_eq!(address(&line), Address::Settings(Settings::Internals));
        line.condition = Some("drift.refused > 0".to_owned());
        assert_eq!(
            address(&line),
            Address::Devices(Search::of("drift.refused > 0"))
        );
    }
}

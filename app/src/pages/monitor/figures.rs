//! The sentence and the six figures of the fleet overview.

use std::time::Duration;

use twin::time::Timestamp;

use crate::api::overview::{Overview, Recent};
use crate::conditions;
use crate::format;
use crate::prelude::*;
use crate::routes::{Address, Search};
use crate::ui::{Is, Stat};

fn devices(condition: &str) -> String {
    Address::Devices(Search::of(condition)).href()
}

/// How the fleet is, in one sentence whose figures are links. Read out at most when its words change by a person's visit:
/// it is not a live region, the figures below carry the changes.
#[component]
pub(super) fn Sentence(shown: Memo<Overview>) -> impl IntoView {
    let figures = memo(move || shown.with(|shown| shown.figures.clone()));
    let connected =
        move || figures.with(|figures| format::share(figures.connected, figures.devices, 2));
    let drifting = memo(move || figures.with(|figures| figures.drifting));
    let refusing = memo(move || figures.with(|figures| figures.refusing));
    let noun = |count: u64, one, many| if count == 1 { one } else { many };
    let differ = move || match drifting.get() {
        0 => view! { "and every device reports what was asked of it." },
        _ => view! {
            <a href=devices(conditions::DRIFTING)>
                <b>{move || format::count(drifting.get())}</b>
                " "
                {move || noun(drifting.get(), "device", "devices")}
            </a>
            {move || noun(drifting.get(), " differs", " differ")}
            " from what was asked of "
            {move || noun(drifting.get(), "it", "them")}
        },
    };
    let refuse = move || match (drifting.get(), refusing.get()) {
        (0, _) => ().into_any(),
        (_, 0) => view! { ", and none refuses." },
        _ => view! {
            ", and "
            <a href=devices(conditions::REFUSING)><b>{move || format::count(refusing.get())}</b></a>
            {move || noun(refusing.get(), " refuses.", " refuse.")}
        },
    };
    let jobs = memo(move || shown.with(|shown| shown.jobs));
    let moves = move || {
        view! {
            " "
            <a href="#in-motion">
                <b>{move || format::count(jobs.get())}</b>
                {move || noun(jobs.get(), " job", " jobs")}
            </a>
            {move || noun(jobs.get(), " is under way.", " are under way.")}
        }
    };
    let untaken = memo(move || {
        shown.with(|shown| {
            let free = shown.attention.iter().filter(|one| one.taken.is_none());
            u64::try_from(free.count()).unwrap_or(u64::MAX)
        })
    });
    let waits = move || {
        view! {
            " "
            <a href="#attention">
                <b>{move || format::count(untaken.get())}</b>
                {move || noun(untaken.get(), " thing", " things")}
            </a>
            {move || noun(untaken.get(), " needs a person.", " need a person.")}
        }
    };
    // The words change only when a count reaches or leaves nothing; figures change within them.
    let has_drift = memo(move || drifting.get() > 0);
    let has_refusal = memo(move || refusing.get() > 0);
    let has_jobs = memo(move || jobs.get() > 0);
    let has_untaken = memo(move || untaken.get() > 0);
    view! {
        <a href=devices(conditions::CONNECTED)><b>{connected}</b></a>
        " of the fleet is connected"
        {move || if has_drift.get() { ". " } else { ", " }}
        {move || { let _ = has_drift.get(); untrack(differ) }}
        {move || { let _ = (has_drift.get(), has_refusal.get()); untrack(refuse) }}
        {move || has_jobs.get().then(|| untrack(moves))}
        {move || has_untaken.get().then(|| untrack(waits))}
    }
}

/// Six figures, each with its last day and its query.
#[component]
pub(super) fn Stats(shown: Memo<Overview>) -> impl IntoView {
    let figures = memo(move || shown.with(|shown| shown.figures.clone()));
    let recent = memo(move || shown.with(|shown| shown.recent.clone()));
    // The figure and its unit.
    let answer = move || {
        let answer_ms = figures.with(|figures| figures.answer_ms)?;
        let took = format::took(Duration::from_millis(answer_ms));
        let (figure, unit) = took.split_once([' ', format::THIN])?;
        Some((figure.to_owned(), format!("{unit} p95")))
    };
    view! {
        <section class="stats" aria-label="Figures">
            <Stat
                name="Converged"
                is=Is::Converged
                figure=move || figures.with(|f| format::ratio(f.converged, f.devices).map_or_else(|| format::UNKNOWN.to_owned(), |share| format::percent_figure(share, 2)))
                unit="%"
                recent=move || recent.with(|recent| recent.converged.clone())
                note=move || figures.with(|f| format!("{} of {}", format::count(f.converged), format::count(f.devices)))
                href=devices(conditions::CONVERGED)
            />
            <Stat
                name="Drifting"
                is=Is::Drift
                figure=move || figures.with(|f| format::count(f.drifting))
                recent=move || recent.with(|recent| recent.drifting.clone())
                note=move || figures.with(|f| format!("and {} refusing", format::count(f.refusing)))
                note_href=devices(conditions::REFUSING)
                href=devices(conditions::DRIFTING)
            />
            <Stat
                name="Connected"
                is=Is::Reported
                figure=move || figures.with(|f| format::count(f.connected))
                recent=move || recent.with(|recent| recent.connected.clone())
                note=move || figures.with(|f| format!("{} not", format::count(f.devices.saturating_sub(f.connected))))
                note_href=devices(conditions::NOT_CONNECTED)
                href=devices(conditions::CONNECTED)
            />
            <Stat
                name="Silent over 24 h"
                is=Is::Silent
                figure=move || figures.with(|f| format::count(f.silent))
                recent=move || recent.with(|recent| recent.silent.clone())
                note=move || figures.with(|f| format::share(f.silent, f.devices, 2))
                href=devices(conditions::SILENT)
            />
            <Stat
                name="Messages in"
                figure=move || figures.with(|f| format::number(f.messages_per_second, 1))
                unit="/s"
                recent=move || recent.with(|recent| recent.messages.clone())
                note=move || shown.with(|shown| peak(&shown.recent, shown.as_of))
            />
            <Stat
                name="Command to answer"
                figure=move || answer().map_or_else(|| format::UNKNOWN.to_owned(), |(figure, _)| figure)
                unit=move || answer().map(|(_, unit)| unit).unwrap_or_default()
                recent=move || recent.with(|recent| recent.answer.clone())
                note=move || if answer().is_some() { "" } else { "nothing asked lately" }.to_owned()
            />
        </section>
    }
}

/// The highest of the course, and how long that reaches back.
fn peak(recent: &Recent, as_of: Timestamp) -> String {
    let peak = recent
        .messages
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .reduce(f64::max);
    let span = || format::duration(as_of.since(recent.since));
    peak.map_or_else(String::new, |peak| {
        format!("peak {} in {}", format::number(peak, 1), span())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_said_only_when_something_was_measured() {
        let recent = |messages: &[f64]| Recent {
            messages: messages.to_vec(),
            since: Timestamp::from_ms(0),
            ..Recent::default()
        };
        let as_of = Timestamp::from_ms(360_000);
        assert_eq!(peak(&recent(&[]), as_of), "");
        assert_eq!(
            peak(&recent(&[1.0, f64::NAN, 11_920.0]), as_of),
            "peak 11,920 in 6 min"
        );
    }
}

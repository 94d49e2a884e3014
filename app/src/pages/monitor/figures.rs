//! The sentence, the six figures and the firmware of the fleet overview.

use leptos::prelude::*;

use crate::api::overview::{Mix, Overview};
use crate::conditions;
use crate::format;
use crate::routes::{Address, Search};
use crate::ui::{Is, Section, Slice, Stack, Stat};

fn devices(condition: &str) -> String {
    Address::Devices(Search::of(condition)).href()
}

/// How the fleet is, in one sentence whose figures are links. Read out at most when its words change by a person's visit:
/// it is not a live region, the figures below carry the changes.
#[component]
pub(super) fn Sentence(shown: Memo<Overview>) -> impl IntoView {
    let figures = Memo::new(move |_| shown.with(|shown| shown.figures.clone()));
    let connected =
        move || figures.with(|figures| format::share(figures.connected, figures.devices, 2));
    let drifting = Memo::new(move |_| figures.with(|figures| figures.drifting));
    let refusing = Memo::new(move |_| figures.with(|figures| figures.refusing));
    let noun = |count: u64, one, many| if count == 1 { one } else { many };
    let differ = move || match drifting.get() {
        0 => view! { "and every device reports what was asked of it." }.into_any(),
        _ => view! {
            <a href=devices(conditions::DRIFTING)>
                <b>{move || format::count(drifting.get())}</b>
                " "
                {move || noun(drifting.get(), "device", "devices")}
            </a>
            {move || noun(drifting.get(), " differs", " differ")}
            " from what was asked of "
            {move || noun(drifting.get(), "it", "them")}
        }
        .into_any(),
    };
    let refuse = move || match (drifting.get(), refusing.get()) {
        (0, _) => ().into_any(),
        (_, 0) => view! { ", and none refuses." }.into_any(),
        _ => view! {
            ", and "
            <a href=devices(conditions::REFUSING)><b>{move || format::count(refusing.get())}</b></a>
            {move || noun(refusing.get(), " refuses.", " refuse.")}
        }
        .into_any(),
    };
    // The words change only when a count reaches or leaves nothing; figures change within them.
    let has_drift = Memo::new(move |_| drifting.get() > 0);
    let has_refusal = Memo::new(move |_| refusing.get() > 0);
    view! {
        <a href=devices(conditions::CONNECTED)><b>{connected}</b></a>
        " of the fleet is connected"
        {move || if has_drift.get() { ". " } else { ", " }}
        {move || { has_drift.track(); untrack(differ) }}
        {move || { (has_drift.get(), has_refusal.get()); untrack(refuse) }}
    }
}

/// Six figures, each with its last day and its query.
#[component]
pub(super) fn Stats(shown: Memo<Overview>) -> impl IntoView {
    let figures = Memo::new(move |_| shown.with(|shown| shown.figures.clone()));
    let recent = Memo::new(move |_| shown.with(|shown| shown.recent.clone()));
    let answer = move || figures.with(|figures| figures.answer_ms);
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds, shown to a tenth of a second"
    )]
    let seconds = move || {
        answer().map_or_else(
            || format::UNKNOWN.to_owned(),
            |ms| format::number(ms as f64 / 1_000.0, 1),
        )
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
                href=devices(conditions::DRIFTING)
            />
            <Stat
                name="Connected"
                is=Is::Reported
                figure=move || figures.with(|f| format::count(f.connected))
                recent=move || recent.with(|recent| recent.connected.clone())
                note=move || figures.with(|f| format!("{} not", format::count(f.devices.saturating_sub(f.connected))))
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
                note=move || recent.with(|recent| peak(&recent.messages))
            />
            <Stat
                name="Command to answer"
                figure=seconds
                unit=move || if answer().is_some() { "s p95" } else { "" }.to_owned()
                recent=move || recent.with(|recent| recent.answer.clone())
                note=move || if answer().is_some() { "" } else { "nothing asked lately" }.to_owned()
            />
        </section>
    }
}

/// The highest of the last day.
fn peak(recent: &[f64]) -> String {
    recent
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .reduce(f64::max)
        .map_or_else(String::new, |peak| {
            format!("peak {} in 24 h", format::number(peak, 1))
        })
}

/// Which firmware the models report; not there when no device reports any.
#[component]
pub(super) fn FirmwareSection(shown: Memo<Overview>) -> impl IntoView {
    let mix = Memo::new(move |_| shown.with(|shown| shown.firmware.clone()));
    let row = |mix: Mix| {
        let slices = slices(&mix);
        view! {
            <dt><a class="plain" href=devices(&conditions::class(&mix.model))>{mix.model.clone()}</a></dt>
            <dd><Stack slices=slices /></dd>
            <dd class="num">{format::count(mix.devices)}</dd>
        }
    };
    view! {
        <Show when=move || mix.with(|mix| !mix.is_empty())>
            <div class="under-head">
                <Section id="firmware" title="Firmware in the field" note="by model">
                    <dl class="mix">{move || mix.get().into_iter().map(row).collect_view()}</dl>
                    <div class="legend" aria-label="Key">
                        <span><i data-cat="1"></i>"newest"</span>
                        <span><i data-cat="2"></i>"one behind"</span>
                        <span><i data-cat="3"></i>"two behind"</span>
                        <span><i data-cat="5"></i>"older or unknown"</span>
                    </div>
                </Section>
            </div>
        </Show>
    }
}

/// The three newest versions, and the rest.
fn slices(mix: &Mix) -> Vec<Slice> {
    let mut slices: Vec<Slice> = (1..)
        .zip(mix.versions.iter().take(3))
        .map(|(category, (version, count))| Slice {
            name: version.clone(),
            count: *count,
            category,
        })
        .collect();
    let named: u64 = slices.iter().map(|slice| slice.count).sum();
    let older = mix.devices.saturating_sub(named);
    if older > 0 {
        slices.push(Slice {
            name: "older or unknown".to_owned(),
            count: older,
            category: 5,
        });
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_add_up_to_the_devices_of_the_model() {
        let versions = [("4.12.0", 10), ("4.11.3", 20), ("4.11.1", 5), ("4.10.8", 3)];
        let mix = Mix {
            model: "AM-4".into(),
            devices: 40,
            versions: versions
                .iter()
                .map(|(version, count)| ((*version).to_owned(), *count))
                .collect(),
        };
        let slices = slices(&mix);
        assert_eq!(slices.iter().map(|slice| slice.count).sum::<u64>(), 40);
        assert_eq!(
            slices
                .iter()
                .map(|slice| slice.category)
                .collect::<Vec<_>>(),
            [1, 2, 3, 5]
        );
    }

    #[test]
    fn a_peak_is_said_only_when_something_was_measured() {
        assert_eq!(peak(&[]), "");
        assert_eq!(peak(&[1.0, f64::NAN, 11_920.0]), "peak 11,920 in 24 h");
    }
}

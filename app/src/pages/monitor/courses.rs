//! What stands below the field: how many were connected, and which firmware they report.

use leptos::prelude::*;

use crate::api::Problem;
use crate::api::overview::{Mix, Overview};
use crate::conditions;
use crate::format;
use crate::pages::Trouble;
use crate::routes::{Address, Search};
use crate::ui::{Chart, Course, Section, Slice, Stack};

/// Labels below the chart.
const TIMES: u8 = 8;
/// A stretch without samples is a gap when it is longer than so many of the usual.
const GAP: f64 = 2.5 / 40.0;

/// Both, side by side where there is room.
#[component]
pub(super) fn Courses(
    shown: Memo<Overview>,
    firmware: Resource<Result<Vec<Mix>, Problem>>,
) -> impl IntoView {
    view! {
        <div class="cols" data-cols="7-5">
            <Connected shown=shown />
            <Transition>
                {move || Suspend::new(async move {
                    match firmware.await {
                        Ok(mixes) if mixes.is_empty() => ().into_any(),
                        Ok(mixes) => view! { <Firmware mixes=mixes /> }.into_any(),
                        Err(problem) => view! { <Trouble problem=problem /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

/// The share of the fleet that was connected.
#[component]
fn Connected(shown: Memo<Overview>) -> impl IntoView {
    let course = Memo::new(move |_| shown.with(course));
    let note = move || {
        shown.with(|shown| {
            format!(
                "share of the fleet, last {}",
                format::duration(shown.as_of.since(shown.recent.since))
            )
        })
    };
    let label = move || {
        shown.with(|shown| {
            format!(
                "Connected: {} of the fleet now",
                format::share(shown.figures.connected, shown.figures.devices, 2)
            )
        })
    };
    let has_course = Memo::new(move |_| course.with(|course| course.points.len() > 1));
    view! {
        <Section id="connected" title="Connected" note=note>
            <Show when=move || has_course.get() fallback=|| view! { <p class="faint">"The course begins with the first samples."</p> }>
                <Chart label=label course=course written=|value, decimals| format!("{}{}%", format::decimal(value, decimals), format::THIN) />
            </Show>
        </Section>
    }
}

/// The course of the share in percent, with times below.
fn course(shown: &Overview) -> Course {
    let span = shown.as_of.since(shown.recent.since);
    let place = |at: twin::time::Timestamp| {
        let whole = span.as_secs_f64();
        if whole > 0.0 {
            at.since(shown.recent.since).as_secs_f64() / whole
        } else {
            0.0
        }
    };
    let time = |number: u8| {
        let share = f64::from(number) / f64::from(TIMES);
        (
            share,
            format::clock(shown.recent.since.plus(span.mul_f64(share))),
        )
    };
    Course {
        points: shown
            .recent
            .connected_share
            .iter()
            .map(|(at, share)| (place(*at), share * 100.0))
            .collect(),
        times: (0..=TIMES).map(time).collect(),
        gap: GAP,
    }
}

/// Which firmware the models report, as of the loading of the page.
#[component]
fn Firmware(mixes: Vec<Mix>) -> impl IntoView {
    let row = |mix: Mix| {
        let slices = slices(&mix);
        let href = Address::Devices(Search::of(conditions::class(&mix.model))).href();
        view! {
            <dt><a class="plain" href=href>{mix.model.clone()}</a></dt>
            <dd><Stack slices=slices /></dd>
            <dd class="num">{format::count(mix.devices)}</dd>
        }
    };
    view! {
        <Section id="firmware" title="Firmware in the field" note="by model">
            <dl class="mix">{mixes.into_iter().map(row).collect_view()}</dl>
            <div class="legend" aria-label="Key">
                <span><i data-cat="1"></i>"newest"</span>
                <span><i data-cat="2"></i>"one behind"</span>
                <span><i data-cat="3"></i>"two behind"</span>
                <span><i data-cat="5"></i>"older or unknown"</span>
            </div>
        </Section>
    }
}

/// The three newest versions, and the rest.
fn slices(mix: &Mix) -> Vec<Slice> {
    let newest = (1..).zip(mix.versions.iter().take(3));
    let slice = |(category, (version, count)): (u8, &(String, u64))| Slice {
        name: version.clone(),
        count: *count,
        category,
    };
    let mut slices: Vec<Slice> = newest.map(slice).collect();
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
    use twin::time::Timestamp;

    use super::*;
    use crate::api::overview::Recent;

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
    fn the_course_runs_from_its_beginning_to_now() {
        let at = Timestamp::from_ms;
        let recent = Recent {
            since: at(0),
            connected_share: vec![(at(0), 0.5), (at(50_000), 0.75)],
            ..Recent::default()
        };
        let shown = Overview {
            as_of: at(100_000),
            recent,
            ..Overview::default()
        };
        let course = course(&shown);
        assert_eq!(course.points, [(0.0, 50.0), (0.5, 75.0)]);
        assert_eq!(
            course
                .times
                .first()
                .map(|(place, words)| (*place, words.as_str())),
            Some((0.0, "00:00"))
        );
        assert_eq!(
            course
                .times
                .last()
                .map(|(place, words)| (*place, words.as_str())),
            Some((1.0, "00:01"))
        );
    }
}

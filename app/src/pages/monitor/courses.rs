//! What stands below the field: how many were connected, and which firmware they report.

use twin::time::Timestamp;

use crate::api::Asked;
use crate::api::overview::{Mix, Overview};
use crate::conditions;
use crate::format;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::routes::{Address, Search};
use crate::ui::{Chart, Course, Section, Slice, Stack};

/// Labels below the chart, at most.
const TIMES_MAX: i64 = 8;
/// Distances between labels, in milliseconds: those of a clock's face.
const STEPS_MS: [i64; 16] = [
    1_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000,
    3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000,
];
const DAY_MS: i64 = 86_400_000;
/// A stretch without samples is a gap when it is longer than so many of the usual.
const GAP: f64 = 2.5;

/// Both, side by side where there is room.
#[component]
pub(super) fn Courses(shown: Memo<Overview>, firmware: Asked<Vec<Mix>>) -> impl IntoView {
    view! {
        <div class="cols" data-cols="7-5">
            <Connected shown=shown />
            <Transition>
                {move || Suspend::new(async move {
                    match firmware.await {
                        Ok(mixes) if mixes.is_empty() => ().into_any(),
                        Ok(mixes) => view! { <Firmware mixes=mixes /> },
                        Err(problem) => view! { <Trouble problem=problem /> },
                    }
                })}
            </Transition>
        </div>
    }
}

/// The share of the fleet that was connected.
#[component]
fn Connected(shown: Memo<Overview>) -> impl IntoView {
    let course = memo(move || shown.with(course));
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
            let then = shown.recent.week_ago.last().map_or_else(
                || "nothing was sampled a week ago".to_owned(),
                |(_, share)| format!("{} a week ago", format::percent(*share, 2)),
            );
            format!(
                "Connected: {} of the fleet now, {then}",
                format::share(shown.figures.connected, shown.figures.devices, 2)
            )
        })
    };
    let has_earlier = memo(move || course.with(|course| course.earlier.len() > 1));
    let end = move || {
        view! {
            <span class="legend" aria-label="Key">
                <span><i data-line="now"></i>"now"</span>
                {move || has_earlier.get().then(|| view! { <span><i data-line="earlier"></i>"a week ago"</span> })}
            </span>
        }
    };
    let has_course = memo(move || course.with(|course| course.points.len() > 1));
    view! {
        <Section id="connected" title="Connected" note=note end=end>
            <Show when=move || has_course.get() fallback=|| view! { <p class="faint">"The course begins with the first samples."</p> }>
                <Chart label=label course=course written=|value, decimals| format!("{}{}%", format::decimal(value, decimals), format::THIN) />
            </Show>
        </Section>
    }
}

/// The course of the share in percent, with times below.
fn course(shown: &Overview) -> Course {
    let span = shown.as_of.since(shown.recent.since);
    let place = |at: Timestamp| {
        let whole = span.as_secs_f64();
        if whole > 0.0 {
            at.since(shown.recent.since).as_secs_f64() / whole
        } else {
            0.0
        }
    };
    let points: Vec<_> = shown
        .recent
        .connected_share
        .iter()
        .map(|(at, share)| (place(*at), share * 100.0))
        .collect();
    let earlier: Vec<_> = shown
        .recent
        .week_ago
        .iter()
        .map(|(at, share)| (place(*at), share * 100.0))
        .filter(|(place, _)| (0.0..=1.0).contains(place))
        .collect();
    Course {
        earlier_gap: GAP * usual_distance(&earlier),
        earlier,
        gap: GAP * usual_distance(&points),
        points,
        times: times(shown.recent.since, shown.as_of)
            .into_iter()
            .map(|(at, words)| (place(at), words))
            .collect(),
    }
}

/// The median distance between neighbors, as a share of the width.
fn usual_distance(points: &[(f64, f64)]) -> f64 {
    let mut distances: Vec<f64> = points
        .windows(2)
        .map(|pair| pair[1].0 - pair[0].0)
        .collect();
    distances.sort_by(f64::total_cmp);
    distances.get(distances.len() / 2).copied().unwrap_or(0.0)
}

/// Round times from one instant to another, and how they are written: no two alike.
fn times(from: Timestamp, to: Timestamp) -> Vec<(Timestamp, String)> {
    let (from, to) = (from.as_ms(), to.as_ms());
    let step = STEPS_MS
        .into_iter()
        .find(|step| to - from <= step * TIMES_MAX)
        .unwrap_or(DAY_MS);
    let first = from.div_euclid(step) + i64::from(from.rem_euclid(step) > 0);
    let written = |at: Timestamp| match step {
        ..60_000 => format::clock_seconds(at),
        60_000..DAY_MS => format::clock(at),
        _ => format::month_day(at),
    };
    (first..=to.div_euclid(step))
        .map(|number| Timestamp::from_ms(number * step))
        .map(|at| (at, written(at)))
        .collect()
}

/// Which firmware the models report, as of the loading of the page.
#[component]
fn Firmware(mixes: Vec<Mix>) -> impl IntoView {
    let row = |mix: Mix| {
        let slices = slices(&mix);
        let href = Address::Devices(Search::of(conditions::class(&mix.model))).href();
        view! {
            <dt><a class="plain" href=href.clone()>{mix.model.clone()}</a></dt>
            <dd><Stack slices=slices /></dd>
            <dd class="num"><a class="plain" href=href.clone()>{format::count(mix.devices)}</a></dd>
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
        let written: Vec<_> = course
            .times
            .iter()
            .map(|(_, words)| words.as_str())
            .collect();
        assert_eq!(
            written,
            [
                "00:00:00", "00:00:15", "00:00:30", "00:00:45", "00:01:00", "00:01:15", "00:01:30"
            ]
        );
        assert!((course.times[2].0 - 0.3).abs() < 1e-9);
    }

    #[test]
    fn a_gap_is_longer_than_what_is_usual_in_this_course() {
        let at = |minute: i64| Timestamp::from_ms(minute * 60_000);
        let minutes = [0, 1, 2, 3, 7, 8];
        let shown = Overview {
            as_of: at(8),
            recent: Recent {
                since: at(0),
                connected_share: minutes.map(|minute| (at(minute), 1.0)).to_vec(),
                ..Recent::default()
            },
            ..Overview::default()
        };
        let course = course(&shown);
        let is_gap: Vec<_> = course
            .points
            .windows(2)
            .map(|pair| pair[1].0 - pair[0].0 > course.gap)
            .collect();
        assert_eq!(is_gap, [false, false, false, true, false]);
    }

    #[test]
    fn times_are_round_and_no_two_are_written_alike() {
        let start = Timestamp::parse("2026-11-22T22:47:13Z").unwrap();
        for seconds in [20, 61, 600, 3_600, 86_400, 6 * 86_400] {
            let end = start.plus(std::time::Duration::from_secs(seconds));
            let times = times(start, end);
            assert!((3..=9).contains(&times.len()), "{seconds}: {times:?}");
            assert!(times.iter().all(|(at, _)| (start..=end).contains(at)));
            assert!(
                times.windows(2).all(|pair| pair[0].1 != pair[1].1),
                "{times:?}"
            );
        }
        let day = times(start, start.plus(std::time::Duration::from_hours(24)));
        assert_eq!(day.first().map(|(_, words)| words.as_str()), Some("00:00"));
    }
}

//! How long a key takes: completion, coloring and reading at every caret of a long condition, for a fleet with as many
//! properties as a schema keeps.
//!
//! No checks of behavior and therefore ignored. Run it in release and alone:
//! `cargo test --release -p query --test speed -- --ignored --nocapture`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "figures are what it is for"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use query::{PathInfo, Schema, check_condition, complete, highlight, parse_condition};
use twin::limits::{INFERRED_PATHS_MAX, QUERY_CHARS_MAX};
use twin::scheme::PropertyType;

const VALUES: u64 = 50;
const REPEATS: usize = 15;
/// What a key may take.
const GOAL: Duration = Duration::from_millis(2);

fn schema() -> Schema {
    let sections = ["tags", "properties.desired", "properties.reported"];
    let groups = [
        "site",
        "network",
        "firmware",
        "telemetry",
        "battery",
        "position",
        "valve",
    ];
    let path = |number: usize| {
        let (section, group) = (sections[number % 3], groups[number % 7]);
        let is_text = number.is_multiple_of(2);
        let value = |value: u64| {
            let text = if is_text {
                format!("'value-{value:03}-of-{number}'")
            } else {
                value.to_string()
            };
            (text, 1_000_000 / (value + 1))
        };
        PathInfo {
            path: format!("{section}.{group}.property_{number:04}"),
            kind: if is_text {
                PropertyType::String
            } else {
                PropertyType::Number
            },
            share: f64::from(u32::try_from(number % 100).unwrap()) / 100.0,
            declared: number.is_multiple_of(10),
            title: format!("Property {number}"),
            values: (0..VALUES).map(value).collect(),
        }
    };
    Schema {
        paths: (0..INFERRED_PATHS_MAX).map(path).collect(),
    }
}

/// What people write, letter by letter, and what is as long as a query may be.
fn conditions() -> Vec<(&'static str, String)> {
    let usual = "tags.site.property_0000 = 'value-003-of-0' AND prop > 5 AND properties.reported.battery.property_0004 IN ['value-0', "
        .to_owned();
    let step = "tags.site.property_0000 = 'value-003-of-0' OR ";
    let long = step.repeat(QUERY_CHARS_MAX / step.len() - 1) + "tags.site.prop";
    vec![("usual", usual), ("longest", long)]
}

/// The median and the slowest of the medians at each place.
fn at_each(places: &[usize], mut work: impl FnMut(usize)) -> (Duration, Duration) {
    let mut medians: Vec<Duration> = places
        .iter()
        .map(|place| {
            let mut taken: Vec<Duration> = (0..REPEATS)
                .map(|_| {
                    let start = Instant::now();
                    work(*place);
                    start.elapsed()
                })
                .collect();
            taken.sort_unstable();
            taken[REPEATS / 2]
        })
        .collect();
    medians.sort_unstable();
    (medians[medians.len() / 2], medians[medians.len() - 1])
}

#[test]
#[ignore = "a measurement"]
fn a_key_at_two_thousand_paths() {
    let schema = schema();
    println!(
        "{} paths with {VALUES} values each; goal: a key below {GOAL:?}",
        schema.paths.len()
    );
    for (name, text) in conditions() {
        let all: Vec<usize> = (0..=text.len()).collect();
        let places: Vec<usize> = all
            .iter()
            .rev()
            .step_by(1 + text.len() / 400)
            .copied()
            .collect();
        // The least that an answer takes: looking once at each path.
        let (pass, _) = at_each(&places, |place| {
            let written = text[..place].rsplit([' ', '.']).next().unwrap_or_default();
            let found = schema
                .paths
                .iter()
                .filter(|known| known.path.contains(written));
            black_box(found.count());
        });
        println!(
            "{name}, {} letters; one pass over the paths {pass:.1?}",
            text.len()
        );
        let say = |what: &str, (median, slowest): (Duration, Duration)| {
            let ratio = median.as_secs_f64() / pass.as_secs_f64();
            let met = if slowest < GOAL { "met" } else { "NOT met" };
            println!(
                "  {what:<10} median {median:>9.1?} ({ratio:.2} passes), slowest {slowest:>9.1?}, goal {met}"
            );
        };
        say(
            "complete",
            at_each(&places, |place| {
                black_box(complete(&text, place, &schema));
            }),
        );
        say(
            "highlight",
            at_each(&places, |place| {
                black_box(highlight(&text[..place]));
            }),
        );
        say(
            "parse",
            at_each(&places, |place| {
                black_box(parse_condition(&text[..place]));
            }),
        );
        say(
            "check",
            at_each(&places, |place| {
                let condition = parse_condition(&text[..place]).condition;
                black_box(condition.map(|condition| check_condition(&condition, &schema)));
            }),
        );
    }
}

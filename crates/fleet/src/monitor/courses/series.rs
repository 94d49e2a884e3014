//! From numbers to courses: which are shown, and how they are put into buckets. Pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use twin::time::Timestamp;

/// Courses that are shown.
const SHOWN_MAX: usize = 3;
/// Readings that are offered besides.
const OFFERED_MAX: usize = 24;
/// Buckets of a course: so that seven days are an hour each.
const BUCKETS_MAX: u64 = 168;
/// How wide a bucket may be, in minutes.
const WIDTHS_MIN: [u64; 4] = [1, 5, 15, 60];

/// Where a number is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// A reported property, by its path below `properties.reported`.
    Reported(String),
    /// A member of the messages' bodies, by its path.
    Sent(String),
}

impl Reading {
    /// The reading as a word for a URL: `reported.…` or `message.…`.
    pub fn key(&self) -> String {
        match self {
            Self::Reported(path) => format!("reported.{path}"),
            Self::Sent(path) => format!("message.{path}"),
        }
    }
}

/// One number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) reading: Reading,
    pub(super) at: Timestamp,
    pub(super) value: f64,
}

/// The numbers of one bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When the bucket begins.
    pub at: Timestamp,
    /// How many numbers.
    pub samples: u32,
    /// Their mean.
    pub mean: f64,
    /// The least.
    pub least: f64,
    /// The largest.
    pub most: f64,
}

/// The course of a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Where it is read.
    pub reading: Reading,
    /// The title that was declared; empty without one.
    pub title: String,
    /// The unit that was declared; empty without one.
    pub unit: String,
    /// The last number.
    pub last: (Timestamp, f64),
    /// The least and the largest.
    pub range: (f64, f64),
    /// How many numbers.
    pub samples: u32,
    /// The buckets that hold any, oldest first.
    pub points: Vec<Point>,
    /// The longest distance between neighbors that is no gap: three times the usual.
    pub gap: Duration,
}

/// What there is to show of a device's numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Courses {
    /// At most three.
    pub shown: Vec<Course>,
    /// What else could be shown, with how many numbers it has, the most first.
    pub others: Vec<(Reading, u32)>,
    /// When the first bucket begins.
    pub from: Timestamp,
    /// Now.
    pub to: Timestamp,
    /// How wide a bucket is.
    pub width: Duration,
    /// Since when numbers were looked at, when there may be older ones in the seven days.
    pub cut_at: Option<Timestamp>,
}

/// Chooses what is shown: `first` if there is any of it, then what was sent most.
pub(super) fn chosen(
    samples: Vec<Sample>,
    first: Option<&str>,
    (since, now): (Timestamp, Timestamp),
    cut_at: Option<Timestamp>,
) -> Courses {
    let mut by_reading: BTreeMap<Reading, Vec<(Timestamp, f64)>> = BTreeMap::new();
    for Sample { reading, at, value } in samples {
        by_reading.entry(reading).or_default().push((at, value));
    }
    // One number is no course, unless somebody asks for it.
    let is_first = |reading: &Reading| first.is_some_and(|first| reading.key() == first);
    by_reading.retain(|reading, found| found.len() > 1 || is_first(reading));
    let mut found: Vec<_> = by_reading.into_iter().collect();
    found.sort_by_key(|(reading, found)| (!is_first(reading), Reverse(found.len())));
    let rest = found.split_off(found.len().min(SHOWN_MAX));
    let oldest = found
        .iter()
        .flat_map(|(_, found)| found)
        .map(|(at, _)| *at)
        .min();
    let from = oldest.unwrap_or(now).max(since);
    let width = width(now.since(from));
    let shown = found
        .into_iter()
        .filter_map(|(reading, found)| course(reading, found, width))
        .collect();
    let count = |found: Vec<_>| u32::try_from(found.len()).unwrap_or(u32::MAX);
    Courses {
        shown,
        others: rest
            .into_iter()
            .take(OFFERED_MAX)
            .map(|(reading, found)| (reading, count(found)))
            .collect(),
        from: begin(from, width),
        to: now,
        width,
        cut_at,
    }
}

/// The narrowest bucket of which few enough cover a span.
fn width(span: Duration) -> Duration {
    let fits = |minutes: &u64| span.as_secs() <= minutes * 60 * BUCKETS_MAX;
    let minutes = WIDTHS_MIN.into_iter().find(fits).unwrap_or(60);
    Duration::from_mins(minutes)
}

/// When the bucket begins that holds a moment.
fn begin(at: Timestamp, width: Duration) -> Timestamp {
    let width = i64::try_from(width.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_ms(at.as_ms() - at.as_ms().rem_euclid(width))
}

fn course(reading: Reading, mut found: Vec<(Timestamp, f64)>, width: Duration) -> Option<Course> {
    // Stable: of numbers of one moment the newest stays the last.
    found.reverse();
    found.sort_by_key(|(at, _)| *at);
    let last = *found.last()?;
    let mut points: Vec<Point> = Vec::new();
    for (at, value) in &found {
        let at = begin(*at, width);
        match points.last_mut().filter(|point| point.at == at) {
            Some(point) => {
                point.samples += 1;
                point.mean += (value - point.mean) / f64::from(point.samples);
                point.least = point.least.min(*value);
                point.most = point.most.max(*value);
            }
            None => points.push(Point {
                at,
                samples: 1,
                mean: *value,
                least: *value,
                most: *value,
            }),
        }
    }
    let least = points
        .iter()
        .map(|point| point.least)
        .fold(f64::MAX, f64::min);
    let most = points
        .iter()
        .map(|point| point.most)
        .fold(f64::MIN, f64::max);
    Some(Course {
        reading,
        title: String::new(),
        unit: String::new(),
        last,
        range: (least, most),
        samples: u32::try_from(found.len()).unwrap_or(u32::MAX),
        gap: gap(&points, width),
        points,
    })
}

/// Three times the usual distance of neighbors: a device that speaks every three hours has no gaps in between.
fn gap(points: &[Point], width: Duration) -> Duration {
    let mut apart: Vec<Duration> = points
        .windows(2)
        .map(|pair| pair[1].at.since(pair[0].at))
        .collect();
    apart.sort();
    let usual = apart.get(apart.len() / 2).copied().unwrap_or(width);
    usual.max(width) * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_795_341_600_000);

    fn ago(minutes: u64) -> Timestamp {
        NOW.minus(Duration::from_mins(minutes))
    }

    fn samples(path: &str, values: &[(u64, f64)]) -> Vec<Sample> {
        let sample = |(minutes, value): &(u64, f64)| Sample {
            reading: Reading::Reported(path.to_owned()),
            at: ago(*minutes),
            value: *value,
        };
        values.iter().map(sample).collect()
    }

    fn shown(samples: Vec<Sample>, first: Option<&str>) -> Courses {
        chosen(samples, first, (ago(7 * 24 * 60), NOW), None)
    }

    #[test]
    fn what_is_sent_most_is_shown_and_what_is_asked_for_comes_first() {
        let all = || {
            let many = |path: &str, count: u64| {
                samples(path, &(0..count).map(|n| (n, 1.0)).collect::<Vec<_>>())
            };
            [
                many("a", 1),
                many("b", 2),
                many("c", 5),
                many("d", 4),
                many("e", 3),
            ]
            .concat()
        };
        for (first, wanted) in [
            (None, ["reported.c", "reported.d", "reported.e"]),
            (
                Some("reported.b"),
                ["reported.b", "reported.c", "reported.d"],
            ),
            (
                Some("reported.a"),
                ["reported.a", "reported.c", "reported.d"],
            ),
            (
                Some("message.b"),
                ["reported.c", "reported.d", "reported.e"],
            ),
        ] {
            let courses = shown(all(), first);
            let keys: Vec<_> = courses.shown.iter().map(|one| one.reading.key()).collect();
            assert_eq!(keys, wanted, "{first:?}");
        }
        let others: Vec<_> = shown(all(), None).others;
        assert_eq!(others, [(Reading::Reported("b".to_owned()), 2)]);
    }

    #[test]
    fn buckets_are_as_narrow_as_the_span_allows() {
        for (oldest, minutes) in [
            (2, 1),
            (168, 1),
            (169, 5),
            (841, 15),
            (2_521, 60),
            (10_079, 60),
        ] {
            let courses = shown(samples("a", &[(oldest, 1.0), (1, 2.0)]), None);
            assert_eq!(courses.width, Duration::from_mins(minutes), "{oldest}");
            assert!(courses.from <= ago(oldest) && courses.shown[0].points.len() == 2);
        }
    }

    #[test]
    fn a_bucket_has_the_mean_and_the_ends_of_its_numbers() {
        let courses = shown(
            samples("a", &[(0, 9.0), (30, 4.0), (30, 2.0), (30, 6.0), (31, 1.0)]),
            None,
        );
        let course = &courses.shown[0];
        assert_eq!(
            (course.range, course.samples, course.last.1),
            ((1.0, 9.0), 5, 9.0)
        );
        let point = course.points[1];
        assert_eq!(
            (point.samples, point.mean, point.least, point.most),
            (3, 4.0, 2.0, 6.0)
        );
        assert_eq!(course.points.len(), 3);
    }

    #[test]
    fn a_gap_is_longer_than_three_usual_distances() {
        let courses = shown(
            samples("a", &[(0, 1.0), (1, 1.0), (2, 1.0), (60, 1.0)]),
            None,
        );
        assert_eq!(courses.shown[0].gap, Duration::from_mins(3));
        let courses = shown(samples("a", &[(0, 1.0), (50, 1.0), (100, 1.0)]), None);
        assert_eq!(courses.shown[0].gap, Duration::from_mins(150));
    }

    #[test]
    fn nothing_is_nothing() {
        let courses = shown(Vec::new(), Some("reported.a"));
        assert!(courses.shown.is_empty() && courses.others.is_empty());
    }
}

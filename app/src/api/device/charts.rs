//! The numbers of a device as charts: titles, figures and conclusions in words.

use std::time::Duration;

use fleet::monitor::{Course, Courses, Reading};

use super::{Chart, Charts, Choice, Dot};
use crate::api::{Caller, Problem};
use crate::format;

/// The decimals that a number is written with at most.
const DECIMALS_MAX: usize = 3;

impl Caller {
    /// The charts of a device; `first` is the one that somebody asked for.
    pub(crate) async fn charts(&self, id: &str, first: Option<&str>) -> Result<Charts, Problem> {
        let device = super::ask::known(id)?;
        let monitor = self.fleet.monitor();
        Ok(charts(
            monitor.courses(&self.principal, &device, first).await?,
        ))
    }
}

fn charts(courses: Courses) -> Charts {
    let note = note(&courses);
    let others = courses.others.into_iter().map(|(reading, samples)| Choice {
        words: format!("{}, {}", name(&reading), times(samples)),
        key: reading.key(),
    });
    Charts {
        others: others.collect(),
        note,
        from: courses.from,
        to: courses.to,
        width_ms: millis(courses.width),
        charts: courses.shown.into_iter().map(chart).collect(),
    }
}

fn chart(course: Course) -> Chart {
    let (least, most) = course.range;
    let numbers = [course.last.1, least, most];
    let decimals = numbers.map(decimals).into_iter().max().unwrap_or(0);
    let written = |number: f64| with_unit(number, decimals, &course.unit);
    let source = match &course.reading {
        Reading::Reported(_) => "reported",
        Reading::Sent(_) => "in messages",
    };
    let conclusion = if least < most {
        format!(
            "between {} and {}, {} {source}",
            format::decimal(least, decimals),
            written(most),
            times(course.samples)
        )
    } else {
        format!("always the same, {} {source}", times(course.samples))
    };
    Chart {
        title: if course.title.is_empty() {
            name(&course.reading)
        } else {
            course.title.clone()
        },
        figure: written(course.last.1),
        last: course.last.0,
        conclusion,
        decimals,
        gap_ms: millis(course.gap),
        points: course
            .points
            .iter()
            .map(|point| Dot {
                at: point.at,
                samples: point.samples,
                mean: point.mean,
                least: point.least,
                most: point.most,
            })
            .collect(),
        key: course.reading.key(),
        unit: course.unit,
    }
}

/// The last two names of a path: the ones above say little in a small chart.
fn name(reading: &Reading) -> String {
    let (Reading::Reported(path) | Reading::Sent(path)) = reading;
    let mut from = path.rmatch_indices('.').map(|(at, _)| at + 1);
    let start = from.nth(1).unwrap_or(0);
    path[start..].to_owned()
}

fn times(samples: u32) -> String {
    format::plural(u64::from(samples), "number", "numbers")
}

/// The decimals that a number needs.
fn decimals(number: f64) -> usize {
    let is_told = |decimals: &usize| {
        let scale = 10_f64.powi(i32::try_from(*decimals).unwrap_or(0));
        ((number * scale).round() / scale - number).abs() < f64::EPSILON * number.abs().max(1.0)
    };
    (0..DECIMALS_MAX).find(is_told).unwrap_or(DECIMALS_MAX)
}

fn with_unit(number: f64, decimals: usize, unit: &str) -> String {
    let number = format::decimal(number, decimals);
    if unit.is_empty() {
        number
    } else {
        format!("{number} {unit}")
    }
}

/// How many points there are, and what is not seen.
fn note(courses: &Courses) -> String {
    if courses.shown.is_empty() {
        return String::new();
    }
    let width = match courses.width.as_secs() / 60 {
        1 => "one point a minute".to_owned(),
        60 => "one point an hour".to_owned(),
        minutes => format!("one point every {minutes} min"),
    };
    match courses.cut_at {
        Some(at) => format!(
            "{width}; the latest 1,000 entries, since {}",
            format::instant(at)
        ),
        None => width,
    }
}

fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use fleet::monitor::Point;
    use twin::time::Timestamp;

    use super::*;

    fn course(values: &[f64], unit: &str) -> Course {
        let least = values.iter().copied().fold(f64::MAX, f64::min);
        let most = values.iter().copied().fold(f64::MIN, f64::max);
        let point = |(minute, value): (usize, &f64)| Point {
            at: Timestamp::from_ms(i64::try_from(minute).unwrap() * 60_000),
            samples: 1,
            mean: *value,
            least: *value,
            most: *value,
        };
        Course {
            reading: Reading::Reported("network.lte.rssi_dbm".to_owned()),
            title: String::new(),
            unit: unit.to_owned(),
            last: (Timestamp::from_ms(60_000), values[values.len() - 1]),
            range: (least, most),
            samples: u32::try_from(values.len()).unwrap(),
            points: values.iter().enumerate().map(point).collect(),
            gap: Duration::from_mins(3),
        }
    }

    #[test]
    fn a_chart_says_its_conclusion() {
        let said = |values: &[f64], unit| {
            let chart = chart(course(values, unit));
            format!("{}: {}, {}", chart.title, chart.figure, chart.conclusion)
        };
        assert_eq!(
            said(&[-104.0, -79.0, -91.0], "dBm"),
            "lte.rssi_dbm: −91 dBm, between −104 and −79 dBm, 3 numbers reported"
        );
        assert_eq!(
            said(&[14.2, 14.2], ""),
            "lte.rssi_dbm: 14.2, always the same, 2 numbers reported"
        );
    }

    #[test]
    fn numbers_have_the_decimals_they_need() {
        for (number, wanted) in [
            (1.0, 0),
            (-91.0, 0),
            (14.2, 1),
            (0.125, 3),
            (0.1 + 0.2, 1),
            (1.0 / 3.0, 3),
            (1e9, 0),
        ] {
            assert_eq!(decimals(number), wanted, "{number}");
        }
    }
}

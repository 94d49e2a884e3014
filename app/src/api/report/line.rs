//! The course of a period as the points of a chart.

use std::time::Duration;

use fleet::report::{Course, Length, Period};
use twin::time::Timestamp;

use super::Line;
use crate::format;

/// Points of a chart, at most.
const POINTS_MAX: u32 = 336;
/// A distance of so many stretches is a gap.
const GAP: f64 = 1.5;
const DAY: Duration = Duration::from_hours(24);

/// The whole period, measured or not, is the width.
pub(super) fn line(course: &Course, period: Period) -> Line {
    let begins = period.begins();
    let span = period.ends().since(begins);
    let place = |at: Timestamp| at.since(begins).as_secs_f64() / span.as_secs_f64();
    let width = course.step.max(span / POINTS_MAX);
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut gathered = (None, 0.0, 0.0);
    for stretch in &course.stretches {
        let index = stretch.at.since(begins).as_millis() / width.as_millis().max(1);
        let (current, sum, count) = &mut gathered;
        if *current != Some(index) {
            (*current, *sum, *count) = (Some(index), 0.0, 0.0);
            points.push((place(stretch.at), 0.0));
        }
        *sum += stretch.share * 100.0;
        *count += 1.0;
        if let Some(last) = points.last_mut() {
            last.1 = *sum / *count;
        }
    }
    let (labels_each, written): (Duration, fn(Timestamp) -> String) = match period.length() {
        Length::Day => (Duration::from_hours(3), format::clock),
        Length::Week => (DAY, format::month_day),
        Length::Month => (DAY * 7, format::month_day),
    };
    let labels = (0..)
        .map(|number| begins.plus(labels_each * number))
        .take_while(|at| *at < period.ends());
    Line {
        gap: GAP * width.as_secs_f64() / span.as_secs_f64(),
        points,
        times: labels.map(|at| (place(at), written(at))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use fleet::report::Stretch;

    use super::*;

    #[test]
    fn the_width_is_the_period_and_gaps_stay_gaps() {
        let period = Period::parse("2026-W47").unwrap();
        let step = Duration::from_mins(5);
        let stretch = |number: u32| Stretch {
            at: period.begins().plus(step * number),
            share: if number.is_multiple_of(2) { 0.9 } else { 1.0 },
            least: 0.9,
            whole: 10.0,
            samples: 30,
        };
        let all = (0..600).filter(|number| !(240..480).contains(number));
        let course = Course {
            step,
            stretches: all.map(stretch).collect(),
        };
        let line = line(&course, period);
        assert_eq!(line.points.len(), 60);
        assert!(
            line.points
                .iter()
                .all(|(_, value)| (90.0..=100.0).contains(value))
        );
        let gaps = line
            .points
            .windows(2)
            .filter(|pair| pair[1].0 - pair[0].0 > line.gap);
        assert_eq!(gaps.count(), 1);
        let words: Vec<_> = line.times.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(
            words,
            [
                "16 Nov", "17 Nov", "18 Nov", "19 Nov", "20 Nov", "21 Nov", "22 Nov"
            ]
        );
    }
}

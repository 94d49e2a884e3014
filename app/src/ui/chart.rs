//! A course over time: one line, the area under it, named limits of the scale, the last point dotted.

use std::fmt::Write as _;

use crate::prelude::*;

/// The plot inside the picture; labels stand to its right and below.
const WIDTH: f64 = 640.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 160.0;

/// A label nearer to an edge of the plot than this share of its width stands on the inner side of its place.
const EDGE: f64 = 0.04;

/// What a chart shows. Places are shares of the width, from 0 to 1, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// Place and value of each point.
    pub points: Vec<(f64, f64)>,
    /// Place and words of each label below.
    pub times: Vec<(f64, String)>,
    /// The longest distance between neighbors that is still drawn as a line; a longer one is a gap.
    pub gap: f64,
    /// Place and value of each point of an earlier course to compare with, drawn dashed.
    pub earlier: Vec<(f64, f64)>,
    /// The longest distance between neighbors of the earlier one.
    pub earlier_gap: f64,
}

/// One line over time. Its label says its conclusion: for whoever cannot see it, it is the chart.
#[component]
pub fn Chart(
    /// The conclusion in words.
    #[prop(into)]
    label: Signal<String>,
    /// What it shows.
    #[prop(into)]
    course: Signal<Course>,
    /// How a value of the scale is written, given the decimals that tell its steps apart.
    written: fn(f64, usize) -> String,
) -> impl IntoView {
    let scale = memo(move || {
        course.with(|course| {
            let points = course.points.iter().chain(&course.earlier);
            Scale::of(points.map(|(_, value)| *value))
        })
    });
    let drawn = memo(move || course.with(|course| draw(course, &scale.get(), WIDTH)));
    let earlier = memo(move || {
        let of = |course: &Course| Course {
            points: course.earlier.clone(),
            gap: course.earlier_gap,
            ..Course::default()
        };
        course.with(|course| draw(&of(course), &scale.get(), WIDTH).line)
    });
    let grid = move || {
        let scale = scale.get();
        let decimals = scale.decimals();
        let line = |value: f64| {
            let y = format!("{:.1}", scale.y(value));
            let below = format!("{:.1}", scale.y(value) + 4.0);
            view! {
                <line class="grid" x1="0" x2="640" y1=y.clone() y2=y></line>
                <text x="648" y=below>{written(value, decimals)}</text>
            }
        };
        scale.ticks().into_iter().map(line).collect_view()
    };
    let times = move || {
        let time = |(place, words): (f64, String)| {
            let anchor = match place {
                ..EDGE => "start",
                place if place > 1.0 - EDGE => "end",
                _ => "middle",
            };
            view! { <text x=format!("{:.1}", place * WIDTH) y="178" text-anchor=anchor>{words}</text> }
        };
        course.with(|course| course.times.iter().cloned().map(time).collect_view())
    };
    view! {
        <div class="chart">
            <svg viewBox="0 0 692 188" role="img" aria-label=move || label.get()>
                {grid}
                {times}
                <path class="a" d=move || drawn.with(|drawn| drawn.area.clone())></path>
                <path class="earlier" d=move || earlier.get()></path>
                <path class="l" d=move || drawn.with(|drawn| drawn.line.clone())></path>
                <path class="end" d=move || drawn.with(|drawn| drawn.end.clone())></path>
                <line class="base" x1="0" x2="640" y1="160" y2="160"></line>
            </svg>
        </div>
    }
}

/// From the lowest to the highest tick of a scale, in steps of 1, 2 or 5 times a power of ten.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    step: f64,
    /// Where the highest value is drawn, and the lowest.
    ends: (f64, f64),
}

impl Scale {
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::MAX, f64::MIN), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        if low > high {
            return Self::default();
        }
        // A flat line gets a scale too, one hundredth of its value wide.
        let span = (high - low).max(high.abs() * 0.01).max(f64::MIN_POSITIVE);
        let rough = span / 2.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|times| times * power)
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(rough);
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        Self {
            low,
            high: if high > low { high } else { low + step },
            step,
            ends: (TOP, BOTTOM),
        }
    }

    /// The same scale, drawn from one height to another.
    pub(super) fn within(self, top: f64, bottom: f64) -> Self {
        Self {
            ends: (top, bottom),
            ..self
        }
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        let (top, bottom) = self.ends;
        bottom - (value - self.low) / (self.high - self.low).max(f64::MIN_POSITIVE) * (bottom - top)
    }

    /// The values that are named: all but the base.
    fn ticks(&self) -> Vec<f64> {
        if self.step <= 0.0 {
            return Vec::new();
        }
        (1..=8_u8)
            .map(|number| self.low + f64::from(number) * self.step)
            .take_while(|tick| *tick <= self.high + self.step / 2.0)
            .collect()
    }

    /// The decimals that tell the steps apart.
    fn decimals(&self) -> usize {
        (0..6)
            .find(|decimals| self.step * 10_f64.powi(*decimals) >= 1.0)
            .and_then(|decimals| usize::try_from(decimals).ok())
            .unwrap_or(6)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawn {
    pub(super) line: String,
    pub(super) area: String,
    pub(super) end: String,
}

/// Draws the course as wide as that; every gap begins a new line.
pub(super) fn draw(course: &Course, scale: &Scale, width: f64) -> Drawn {
    let bottom = scale.ends.1;
    let mut drawn = Drawn::default();
    let mut before: Option<(f64, f64)> = None;
    for (place, value) in &course.points {
        let (x, y) = (place * width, scale.y(*value));
        let is_gap = before.is_none_or(|(at, _)| place - at > course.gap);
        // Writing to a string cannot fail.
        if is_gap {
            if let Some((at, _)) = before {
                let _ = write!(drawn.area, "L{:.1} {bottom:.0}Z", at * width);
            }
            let _ = write!(drawn.area, "M{x:.1} {bottom:.0}L{x:.1} {y:.1}");
        } else {
            let _ = write!(drawn.area, "L{x:.1} {y:.1}");
        }
        let _ = write!(
            drawn.line,
            "{}{x:.1} {y:.1}",
            if is_gap { 'M' } else { 'L' }
        );
        before = Some((*place, y));
    }
    if let Some((at, y)) = before {
        let _ = write!(drawn.area, "L{:.1} {bottom:.0}Z", at * width);
        drawn.end = format!("M{:.1} {y:.1}h.01", at * width);
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(values: &[f64]) -> Scale {
        Scale::of(values.iter().copied())
    }

    #[test]
    fn a_scale_holds_its_values_in_few_round_steps() {
        for values in [
            &[95.2, 98.7][..],
            &[0.0, 1.0],
            &[3.0, 3.0],
            &[0.001, 0.004],
            &[-5.0, 12.0],
            &[0.0, 0.0],
            &[1e6, 3e6],
        ] {
            let scale = scale(values);
            let ticks = scale.ticks();
            assert!((1..=5).contains(&ticks.len()), "{values:?}: {ticks:?}");
            for value in values {
                let y = scale.y(*value);
                assert!(
                    (TOP - 0.1..=BOTTOM + 0.1).contains(&y),
                    "{values:?}: {value} at {y}"
                );
            }
        }
        assert_eq!(scale(&[95.2, 98.7]).ticks(), [96.0, 98.0, 100.0]);
    }

    #[test]
    fn steps_are_written_with_the_decimals_they_need() {
        assert_eq!(scale(&[96.0, 98.0]).decimals(), 0);
        assert_eq!(scale(&[0.0, 0.5]).decimals(), 1);
        assert_eq!(scale(&[0.0, 0.05]).decimals(), 2);
    }

    #[test]
    fn gaps_are_gaps() {
        let course = Course {
            points: vec![(0.0, 1.0), (0.1, 2.0), (0.8, 1.0), (0.9, 2.0)],
            gap: 0.2,
            ..Course::default()
        };
        let drawn = draw(&course, &scale(&[1.0, 2.0]), WIDTH);
        assert_eq!(drawn.line.matches('M').count(), 2);
        assert_eq!(drawn.area.matches('Z').count(), 2);
        assert_eq!(
            draw(&Course::default(), &Scale::default(), WIDTH),
            Drawn::default()
        );
    }
}

//! Sparklines: the shape of forty values; the figure beside them is their alternative in words.

use std::fmt::Write as _;

use crate::prelude::*;

/// The box that paths are drawn in.
const WIDTH: f64 = 70.0;
const HEIGHT: f64 = 22.0;
const TOP: f64 = 3.0;
const BOTTOM: f64 = 19.0;

/// A line without axes and a dot at its end; nothing for fewer than two values.
#[component]
pub fn Sparkline(
    /// The values, oldest first.
    #[prop(into)]
    values: Signal<Vec<f64>>,
    /// A tone for the line; `None` draws it in ink.
    #[prop(optional_no_strip)]
    tone: Option<&'static str>,
) -> impl IntoView {
    let line = memo(move || values.with(|values| outline(values)));
    view! {
        <svg class="spark" data-tone=tone viewBox="0 0 72 22" preserveAspectRatio="none" aria-hidden="true">
            <path class="area" d=move || line.with(|line| line.area.clone())></path>
            <path d=move || line.with(|line| line.line.clone())></path>
            <path class="end" d=move || line.with(|line| line.end.clone())></path>
        </svg>
    }
}

/// The paths of a sparkline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The line itself.
    pub line: String,
    /// The area under it.
    pub area: String,
    /// The dot at its end.
    pub end: String,
}

/// Draws values, oldest first, into a box of 70 by 22; empty for fewer than two. A flat line lies in the middle.
#[expect(
    clippy::cast_precision_loss,
    reason = "positions of at most some hundred points"
)]
pub fn outline(values: &[f64]) -> Outline {
    let known = || values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = known().fold((f64::MAX, f64::MIN), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if known().count() < 2 {
        return Outline::default();
    }
    let span = high - low;
    let step = WIDTH / (values.len() - 1) as f64;
    let mut drawn = Outline::default();
    let (mut first, mut last) = (0.0, (0.0, 0.0));
    for (at, value) in values
        .iter()
        .enumerate()
        .filter(|(_, value)| value.is_finite())
    {
        let x = at as f64 * step;
        let y = if span > 0.0 {
            BOTTOM - (value - low) / span * (BOTTOM - TOP)
        } else {
            f64::midpoint(TOP, BOTTOM)
        };
        if drawn.line.is_empty() {
            first = x;
        }
        let pen = if drawn.line.is_empty() { 'M' } else { 'L' };
        // Writing to a string cannot fail.
        let _ = write!(drawn.line, "{pen}{x:.1} {y:.1}");
        last = (x, y);
    }
    drawn.area = format!(
        "{}L{:.1} {HEIGHT:.0}L{first:.1} {HEIGHT:.0}Z",
        drawn.line, last.0
    );
    drawn.end = format!("M{:.1} {:.1}h.01", last.0, last.1);
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_value_is_at_the_top() {
        let drawn = outline(&[0.0, 10.0, 5.0]);
        assert_eq!(drawn.line, "M0.0 19.0L35.0 3.0L70.0 11.0");
        assert_eq!(drawn.area, "M0.0 19.0L35.0 3.0L70.0 11.0L70.0 22L0.0 22Z");
        assert_eq!(drawn.end, "M70.0 11.0h.01");
    }

    #[test]
    fn a_flat_line_lies_in_the_middle() {
        assert_eq!(outline(&[7.0, 7.0]).line, "M0.0 11.0L70.0 11.0");
    }

    #[test]
    fn gaps_are_skipped_and_one_value_is_no_line() {
        assert_eq!(outline(&[1.0]), Outline::default());
        assert_eq!(outline(&[f64::NAN, 1.0]), Outline::default());
        assert_eq!(outline(&[f64::NAN, 0.0, 1.0]).line, "M35.0 19.0L70.0 3.0");
    }
}

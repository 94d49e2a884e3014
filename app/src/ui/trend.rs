//! A small chart: a line without axes, the area under it, a dot at its end. Its label says its conclusion; arrow keys
//! step from point to point and say each.

use leptos::ev::KeyboardEvent;

use super::chart::{Course, Scale, draw};
use crate::prelude::*;

/// The box that a small chart is drawn in.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 52.0;

/// A small chart.
#[component]
pub fn Trend(
    /// The conclusion in words.
    label: String,
    /// What it shows.
    course: StoredValue<Course>,
    /// Each point in words, in their order.
    said: Vec<String>,
) -> impl IntoView {
    let course = course.get_value();
    let scale = Scale::of(course.points.iter().map(|(_, value)| *value)).within(4.0, HEIGHT - 3.0);
    let drawn = draw(&course, &scale, WIDTH);
    let count = said.len();
    let at = RwSignal::new(None::<usize>);
    let spoken = move || {
        at.get()
            .and_then(|at| said.get(at).cloned())
            .unwrap_or_default()
    };
    let places: Vec<String> = course
        .points
        .iter()
        .map(|(place, value)| format!("M{:.1} {:.1}h.01", place * WIDTH, scale.y(*value)))
        .collect();
    let dot = move || at.get().and_then(|at| places.get(at).cloned());
    let step = move |event: KeyboardEvent| {
        let last = count.saturating_sub(1);
        let to = match (event.key().as_str(), at.get_untracked()) {
            ("ArrowLeft", now) => now.map_or(last, |now| now.saturating_sub(1)),
            ("ArrowRight", now) => now.map_or(last, |now| (now + 1).min(last)),
            ("Home", _) => 0,
            ("End", _) => last,
            _ => return,
        };
        event.prevent_default();
        at.set(Some(to));
    };
    view! {
        <div class="trend" tabindex="0" role="group" aria-label=label on:keydown=step on:blur=move |_| at.set(None)>
            <svg viewBox="0 0 300 52" preserveAspectRatio="none" aria-hidden="true">
                <line class="base" x1="0" x2="300" y1="51.5" y2="51.5"></line>
                <path class="a" d=drawn.area></path>
                <path class="l" d=drawn.line></path>
                <path class="end" d=drawn.end></path>
                <path class="end at" d=dot></path>
            </svg>
            <output>{spoken}</output>
        </div>
    }
}

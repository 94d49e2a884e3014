//! Bars: the outline is what was asked, the solid part is what was answered.
//!
//! They are SVG because widths are attributes there; a style attribute would break the content policy.

use crate::format;
use crate::prelude::*;

/// Progress towards what was asked. All parts are shares of one.
#[component]
pub fn Bar(
    /// What is under way.
    #[prop(into)]
    label: String,
    /// In words: `24,902 of 32,768 confirmed, 92 failed`.
    #[prop(into)]
    words: Signal<String>,
    /// Confirmed.
    #[prop(into)]
    done: Signal<f64>,
    /// Asked and not answered yet, drawn hatched after the confirmed part.
    #[prop(optional, into)]
    flight: Signal<f64>,
    /// Failed, drawn from the end.
    #[prop(optional, into)]
    bad: Signal<f64>,
    /// The share at which the next step opens.
    #[prop(optional)]
    gate: Option<f64>,
    /// Whether it has not begun.
    #[prop(optional)]
    idle: bool,
) -> impl IntoView {
    view! {
        <svg
            class="bar"
            role="progressbar"
            data-is=idle.then_some("idle")
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || format!("{:.1}", done.get() * 100.0)
            aria-valuetext=move || words.get()
        >
            <rect class="flight" fill="url(#hatch)" width=move || width(done.get() + flight.get()) height="100%"></rect>
            <rect class="done" width=move || width(done.get()) height="100%"></rect>
            <rect class="bad" x=move || width(1.0 - bad.get()) width=move || width(bad.get()) height="100%"></rect>
            <rect class="asked" width="100%" height="100%"></rect>
            {gate
                .map(|gate| {
                    view! { <line class="gate" x1=width(gate) x2=width(gate) y1="-3" y2="140%"></line> }
                })}
        </svg>
    }
}

/// One part of a [`Stack`].
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// What it counts.
    pub name: String,
    /// How many.
    pub count: u64,
    /// Its category, from 1 to 5.
    pub category: u8,
}

/// A whole in its parts, side by side. Its text is the list of names and counts.
#[component]
pub fn Stack(
    /// The parts in order.
    #[prop(into)]
    slices: Signal<Vec<Slice>>,
) -> impl IntoView {
    let label = move || {
        slices.with(|slices| {
            let parts = slices
                .iter()
                .map(|slice| format!("{} {}", slice.name, format::count(slice.count)));
            parts.collect::<Vec<_>>().join(", ")
        })
    };
    let parts = move || {
        slices.with(|slices| {
            let whole: u64 = slices.iter().map(|slice| slice.count).sum();
            let mut begin = 0;
            slices
                .iter()
                .map(|slice| {
                    let x = width(format::ratio(begin, whole).unwrap_or(0.0));
                    begin += slice.count;
                    let wide = width(format::ratio(slice.count, whole).unwrap_or(0.0));
                    view! { <rect x=x width=wide height="100%" data-cat=slice.category.to_string()></rect> }
                })
                .collect_view()
        })
    };
    view! {
        <svg class="stack" role="img" aria-label=label>
            {parts}
        </svg>
    }
}

/// A thin proportion line under an option; its count says the same in digits.
#[component]
pub fn Share(
    /// The part, as a share of one.
    #[prop(into)]
    part: Signal<f64>,
) -> impl IntoView {
    view! {
        <svg class="share" aria-hidden="true">
            <rect class="all" width="100%" height="100%"></rect>
            <rect class="part" width=move || width(part.get()) height="100%"></rect>
        </svg>
    }
}

/// A share of one as an SVG length.
fn width(share: f64) -> String {
    format!("{:.2}%", share.clamp(0.0, 1.0) * 100.0)
}

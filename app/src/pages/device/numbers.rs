//! Seven days: the numbers that the device sends, in three small charts or as tables.

use std::sync::Arc;

use crate::api::Problem;
use crate::api::device::{Chart, Charts, Device, Dot, charts};
use crate::format;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::routes::{Address, Glance};
use crate::ui::{Course, Part, Section, Trend};

/// The section of charts, read first with `of` as the number that the address asks for, and again when it asks for another.
#[lazy]
pub(super) fn device_numbers(
    device: RwSignal<Device>,
    first: Result<Charts, Problem>,
    of: Option<String>,
    glance: Memo<Glance>,
) -> Part {
    Arc::new(move || {
        let (first, of) = (first.clone(), of.clone());
        view! { <SevenDays device=device first=first of=of glance=glance /> }
    })
}

#[component]
fn SevenDays(
    device: RwSignal<Device>,
    first: Result<Charts, Problem>,
    of: Option<String>,
    glance: Memo<Glance>,
) -> impl IntoView {
    let shown = RwSignal::new(first);
    let id = device.with_untracked(|device| device.id.clone());
    let own = id.clone();
    let read = Action::new(move |chart: &Option<String>| charts(own.clone(), chart.clone()));
    let asked = memo(move || glance.with(|glance| glance.chart.clone()));
    Effect::new(move |before: Option<Option<String>>| {
        let asked = asked.get();
        if before.as_ref().unwrap_or(&of) != &asked {
            read.dispatch(asked.clone());
        }
        asked
    });
    effect(move || {
        if let Some(answer) = read.value().get() {
            shown.set(answer);
        }
    });
    let as_table = memo(move || glance.with(|glance| glance.as_table));
    let link = StoredValue::new(id);
    let href = move |glance: Glance| Address::DeviceAs(link.get_value(), glance).href();
    let switch = move || {
        let other = Glance {
            as_table: !as_table.get(),
            ..glance.get()
        };
        let words = if as_table.get() {
            "As charts"
        } else {
            "As table"
        };
        view! { <a href=href(other) data-in-place="">{words}</a> }
    };
    let note = derived(move || {
        shown.with(|shown| {
            shown
                .as_ref()
                .map(|shown| shown.note.clone())
                .unwrap_or_default()
        })
    });
    let body = move || match shown.get() {
        Err(problem) => {
            view! { <Trouble problem=problem on_retry=move |()| { read.dispatch(asked.get_untracked()); } /> }
        }
        Ok(shown) if shown.charts.is_empty() => view! {
            <p class="dim">"No numbers yet: neither in what it reported in the last seven days, nor in its messages."</p>
        },
        Ok(shown) => {
            let Charts {
                charts,
                others,
                from,
                to,
                width_ms,
                ..
            } = shown;
            let span = span(from.as_ms(), to.as_ms());
            let figures = charts
                .into_iter()
                .map(|chart| {
                    if as_table.get() {
                        view! { <Numbers chart=chart width_ms=width_ms /> }
                    } else {
                        view! { <Small chart=chart span=span /> }
                    }
                })
                .collect_view();
            let others = others
                .into_iter()
                .map(|other| {
                    let to = move || {
                        href(Glance {
                            chart: Some(other.key.clone()),
                            ..glance.get()
                        })
                    };
                    view! { <li><a href=to data-in-place="">{other.words}</a></li> }
                })
                .collect::<Vec<_>>();
            let offered = (!others.is_empty()).then(|| {
                view! {
                    <details>
                        <summary>{format!("Chart another of {}", others.len())}</summary>
                        <ul class="offered">{others}</ul>
                    </details>
                }
            });
            view! {
                <div class="trio">{figures}</div>
                <p class="faint axis">
                    <span>{format::instant(from)}</span>
                    <span>{format::instant(to)}</span>
                </p>
                {offered}
            }
        }
    };
    view! { <Section id="numbers" title="Seven days".to_owned() note=note end=move || view! { {switch} }>{body}</Section> }
}

/// From where to where, in milliseconds.
type Span = (f64, f64);

#[expect(
    clippy::cast_precision_loss,
    reason = "places in a picture of some hundred pixels"
)]
fn span(from: i64, to: i64) -> Span {
    (from as f64, (to as f64 - from as f64).max(1.0))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "places in a picture of some hundred pixels"
)]
fn place(dot: &Dot, (from, length): Span) -> (f64, f64) {
    ((dot.at.as_ms() as f64 - from) / length, dot.mean)
}

/// One number over the days: arrow keys go from point to point and say it.
#[component]
#[expect(
    clippy::cast_precision_loss,
    reason = "places in a picture of some hundred pixels"
)]
fn Small(chart: Chart, span: Span) -> impl IntoView {
    let course = Course {
        points: chart.points.iter().map(|dot| place(dot, span)).collect(),
        gap: chart.gap_ms as f64 / span.1,
        ..Course::default()
    };
    let label = format!("{}: {}, {}", chart.title, chart.figure, chart.conclusion);
    let said: Vec<String> = chart
        .points
        .iter()
        .map(|dot| {
            let mean = format::decimal(dot.mean, chart.decimals);
            format!(
                "{} {}: {mean} {}",
                format::month_day(dot.at),
                format::clock(dot.at),
                chart.unit
            )
        })
        .collect();
    view! {
        <figure>
            <figcaption>
                <span title=chart.key>{chart.title}</span>
                <b title=format::instant(chart.last)>{chart.figure}</b>
            </figcaption>
            <Trend label=label course=StoredValue::new(course) said=said />
            <small class="faint">{chart.conclusion}</small>
        </figure>
    }
}

/// One number as a table, the latest first.
#[component]
fn Numbers(chart: Chart, width_ms: u64) -> impl IntoView {
    let decimals = chart.decimals;
    let written = move |number: f64| format::decimal(number, decimals);
    let head = format!(
        "From, for {}",
        format::duration(std::time::Duration::from_millis(width_ms))
    );
    let rows = chart
        .points
        .iter()
        .rev()
        .map(|dot| {
            view! {
                <tr>
                    <td title=format::instant(dot.at)>{format::month_day(dot.at)} " " {format::clock(dot.at)}</td>
                    <td class="num">{written(dot.mean)}</td>
                    <td class="num">{written(dot.least)}</td>
                    <td class="num">{written(dot.most)}</td>
                    <td class="num">{format::count(u64::from(dot.samples))}</td>
                </tr>
            }
        })
        .collect_view();
    let caption = format!("{}: {}, {}", chart.title, chart.figure, chart.conclusion);
    let label = caption.clone();
    view! {
        <div class="numbers" tabindex="0" role="group" aria-label=label>
            <table class="table" data-edge="flush">
                <caption>{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">{head}</th>
                        <th scope="col" class="num">"Mean"</th>
                        <th scope="col" class="num">"Least"</th>
                        <th scope="col" class="num">"Most"</th>
                        <th scope="col" class="num">"Numbers"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

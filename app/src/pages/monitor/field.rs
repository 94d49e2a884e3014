//! The halftone: the fleet whole, squares of neighbors by region; a square grows as they drift.
//!
//! What is seen is one SVG path per heat and region. What is read and pressed is a grid of one row over it: arrow
//! keys move through the squares, a tip says what is in one, Enter opens its devices.

mod heat;

use heat::{Heat, Layout};
use leptos::ev;

use crate::api::overview::{Cell, Field, Overview};
use crate::conditions;
use crate::format;
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::routes::{Address, Search};
use crate::ui::{Choice, Is, Mark, Section, Segmented};

/// The views of the field.
const VIEWS: [(&str, &str); 3] = [
    ("drift", "Drift"),
    ("connection", "Connection"),
    ("firmware", "Firmware"),
];

/// The section of the field.
#[component]
pub(super) fn FieldSection(shown: Memo<Overview>, squares: Memo<Field>) -> impl IntoView {
    let by = RwSignal::new("drift");
    let title =
        move || shown.with(|shown| format::plural(shown.figures.devices, "device", "devices"));
    let square = memo(move || squares.with(|field| field.square));
    let note = move || match square.get() {
        0 | 1 => "each square is one".to_owned(),
        many => format!(
            "each square is {} neighbors; it grows as they {}",
            format::count(u64::from(many)),
            match by.get() {
                "connection" => "go away",
                "firmware" => "fall behind",
                _ => "drift",
            }
        ),
    };
    let has_firmware = memo(move || squares.with(|field| field.has_firmware));
    let places = memo(move || squares.with(places));
    let layout = memo(move || {
        squares.with(|field| Layout::of(field.regions.iter().map(|(_, cells)| cells.len())))
    });
    let choices = VIEWS
        .map(|(value, name)| Choice {
            value,
            name: name.to_owned(),
        })
        .to_vec();
    let end = move || {
        let choices = choices.clone();
        view! {
            <span class="hide-s needs-script">
                <Segmented label="Color by" choices=choices value=by on_choose=move |value| by.set(value) />
            </span>
        }
    };
    view! {
        <div class="under-head">
            <Section id="field" title=title note=note end=end>
                <div class="halftone">
                    <For
                        each=move || places.get()
                        key=Place::clone
                        children=move |place| view! { <Region place=place shown=shown squares=squares by=by layout=layout /> }
                    />
                </div>
                <Legend by=by square=square has_firmware=has_firmware />
            </Section>
        </div>
    }
}

/// Where a region stands in the field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Place {
    number: usize,
    /// The value of `tags.region`.
    region: Option<String>,
    /// Whether there is no other.
    is_only: bool,
}

fn places(field: &Field) -> Vec<Place> {
    let place = |(number, (region, _)): (usize, &(Option<String>, Vec<Cell>))| Place {
        number,
        region: region.clone(),
        is_only: field.regions.len() == 1,
    };
    field.regions.iter().enumerate().map(place).collect()
}

impl Place {
    fn name(&self) -> String {
        self.region.clone().unwrap_or_else(|| {
            if self.is_only {
                "All devices"
            } else {
                "Without a region"
            }
            .to_owned()
        })
    }

    /// The condition of its devices; `None` for all.
    fn condition(&self) -> Option<String> {
        let is_all = self.is_only && self.region.is_none();
        (!is_all).then(|| conditions::region(self.region.as_deref()))
    }

    /// Where a square leads, given the one after it: one device, or the list of its devices.
    fn address(&self, cell: &Cell, next: Option<&Cell>) -> Address {
        if cell.devices == 1 {
            Address::Device(cell.from.clone())
        } else {
            let of = self.condition();
            let before = next.map(|next| next.from.as_str());
            let condition = conditions::neighbors(of.as_deref(), &cell.from, before);
            Address::Devices(Search::of(condition))
        }
    }
}

/// One region: its name, its share, its squares.
#[component]
fn Region(
    place: Place,
    shown: Memo<Overview>,
    squares: Memo<Field>,
    by: RwSignal<&'static str>,
    layout: Memo<Layout>,
) -> impl IntoView {
    let place = StoredValue::new(place);
    let here = RwSignal::new(None::<usize>);
    let is_here = move |region: &Option<String>| place.with_value(|place| &place.region == region);
    let cells = memo(move || {
        squares.with(|field| {
            let found = field.regions.iter().find(|(region, _)| is_here(region));
            found.map(|(_, cells)| cells.clone()).unwrap_or_default()
        })
    });
    let share = move || {
        shown.with(|shown| {
            let region = shown.regions.iter().find(|region| is_here(&region.name));
            region.map_or_else(String::new, |region| {
                format::share(region.converged, region.devices, 1)
            })
        })
    };
    let name = place.with_value(Place::name);
    let spoken = name.clone();
    let label = move || {
        format!(
            "{spoken}: {}",
            format::plural(cells.with(Vec::len) as u64, "square", "squares")
        )
    };
    let href = Address::Devices(Search::of(
        place.with_value(Place::condition).unwrap_or_default(),
    ))
    .href();
    let converged = Address::Devices(Search::of(place.with_value(|place| {
        place.condition().map_or_else(
            || conditions::CONVERGED.to_owned(),
            |_| conditions::region_converged(place.region.as_deref()),
        )
    })))
    .href();
    let drawn = memo(move || cells.with(|cells| layout.get().draw(cells, by.get())));
    let size = memo(move || layout.get().pixels(cells.with(Vec::len)));
    let view_box = move || {
        let (wide, high) = layout.get().extent(cells.with(Vec::len));
        format!("0 0 {wide} {high}")
    };
    let frame = move || {
        here.get()
            .map(|at| layout.get().frame(at))
            .unwrap_or_default()
    };
    let framed = move || drawn.with(|drawn| drawn.framed().to_owned());
    let path = move |heat: Heat| {
        view! { <path class=heat.class() d=move || drawn.with(|drawn| drawn.path(heat))></path> }
    };
    view! {
        <figure>
            <figcaption><a href=href>{name}</a><a class="num" href=converged>{share}</a></figcaption>
            <Squares place=place here=here cells=cells by=by layout=layout label=label>
                <svg
                    aria-hidden="true"
                    width=move || size.get().0.to_string()
                    height=move || size.get().1.to_string()
                    viewBox=view_box
                >
                    {Heat::ALL.map(path).collect_view()}
                    <path class="framed" d=framed></path>
                    <path class="here" d=frame></path>
                </svg>
            </Squares>
        </figure>
    }
}

/// The squares of a region to point at and to walk through.
#[component]
fn Squares(
    place: StoredValue<Place>,
    here: RwSignal<Option<usize>>,
    cells: Memo<Vec<Cell>>,
    by: RwSignal<&'static str>,
    layout: Memo<Layout>,
    #[prop(into)] label: Signal<String>,
    children: Children,
) -> impl IntoView {
    let navigate = StoredValue::new(use_navigate());
    let cell = memo(move || {
        here.get()
            .and_then(|at| cells.with(|cells| cells.get(at).cloned()))
    });
    let id = place.with_value(|place| format!("square-{}", place.number));
    let active = id.clone();
    let open = move || {
        let Some(at) = here.get_untracked() else {
            return;
        };
        let address = cells.with_untracked(|cells| {
            let cell = cells.get(at)?;
            Some(place.with_value(|place| place.address(cell, cells.get(at + 1))))
        });
        if let Some(address) = address {
            navigate.with_value(|navigate| navigate(&address.href(), NavigateOptions::default()));
        }
    };
    let step = move |event: ev::KeyboardEvent| {
        let (count, high) = (
            cells.with_untracked(Vec::len),
            layout.get_untracked().rows(),
        );
        let at = here.get_untracked().unwrap_or(0);
        let next = match event.key().as_str() {
            "ArrowDown" => at + 1,
            "ArrowUp" => at.saturating_sub(1),
            "ArrowRight" => at + high,
            "ArrowLeft" => at.saturating_sub(high),
            "Home" => 0,
            "End" => count.saturating_sub(1),
            "Enter" => return open(),
            _ => return,
        };
        event.prevent_default();
        here.set(Some(next.min(count.saturating_sub(1))));
    };
    let point = move |x: i32, y: i32| {
        here.set(
            layout
                .get_untracked()
                .at(x, y, cells.with_untracked(Vec::len)),
        );
    };
    let press = move |event: ev::MouseEvent| {
        point(event.offset_x(), event.offset_y());
        open();
    };
    // Under a pointer the square is the one that is pointed at.
    let enter = move |_| here.update(|here| *here = here.or(Some(0)));
    view! {
        <div
            class="field"
            role="grid"
            tabindex="0"
            aria-label=label
            aria-activedescendant=move || cell.get().map(|_| active.clone())
            on:keydown=step
            on:pointermove=move |event| point(event.offset_x(), event.offset_y())
            on:pointerleave=move |_| here.set(None)
            on:focus=enter
            on:blur=move |_| here.set(None)
            on:click=press
        >
            {children()}
            <div role="row" class=move || if cell.get().is_some() { "tip" } else { "sr" }>
                <div role="gridcell" id=id>
                    {move || cell.get().map_or_else(|| label.get(), |cell| words(&cell, by.get()))}
                </div>
            </div>
        </div>
    }
}

/// What is in a square.
fn words(cell: &Cell, by: &str) -> String {
    let mut parts = Vec::new();
    let mut say = |count: u32, word: &str| {
        if count > 0 {
            parts.push(format!("{} {word}", format::count(u64::from(count))));
        }
    };
    say(cell.refusing, "refusing");
    say(cell.drifting.saturating_sub(cell.refusing), "drifting");
    say(cell.silent, "silent");
    say(cell.devices.saturating_sub(cell.connected), "not connected");
    if by == "firmware" {
        say(cell.behind, "on other firmware than is usual");
    }
    say(cell.attention, "needing a person");
    if parts.is_empty() {
        parts.push("all as asked, connected".to_owned());
    }
    let who = if cell.devices == 1 {
        cell.from.clone()
    } else {
        format!("{} devices", format::count(u64::from(cell.devices)))
    };
    format!("{who}: {}", parts.join(", "))
}

/// What the squares mean.
#[component]
fn Legend(
    by: RwSignal<&'static str>,
    square: Memo<u32>,
    has_firmware: Memo<bool>,
) -> impl IntoView {
    let heats = move || match (by.get(), square.get()) {
        ("connection", 0 | 1) => vec![(Heat::Well, "connected"), (Heat::Silent, "not connected")],
        ("connection", _) => vec![
            (Heat::Well, "under 1 % not connected"),
            (Heat::Some, "1–3 %"),
            (Heat::More, "3–8 %"),
            (Heat::Much, "8–50 %"),
            (Heat::Silent, "most"),
        ],
        ("firmware", 0 | 1) => vec![
            (Heat::Well, "the usual firmware of its class"),
            (Heat::More, "another"),
        ],
        ("firmware", _) => vec![
            (
                Heat::Well,
                "under 1 % on other firmware than is usual for their class",
            ),
            (Heat::Some, "1–3 %"),
            (Heat::More, "3–8 %"),
            (Heat::Much, "over 8 %"),
        ],
        (_, 0 | 1) => vec![
            (Heat::Well, "as asked"),
            (Heat::More, "drifting"),
            (Heat::Fault, "refusing"),
            (Heat::Silent, "silent"),
        ],
        _ => vec![
            (Heat::Well, "under 1 % drifting"),
            (Heat::Some, "1–3 %"),
            (Heat::More, "3–8 %"),
            (Heat::Much, "over 8 %"),
            (Heat::Fault, "over 20 % refusing"),
            (Heat::Silent, "most are silent"),
        ],
    };
    let entry = |(heat, words): (Heat, &'static str)| {
        let sample = match heat {
            Heat::Fault => view! { <Mark is=Is::Fault /> },
            Heat::Silent => view! { <Mark is=Is::Silent /> },
            Heat::Well | Heat::Some | Heat::More | Heat::Much => {
                view! { <i data-heat=heat.step()></i> }
            }
        };
        view! { <span>{sample} {words}</span> }
    };
    let frame = move || {
        let words = if square.get() > 1 {
            "a tenth or more need a person"
        } else {
            "needs a person"
        };
        view! { <span><i data-framed=""></i> {words}</span> }
    };
    let is_unknown = memo(move || by.get() == "firmware" && !has_firmware.get());
    view! {
        <Show
            when=move || !is_unknown.get()
            fallback=|| {
                view! {
                    <p class="dim">
                        "Firmware is not known: declare tags.class and properties.reported.firmware.version in the "
                        <a href=Address::Plan.href()>"plan"</a> "."
                    </p>
                }
            }
        >
            <div class="legend" aria-label="Key">
                {move || heats().into_iter().map(entry).collect_view()}
                {frame}
            </div>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(devices: u32, drifting: u32, refusing: u32) -> Cell {
        Cell {
            devices,
            drifting,
            refusing,
            connected: devices,
            silent: 0,
            behind: 0,
            attention: 0,
            from: "a".into(),
        }
    }

    #[test]
    fn a_square_says_what_is_in_it_and_leads_there() {
        assert_eq!(
            words(&cell(1_024, 0, 0), "drift"),
            "1,024 devices: all as asked, connected"
        );
        assert_eq!(
            words(&cell(1_024, 40, 3), "drift"),
            "1,024 devices: 3 refusing, 37 drifting"
        );
        assert_eq!(words(&cell(1, 1, 0), "drift"), "a: 1 drifting");
        let behind = Cell {
            behind: 7,
            attention: 2,
            ..cell(1_024, 0, 0)
        };
        assert_eq!(
            words(&behind, "firmware"),
            "1,024 devices: 7 on other firmware than is usual, 2 needing a person"
        );
        assert_eq!(words(&behind, "drift"), "1,024 devices: 2 needing a person");
    }

    #[test]
    fn a_square_leads_to_its_device_or_to_its_neighbors() {
        let place = |region: Option<&str>, is_only| Place {
            number: 0,
            region: region.map(str::to_owned),
            is_only,
        };
        assert_eq!(
            place(Some("R"), false).address(&cell(1, 0, 0), None),
            Address::Device("a".into())
        );
        let next = Cell {
            from: "b".into(),
            ..cell(2, 0, 0)
        };
        for (place, condition) in [
            (
                place(Some("R"), false),
                "tags.region = 'R' AND deviceId >= 'a' AND deviceId < 'b'",
            ),
            (
                place(None, false),
                "NOT IS_DEFINED(tags.region) AND deviceId >= 'a' AND deviceId < 'b'",
            ),
            (place(None, true), "deviceId >= 'a' AND deviceId < 'b'"),
        ] {
            assert_eq!(
                place.address(&cell(2, 0, 0), Some(&next)),
                Address::Devices(Search::of(condition))
            );
        }
        // The first begins anywhere, the last goes on to the end.
        let first = Cell {
            from: String::new(),
            ..cell(2, 0, 0)
        };
        assert_eq!(
            place(None, true).address(&first, None),
            Address::Devices(Search::default())
        );
    }
}

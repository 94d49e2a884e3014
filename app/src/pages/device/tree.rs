//! The twin tree: one row a path, what is asked beside what is answered, its state and for how long.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};
use serde_json::json;
use twin::diff::{Difference, Kind};
use twin::time::Timestamp;

use super::{Blank, words};
use crate::api::device::Device;
use crate::format;
use crate::names::Names;
use crate::pages::copy::CopyButton;
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::routes::{Address, Glance, Shown};
use crate::shell::use_key;
use crate::ui::{Is, Mark, Part, Room, Section, State, Tab, Tabs, soon};

/// One row of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Row {
    path: String,
    name: String,
    depth: usize,
    is_group: bool,
}

/// The section of the twin.
#[component]
pub(super) fn Twin(
    device: RwSignal<Device>,
    now: Signal<Timestamp>,
    glance: Memo<Glance>,
    /// The paths that are lit.
    lit: RwSignal<Names>,
) -> impl IntoView {
    let shown = memo(move || glance.with(|glance| glance.shown));
    let folded = RwSignal::new(Names::default());
    let differing = memo(move || {
        device.with(|device| device.differences.iter().filter(|d| differs(d)).count())
    });
    let rows = memo(move || {
        let only = shown.get() == Shown::Differences;
        device.with(|device| folded.with(|folded| rows(&device.differences, only, folded)))
    });
    let tabs = derived(move || {
        let glance = glance.get();
        let tab = |shown: Shown| Tab {
            name: match shown {
                Shown::Everything => "Everything".to_owned(),
                Shown::Differences => format!("Differences {}", differing.get()),
                Shown::Json => "JSON".to_owned(),
            },
            href: seen(
                device,
                Glance {
                    shown,
                    ..glance.clone()
                },
            ),
            count: None,
            is_current: glance.shown == shown,
        };
        Shown::ALL.into_iter().map(tab).collect::<Vec<_>>()
    });
    let note = derived(move || {
        device.with(|device| {
            let (desired, reported) = (
                format::count(device.desired_version),
                format::count(device.reported_version),
            );
            format!("desired v {desired} · reported v {reported}")
        })
    });
    let switch = move || view! { <Tabs label="Show" tabs=tabs in_place=true /> };
    let navigate = use_navigate();
    use_key("d", "Differences only", move || {
        let glance = glance.get_untracked();
        let shown = match glance.shown {
            Shown::Differences => Shown::Everything,
            _ => Shown::Differences,
        };
        let options = NavigateOptions {
            replace: true,
            scroll: false,
        };
        navigate(&seen(device, Glance { shown, ..glance }), options);
    });
    view! {
        <Section id="twin" title="Twin".to_owned() note=note end=switch>
            {move || {
                if shown.get() == Shown::Json {
                    soon(Room::Section, move || device_json(device))
                } else if device.with(|device| device.differences.is_empty()) {
                    view! { <Blank /> }
                } else {
                    view! { <Grid rows=rows device=device now=now folded=folded lit=lit /> }
                }
            }}
        </Section>
    }
}

/// The same device, looked at in another way.
fn seen(device: RwSignal<Device>, glance: Glance) -> String {
    Address::DeviceAs(device.with_untracked(|device| device.id.clone()), glance).href()
}

/// The whole twin as it stands, to be read and copied.
#[lazy]
fn device_json(device: RwSignal<Device>) -> Part {
    Arc::new(move || view! { <Raw device=device /> })
}

#[component]
fn Raw(device: RwSignal<Device>) -> impl IntoView {
    let text = memo(move || {
        device.with(|device| {
            let whole = json!({
                "deviceId": device.id,
                "etag": device.etag,
                "modelId": device.model_id,
                "tags": device.tags,
                "properties": {
                    "desired": with_version(&device.desired, device.desired_version),
                    "reported": with_version(&device.reported, device.reported_version),
                },
            });
            serde_json::to_string_pretty(&whole).unwrap_or_default()
        })
    });
    view! {
        <div class="btns raw">
            {move || view! { <CopyButton label="Copy the twin as JSON" text=text.get() /> }}
        </div>
        <pre class="code" tabindex="0" aria-label="Twin as JSON">{move || text.get()}</pre>
    }
}

fn with_version(section: &twin::Map, version: u64) -> twin::Map {
    let mut section = section.clone();
    section.insert("$version".to_owned(), version.into());
    section
}

#[component]
fn Grid(
    rows: Memo<Vec<Row>>,
    device: RwSignal<Device>,
    now: Signal<Timestamp>,
    folded: RwSignal<Names>,
    lit: RwSignal<Names>,
) -> impl IntoView {
    view! {
        <table class="twin" role="treegrid" aria-label="Desired and reported state" on:keydown=move |event| move_focus(&event, folded)>
            <colgroup>
                <col class="path" />
                <col class="side" />
                <col class="side" />
                <col class="st" />
                <col class="age" />
            </colgroup>
            <thead>
                <tr>
                    <th scope="col">"Path"</th>
                    <th scope="col"><State is=Is::Desired>"Desired"</State></th>
                    <th scope="col"><State is=Is::Reported>"Reported"</State></th>
                    <th scope="col" class="hide-s">"State"</th>
                    <th scope="col" class="num hide-s">"For"</th>
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || rows.get()
                    key=Clone::clone
                    children=move |row| {
                        if row.is_group {
                            view! { <Group row=row folded=folded /> }
                        } else {
                            view! { <Leaf row=row device=device now=now lit=lit /> }
                        }
                    }
                />
            </tbody>
        </table>
    }
}

#[component]
fn Group(row: Row, folded: RwSignal<Names>) -> impl IntoView {
    let path = StoredValue::new(row.path.clone());
    let is_open = move || folded.with(|folded| path.with_value(|path| !folded.contains(path)));
    let toggle =
        move |_| folded.update(|folded| path.with_value(|path| fold(folded, path, is_open())));
    view! {
        <tr class="group" role="row" tabindex="-1" data-path=row.path attr:aria-level=(row.depth + 1).to_string() aria-expanded=move || is_open().to_string()>
            <td class="path" role="gridcell" data-depth=row.depth.to_string() colspan="5">
                <button type="button" tabindex="-1" aria-label=format!("Fold {}", row.name) on:click=toggle>
                    {move || if is_open() { "▾" } else { "▸" }}
                </button>
                {row.name}
            </td>
        </tr>
    }
}

#[component]
fn Leaf(
    row: Row,
    device: RwSignal<Device>,
    now: Signal<Timestamp>,
    lit: RwSignal<Names>,
) -> impl IntoView {
    let own = row.path.clone();
    let is_lit = memo(move || lit.with(|lit| lit.contains(&own)));
    let path = row.path.clone();
    let place = memo(move || {
        device.with(|device| {
            device
                .differences
                .iter()
                .find(|difference| difference.path == path)
                .cloned()
        })
    });
    let of = move |read: fn(&Difference) -> Option<String>| {
        place.with(|place| place.as_ref().and_then(read))
    };
    let is_same = move || {
        place.with(|place| {
            place
                .as_ref()
                .is_some_and(|place| place.kind == Kind::Agrees)
        })
    };
    let kind = move || {
        place.with(|place| {
            place
                .as_ref()
                .map_or(Kind::Agrees, |place| place.kind.clone())
        })
    };
    let since =
        move || place.with(|place| place.as_ref().map_or(Timestamp::NEVER, |place| place.since));
    let desired = move || of(|place| place.desired.as_ref().map(words::value));
    let reported = move || of(|place| place.reported.as_ref().map(words::value));
    let is = derived(move || words::mark(&kind()));

    let sides = move || {
        if is_same() {
            let value = desired().unwrap_or_default();
            view! { <td class="same" role="gridcell" colspan="2" title=value.clone()>{value.clone()}</td> }
        } else {
            let (asked, answered) = (desired(), reported());
            view! {
                <td role="gridcell" class=if asked.is_some() { "is-desired" } else { "only" } title=asked.clone()>
                    {asked.clone().unwrap_or_else(|| "not set".into())}
                </td>
                <td role="gridcell" class=if kind() == Kind::ReportedOnly { "" } else { "is-reported" } title=answered.clone()>
                    {answered.clone().unwrap_or_else(|| "not yet".into())}
                </td>
            }
        }
    };
    let note = move || match kind() {
        Kind::Refused { code, description } => Some(view! {
            <tr class="note" data-is="fault">
                <td></td>
                <td colspan="4">"The device answered " <b>{code}</b> {said(&description)}</td>
            </tr>
        }),
        _ => None,
    };
    let tone = move || match kind() {
        Kind::Agrees | Kind::ReportedOnly => None,
        _ => is.get().tone(),
    };
    view! {
        <tr role="row" tabindex="-1" attr:aria-level=(row.depth + 1).to_string() data-is=tone data-lit=move || is_lit.get().then_some("")>
            <td class="path" role="gridcell" data-depth=row.depth.to_string()>
                <span class="leaf">{row.name}</span>
            </td>
            {sides}
            <td role="gridcell" class="hide-s">
                <span class="state" class:faint=move || kind() == Kind::ReportedOnly data-tone=tone>
                    {move || (kind() != Kind::ReportedOnly).then(|| view! { <Mark is=is /> })}
                    <span>{move || words::word(&kind())}</span>
                </span>
            </td>
            <td role="gridcell" class="age hide-s" title=move || format::instant(since())>
                {move || format::lasting(since(), now.get())}
            </td>
        </tr>
        {note}
    }
}

/// The device's own words after the code, or nothing.
fn said(description: &str) -> String {
    if description.is_empty() {
        ".".to_owned()
    } else {
        format!(": “{description}”.")
    }
}

fn differs(place: &Difference) -> bool {
    !matches!(place.kind, Kind::Agrees | Kind::ReportedOnly)
}

/// Writes the tree of the paths as rows, groups above their members, without what is folded away.
fn rows(places: &[Difference], only_differences: bool, folded: &Names) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for place in places
        .iter()
        .filter(|place| !only_differences || differs(place))
    {
        let segments: Vec<&str> = place.path.split('.').collect();
        let (name, groups) = segments.split_last().unwrap_or((&"", &[]));
        let common = open
            .iter()
            .zip(groups)
            .take_while(|(one, other)| one == other)
            .count();
        open.truncate(common);
        let is_hidden =
            |depth: usize| (1..=depth).any(|length| folded.contains(&segments[..length].join(".")));
        for (depth, group) in groups.iter().enumerate().skip(common) {
            open.push(group);
            if !is_hidden(depth) {
                rows.push(Row {
                    path: segments[..=depth].join("."),
                    name: (*group).to_owned(),
                    depth,
                    is_group: true,
                });
            }
        }
        if !is_hidden(groups.len()) {
            rows.push(Row {
                path: place.path.clone(),
                name: (*name).to_owned(),
                depth: groups.len(),
                is_group: false,
            });
        }
    }
    rows
}

fn fold(folded: &mut Names, path: &str, is_open: bool) {
    if is_open {
        folded.insert(path.to_owned());
    } else {
        folded.remove(path);
    }
}

/// Arrow keys move between rows and fold groups, as in any tree.
fn move_focus(event: &KeyboardEvent, folded: RwSignal<Names>) {
    let Some(row) = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|e| e.closest("tr").ok().flatten())
    else {
        return;
    };
    let is_row = |element: &Element| element.get_attribute("role").as_deref() == Some("row");
    let along = |step: fn(&Element) -> Option<Element>| {
        let mut at = step(&row);
        while at.as_ref().is_some_and(|element| !is_row(element)) {
            at = at.as_ref().and_then(step);
        }
        at
    };
    let focus = |element: Option<Element>| {
        if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            // Focus fails only for what is not in the document any more.
            let _ = element.focus();
        }
    };
    match event.key().as_str() {
        "ArrowDown" => focus(along(Element::next_element_sibling)),
        "ArrowUp" => focus(along(Element::previous_element_sibling)),
        key @ ("ArrowLeft" | "ArrowRight") => {
            if let Some(path) = row.get_attribute("data-path") {
                folded.update(|folded| fold(folded, &path, key == "ArrowLeft"));
            }
        }
        _ => return,
    }
    event.prevent_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str, kind: Kind) -> Difference {
        Difference {
            path: path.into(),
            kind,
            desired: None,
            reported: None,
            since: Timestamp::NEVER,
        }
    }

    fn drawn(only: bool, folded: &[&str]) -> Vec<String> {
        let places = [
            place("firmware.channel", Kind::Agrees),
            place("firmware.update.state", Kind::ReportedOnly),
            place("firmware.version", Kind::Drifting),
            place("on", Kind::Waiting),
        ];
        let folded = folded.iter().map(|&path| path.to_owned()).collect();
        rows(&places, only, &folded)
            .into_iter()
            .map(|row| {
                format!(
                    "{}{}{}",
                    " ".repeat(row.depth),
                    row.name,
                    if row.is_group { "/" } else { "" }
                )
            })
            .collect()
    }

    #[test]
    fn groups_stand_above_their_members() {
        assert_eq!(
            drawn(false, &[]),
            [
                "firmware/",
                " channel",
                " update/",
                "  state",
                " version",
                "on"
            ]
        );
    }

    #[test]
    fn what_agrees_is_left_out_of_the_differences() {
        assert_eq!(drawn(true, &[]), ["firmware/", " version", "on"]);
    }

    #[test]
    fn a_folded_group_hides_all_below_it() {
        assert_eq!(drawn(false, &["firmware"]), ["firmware/", "on"]);
        assert_eq!(
            drawn(false, &["firmware.update"]),
            ["firmware/", " channel", " update/", " version", "on"]
        );
    }
}

//! The declared properties, one row each, with how their columns stand.

use super::declare::Editor;
use super::shown::Shown;
use super::words;
use crate::api::plan::{Property, Scheme};
use crate::format;
use crate::prelude::*;
use crate::ui::{Bar, Button, Empty, Is, Kind, Section, Size, State};

/// The heads of the table.
pub(super) const COLUMNS: [&str; 7] = [
    "Property",
    "Type",
    "Column",
    "Devices with a value",
    "Distinct values",
    "Memory",
    "Actions",
];

/// The section of declared properties.
#[component]
pub(super) fn Properties(
    shown: Shown,
    cannot: Signal<Option<String>>,
    editor: Editor,
    dropping: RwSignal<Option<Property>>,
) -> impl IntoView {
    let paths = memo(move || {
        shown.scheme.with(|scheme| {
            let paths = scheme.properties.iter().map(|one| one.path.clone());
            paths.collect::<Vec<_>>()
        })
    });
    let is_empty = memo(move || paths.with(Vec::is_empty));
    view! {
        <Section
            id="properties"
            title="Queryable properties".to_owned()
            note="each has a column in memory, so that queries on it do not read documents".to_owned()
        >
            <Show when=move || !is_empty.get() fallback=|| view! { <Nothing /> }>
                <div class="scroll-x">
                    <table class="table plan-properties" aria-labelledby="h-properties">
                        <thead>
                            <tr>
                                <th scope="col">{COLUMNS[0]}</th>
                                <th scope="col">{COLUMNS[1]}</th>
                                <th scope="col">{COLUMNS[2]}</th>
                                <th scope="col" class="num">{COLUMNS[3]}</th>
                                <th scope="col" class="num">{COLUMNS[4]}</th>
                                <th scope="col" class="num">{COLUMNS[5]}</th>
                                <th scope="col"><span class="sr">{COLUMNS[6]}</span></th>
                            </tr>
                        </thead>
                        <tbody>
                            <For
                                each=move || paths.get()
                                key=String::clone
                                children=move |path| view! { <Row path=path shown=shown cannot=cannot editor=editor dropping=dropping /> }
                            />
                        </tbody>
                    </table>
                </div>
            </Show>
        </Section>
    }
}

/// Nothing is declared: why that matters, and the next step.
#[component]
fn Nothing() -> impl IntoView {
    view! {
        <Empty title="No property is declared">
            <p>
                "Queries can name any property and read documents to answer. Declare what people ask about: "
                "queries, counts and orders by it then take milliseconds, however large the fleet is."
            </p>
            <p><a href="#inventory">"See what devices hold"</a></p>
        </Empty>
    }
}

#[component]
fn Row(
    path: String,
    shown: Shown,
    cannot: Signal<Option<String>>,
    editor: Editor,
    dropping: RwSignal<Option<Property>>,
) -> impl IntoView {
    let wanted = path.clone();
    // A row that is about to go keeps what it showed.
    let property = Memo::new(move |before: Option<&Option<Property>>| {
        let now = shown.scheme.with(|scheme| scheme.find(&wanted).cloned());
        now.or_else(|| before.cloned().flatten())
    });
    let of =
        move |say: fn(&Property) -> String| property.with(|property| property.as_ref().map(say));
    let column = memo(move || property.with(|property| property.as_ref()?.column));
    let is_building = memo(move || column.get().is_none_or(|column| column.is_building));
    let devices = memo(move || shown.scheme.with(|scheme: &Scheme| scheme.devices));
    let is = derived(move || {
        if is_building.get() {
            Is::Busy
        } else {
            Is::Converged
        }
    });
    let progress = derived(move || words::progress(column.get().as_ref(), devices.get()));
    let done = derived(move || {
        let loaded = column.get().map_or(0, |column| column.loaded);
        format::ratio(loaded, devices.get())
            .unwrap_or_default()
            .min(1.0)
    });
    let title = move || {
        property.with(|property| {
            let property = property.as_ref()?;
            (!property.title.is_empty()).then(|| property.title.clone())
        })
    };
    let about = move || {
        property.with(|property| {
            let property = property.as_ref()?;
            (!property.description.is_empty()).then(|| property.description.clone())
        })
    };
    let present = move || {
        column.get().map_or_else(
            || format::UNKNOWN.to_owned(),
            |column| format::count(column.present),
        )
    };
    let distinct = move || {
        let distinct = column.get().and_then(|column| column.distinct);
        distinct.map_or_else(|| format::UNKNOWN.to_owned(), format::count)
    };
    let too_many = move || {
        column
            .get()
            .is_some_and(|column| column.distinct.is_none())
            .then_some("They are too many to be kept apart.")
    };
    let memory = move || {
        column.get().map_or_else(
            || format::UNKNOWN.to_owned(),
            |column| format::bytes(column.memory_bytes),
        )
    };
    let change = move |()| {
        if let Some(property) = property.get_untracked() {
            editor.change(&property);
        }
    };
    let href = words::holders(&path);
    let bar = format!("Column of {path}");
    view! {
        <tr>
            <td title=about>
                {move || title().map(|title| view! { <b>{title}</b> " " })}
                <span class="mono">{path.clone()}</span>
            </td>
            <td>{move || of(words::kind)}</td>
            <td>
                <span class="column-standing">
                    <State is=is>{move || words::standing(column.get().as_ref())}</State>
                    {move || {
                        is_building
                            .get()
                            .then(|| view! { <Bar label=bar.clone() words=progress done=done /> <small>{move || progress.get()}</small> })
                    }}
                </span>
            </td>
            <td class="num"><a href=href>{present}</a></td>
            <td class="num" title=too_many>{distinct}</td>
            <td class="num">{memory}</td>
            <td class="num">
                <span class="needs-script">
                    <Button kind=Kind::Quiet size=Size::Small disabled=cannot label=format!("Change {path}") on_press=change>"Change"</Button>
                    <Button kind=Kind::Quiet size=Size::Small disabled=cannot label=format!("Drop {path}") on_press=move |()| dropping.set(property.get_untracked())>
                        "Drop"
                    </Button>
                </span>
            </td>
        </tr>
    }
}

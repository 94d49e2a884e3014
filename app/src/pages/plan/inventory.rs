//! What devices hold, told from some of them: what there is to declare.

use super::declare::Editor;
use super::shown::Shown;
use super::words;
use crate::api::Problem;
use crate::api::plan::{self as api, Found, Inventory};
use crate::format;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::ui::{Button, Empty, Is, Kind, Section, Share, Size, State};

/// The section of the inventory.
#[component]
pub(super) fn Holdings(
    inventory: RwSignal<Result<Inventory, Problem>>,
    shown: Shown,
    cannot: Signal<Option<String>>,
    editor: Editor,
) -> impl IntoView {
    let look = Action::new(|(): &()| api::inventory());
    effect(move || {
        if let Some(found) = look.value().get() {
            inventory.set(found);
        }
    });
    let note = derived(move || {
        inventory.with(|inventory| inventory.as_ref().map(words::source).unwrap_or_default())
    });
    let looking = derived(move || look.pending().get().then(|| "Looking.".to_owned()));
    let end = move || {
        view! {
            <span class="needs-script">
                <Button kind=Kind::Quiet size=Size::Small disabled=looking on_press=move |()| { look.dispatch(()); }>"Look again"</Button>
            </span>
        }
    };
    let body = move || match inventory.get() {
        Ok(inventory) if inventory.found.is_empty() => view! { <Bare /> },
        Ok(inventory) => {
            view! { <Table inventory=inventory shown=shown cannot=cannot editor=editor /> }
        }
        Err(problem) => {
            view! { <Trouble problem=problem on_retry=move |()| { look.dispatch(()); } /> }
        }
    };
    view! {
        <Section id="inventory" title="What devices hold".to_owned() note=note end=end>
            {body}
        </Section>
    }
}

/// No device holds anything: why, and where properties come from.
#[component]
fn Bare() -> impl IntoView {
    view! {
        <Empty title="No device holds a property yet">
            <p>"Tags and desired properties come with enrollment and edits, reported ones when devices report; they appear here by themselves."</p>
        </Empty>
    }
}

#[component]
fn Table(
    inventory: Inventory,
    shown: Shown,
    cannot: Signal<Option<String>>,
    editor: Editor,
) -> impl IntoView {
    let rows = inventory.found.iter().map(|found| {
        view! { <Row found=found.clone() seen=words::seen(found, &inventory) share=format::ratio(found.present, inventory.sampled).unwrap_or_default() shown=shown cannot=cannot editor=editor /> }
    });
    let rows = rows.collect_view();
    view! {
        <div class="scroll-x">
            <table class="table plan-inventory" aria-labelledby="h-inventory">
                <thead>
                    <tr>
                        <th scope="col">"Path"</th>
                        <th scope="col">"Types"</th>
                        <th scope="col" class="num">"Share of devices"</th>
                        <th scope="col">"Examples"</th>
                        <th scope="col" class="num">"Declared"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(
    found: Found,
    seen: String,
    share: f64,
    shown: Shown,
    cannot: Signal<Option<String>>,
    editor: Editor,
) -> impl IntoView {
    let Found {
        path,
        kind,
        types,
        examples,
        ..
    } = found;
    let wanted = path.clone();
    let is_declared = memo(move || shown.scheme.with(|scheme| scheme.find(&wanted).is_some()));
    let declared = {
        let path = path.clone();
        move || {
            if is_declared.get() {
                view! { <State is=Is::Converged>"Declared"</State> }
            } else {
                let (path, label) = (path.clone(), format!("Declare {path}"));
                view! {
                    <span class="needs-script">
                        <Button size=Size::Small disabled=cannot label=label on_press=move |()| editor.declare(&path, Some(kind))>"Declare"</Button>
                    </span>
                }
            }
        }
    };
    view! {
        <tr>
            <td class="mono">{path.clone()}</td>
            <td>{words::types(&types)}</td>
            <td class="num" title=seen>
                <a href=words::holders(&path)>{format::percent(share, 0)}</a>
                <Share part=share />
            </td>
            <td class="mono examples">{examples.join("  ")}</td>
            <td class="num">{declared}</td>
        </tr>
    }
}

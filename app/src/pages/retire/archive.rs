//! The archive: a search whose words are in the address, and what it finds, newest first.

use leptos::ev::SubmitEvent;

use crate::api::Asked;
use crate::api::retire::{ArchivePage, Line};
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::routes::{self, Address, Retiring};
use crate::ui::{Button, Empty, GhostRows, Is, LinkButton, Section, Size, State, TextInput};

const COLUMNS: [&str; 6] = ["Device", "Model", "Retired", "By", "Reason", "Standing"];

/// The section.
#[component]
pub(super) fn Archive(retiring: Memo<Retiring>, found: Asked<ArchivePage>) -> impl IntoView {
    let search = memo(move || retiring.with(|now| now.archive.clone()));
    view! {
        <Section id="archive" title="Archive".to_owned() note="every retired device, as it stood".to_owned()>
            {move || view! { <Search search=search.get() /> }}
            <Transition fallback=|| view! { <GhostRows columns=&COLUMNS /> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Err(problem) => super::trouble(problem),
                        Ok(page) => view! { <Found page=page search=search.get_untracked() /> },
                    }
                })}
            </Transition>
        </Section>
    }
}

/// The search, which works as a plain form too.
#[component]
fn Search(search: routes::Archive) -> impl IntoView {
    let written = RwSignal::new(routes::Archive {
        before: String::new(),
        ..search.clone()
    });
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let wanted = Retiring::found(written.get_untracked());
        let stay = NavigateOptions {
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&Address::Retire(wanted).href(), stay);
    };
    let is_empty = search.is_empty();
    let clear = Address::Retire(Retiring::default()).href();
    let is_restorable = !search.restorable.is_empty();
    view! {
        <form class="archive-search" action=clear.clone() method="get" role="search" aria-label="Search the archive" on:submit=submit>
            <TextInput
                id="archive-id"
                name="id"
                label="Device id contains"
                optional=""
                hint="At least three characters."
                value=search.id
                on_text=move |text| written.update(|written| written.id = text)
            />
            <TextInput
                id="archive-text"
                name="text"
                label="Words in its twin or the reason"
                optional=""
                hint="Such as a site, a serial number, a version."
                value=search.text
                on_text=move |text| written.update(|written| written.text = text)
            />
            <TextInput
                id="archive-by"
                name="by"
                label="Retired by"
                optional=""
                hint="A name, in full."
                value=search.by
                on_text=move |text| written.update(|written| written.by = text)
            />
            <TextInput
                id="archive-from"
                name="from"
                kind="date"
                label="From"
                optional=""
                hint="UTC"
                value=search.from
                on_text=move |text| written.update(|written| written.from = text)
            />
            <TextInput
                id="archive-until"
                name="until"
                kind="date"
                label="To"
                optional=""
                hint="UTC, that day included"
                value=search.until
                on_text=move |text| written.update(|written| written.until = text)
            />
            <div class="btns">
                <label class="ticked">
                    <input
                        class="tick"
                        type="checkbox"
                        name="restorable"
                        value="1"
                        checked=is_restorable
                        on:change=move |event| {
                            let value = if event_target_checked(&event) { "1" } else { "" };
                            written.update(|written| value.clone_into(&mut written.restorable));
                        }
                    />
                    "Only those that can be restored"
                </label>
                <Button submit=true>"Search"</Button>
                {(!is_empty).then(|| view! { <a href=format!("{clear}#archive")>"Clear"</a> })}
            </div>
        </form>
    }
}

/// What was found.
#[component]
fn Found(page: ArchivePage, search: routes::Archive) -> impl IntoView {
    if page.lines.is_empty() {
        let (title, words) = if search.is_empty() {
            (
                "Nothing has been retired",
                "A device that is retired stays here for good: what it was, who let it go, and why.",
            )
        } else {
            (
                "Nothing in the archive matches",
                "Write less of the id, fewer words, or a longer time.",
            )
        };
        return view! {
            <Empty title=title>
                <p>{words}</p>
            </Empty>
        };
    }
    let older = page.next.map(|number| {
        let href = Address::Retire(Retiring::found(search.after(number))).href();
        view! { <LinkButton size=Size::Small href=format!("{href}#archive")>"Older"</LinkButton> }
    });
    let newest = (!search.before.is_empty()).then(|| {
        let first = routes::Archive {
            before: String::new(),
            ..search.clone()
        };
        let href = Address::Retire(Retiring::found(first)).href();
        view! { <LinkButton size=Size::Small href=format!("{href}#archive")>"Newest"</LinkButton> }
    });
    view! {
        <div class="scroll-x">
            <table class="table archive" aria-labelledby="h-archive">
                <thead>
                    <tr>{COLUMNS.map(|name| view! { <th scope="col">{name}</th> }).into_iter().collect_view()}</tr>
                </thead>
                <tbody>{page.lines.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
        <div class="btns under-facts">{newest} {older}</div>
    }
}

fn row(line: Line) -> AnyView {
    let is = if line.is_restored {
        Is::Converged
    } else if line.is_restorable {
        Is::Paused
    } else {
        Is::Next
    };
    view! {
        <tr>
            <td><a class="mono" href=Address::Archived(line.number).href()>{line.id}</a></td>
            <td class="mono">{line.model}</td>
            <td>{line.at}</td>
            <td>{line.by}</td>
            <td class="reason" title=line.reason.clone()>{line.reason.clone()}</td>
            <td><State is=is>{line.standing}</State></td>
        </tr>
    }
}

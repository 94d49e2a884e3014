//! Devices of a condition that go together: those that are shown, and no others.

use super::words;
use crate::api::Problem;
use crate::api::retire::{Candidate, Preview, TOGETHER_MAX, Together as Outcome, retire_together};
use crate::format;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::routes::{Address, Retiring, Search};
use crate::shell::use_who;
use crate::ui::{Button, Dialog, Empty, Is, Kind, LinkButton, Notice, Section, State, TextInput};

/// The heads of the table.
pub(super) const COLUMNS: [&str; 2] = ["Device", "How it stands"];
/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;

/// The section.
#[component]
pub(super) fn Together(
    preview: Result<Option<Preview>, Problem>,
    retiring: Memo<Retiring>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let query = retiring.with_untracked(|now| now.query.clone());
    let one = Address::Retire(Retiring::default()).href();
    let end = move || view! { <a href=one.clone()>"Retire one device instead"</a> };
    let body = match preview {
        Err(problem) => super::trouble(problem),
        Ok(preview) => match preview.filter(|preview| !preview.rows.is_empty()) {
            None => view! { <Empty title="No device matches" /> },
            Some(preview) => {
                view! { <Shown preview=preview query=query.clone() on_done=on_done /> }
            }
        },
    };
    view! {
        <Section id="together" title="Retire together".to_owned() note=query end=end>
            {body}
        </Section>
    }
}

#[component]
fn Shown(preview: Preview, query: String, on_done: Callback<()>) -> impl IntoView {
    let cannot = Signal::stored(use_who().cannot_change());
    let (reason, wrong) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let is_sure = RwSignal::new(false);
    let ids: Vec<String> = preview.rows.iter().map(|row| row.id.clone()).collect();
    let shown = u64::try_from(ids.len()).unwrap_or(u64::MAX);
    let ids = StoredValue::new(ids);
    let go = Action::new(move |reason: &String| retire_together(ids.get_value(), reason.clone()));
    effect(move || {
        if let Some(Ok(_)) = go.value().get() {
            is_sure.set(false);
            on_done.run(());
        }
    });
    let blocked = derived(move || {
        cannot.get().or_else(|| {
            go.pending()
                .get()
                .then(|| "They are being retired.".to_owned())
        })
    });
    let submit = move |()| {
        let said = reason.with_untracked(|reason| words::wrong_reason(reason, REASON_CHARS_MAX));
        wrong.set(said.clone());
        if said.is_none() {
            is_sure.set(true);
        }
    };
    let open = u64::try_from(preview.rows.iter().filter(|row| !row.is_clear).count()).unwrap_or(0);
    let total = preview.total;
    let about = if total > shown {
        format!(
            "{} match. At most {TOGETHER_MAX} are retired at once: the first {shown} are shown, and no others are retired. Repeat it for the rest.",
            format::plural(total, "device", "devices")
        )
    } else {
        format!(
            "{} match, and all are shown.",
            format::plural(total, "device", "devices")
        )
    };
    let verb = format!("Retire {}", format::plural(shown, "device", "devices"));
    let title = format!("{verb}?");
    let press = StoredValue::new(verb);
    let devices = Address::Devices(Search::of(query)).href();
    let form = move || {
        view! {
            <div class="stack-tight">
                <p class="dim">{about.clone()} " " <a href=devices.clone()>"See them in the list"</a></p>
                {(open > 0)
                    .then(|| {
                        let words = format!("{} not as one would wish: look at the marked ones.", format::plural(open, "device is", "devices are"));
                        view! { <Notice is=Is::Drift>{words}</Notice> }
                    })}
                <TextInput
                    id="together-reason"
                    name="reason"
                    label="Reason"
                    hint="It stands in the record of each."
                    error=wrong
                    on_text=move |said: String| {
                        reason.set(said);
                        wrong.set(None);
                    }
                />
                {move || go.value().get().and_then(Result::err).map(|problem| view! { <Trouble problem=problem /> })}
                <div class="btns needs-script">
                    <Button kind=Kind::Danger disabled=blocked on_press=submit>{press.get_value()}</Button>
                </div>
            </div>
        }
    };
    view! {
        {move || match go.value().get() {
            Some(Ok(outcome)) => view! { <Gone outcome=outcome /> },
            _ => form().into_any(),
        }}
        <div class="scroll-x under-facts">
            <table class="table" aria-labelledby="h-together">
                <thead>
                    <tr>{COLUMNS.map(|name| view! { <th scope="col">{name}</th> }).into_iter().collect_view()}</tr>
                </thead>
                <tbody>{preview.rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
        <Dialog
            id="sure-together"
            open=is_sure
            title=title
            buttons=move || {
                view! {
                    <Button on_press=move |()| is_sure.set(false)>"Keep them"</Button>
                    <Button kind=Kind::Danger disabled=blocked on_press=move |()| { go.dispatch(reason.get_untracked()); }>
                        {press.get_value()}
                    </Button>
                }
            }
        >
            <p>"Those that are connected lose their connection at once. Each can be restored from its record, one at a time."</p>
        </Dialog>
    }
}

/// What became of them.
#[component]
fn Gone(outcome: Outcome) -> impl IntoView {
    let words = format!("{}.", words::retired(outcome.retired));
    let archive = format!("{}#archive", Address::Retire(Retiring::default()).href());
    view! {
        <div class="stack-tight">
            <Notice is=Is::Converged>{words}</Notice>
            {outcome
                .refused
                .into_iter()
                .map(|(id, sentence)| view! { <Notice is=Is::Fault><span class="mono">{id}</span> ": " {sentence}</Notice> })
                .collect_view()}
            <div class="btns"><LinkButton href=archive>"See the archive"</LinkButton></div>
        </div>
    }
}

fn row(candidate: Candidate) -> AnyView {
    let is = if candidate.is_clear {
        Is::Converged
    } else {
        Is::Drift
    };
    view! {
        <tr>
            <td><a class="mono" href=Address::Device(candidate.id.clone()).href()>{candidate.id.clone()}</a></td>
            <td><State is=is>{candidate.words}</State></td>
        </tr>
    }
}

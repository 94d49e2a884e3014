//! Editing what is asked of one device: JSON beside the change it makes, a reason, and what to do when somebody
//! else was faster. The text is never lost.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use twin::{Map, Value};

use super::{change, words};
use crate::api::device::{Device, change_desired};
use crate::api::{Code, Problem};
use crate::ui::{Button, Control, Is, Kind, Notice, Sheet, TextInput};

/// What an edit began from.
#[derive(Clone, Debug, Default, PartialEq)]
struct Base {
    desired: Map,
    etag: String,
    version: u64,
}

/// The sheet in which desired state is edited.
#[component]
pub(super) fn EditDesired(
    device: RwSignal<Device>,
    cannot: Signal<Option<String>>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let base = RwSignal::new(Base::default());
    let text = RwSignal::new(String::new());
    let reason = RwSignal::new(String::new());
    let wrong_reason = RwSignal::new(None::<String>);
    let save = Action::new(move |(patch, reason): &(String, String)| {
        let (id, etag) = (
            device.with_untracked(|device| device.id.clone()),
            base.with_untracked(|base| base.etag.clone()),
        );
        change_desired(id, patch.clone(), reason.clone(), etag)
    });
    let outcome = save.value();
    let begin = move || {
        let now = device.with_untracked(|device| Base {
            desired: device.desired.clone(),
            etag: device.etag.clone(),
            version: device.desired_version,
        });
        base.set(now);
    };
    // Opening takes the state of that moment; changes that arrive meanwhile are shown as a conflict, not mixed in.
    Effect::new(move |was: Option<bool>| {
        let is_open = open.get();
        if is_open && was != Some(true) {
            begin();
            text.set(base.with_untracked(|base| words::pretty(&base.desired)));
            wrong_reason.set(None);
            outcome.set(None);
        }
        is_open
    });
    Effect::new(move |_| {
        if let Some(Ok(now)) = outcome.get() {
            device.set(now);
            reason.set(String::new());
            open.set(false);
        }
    });

    let parsed = Memo::new(move |_| text.with(|text| parse(text)));
    let lines = Memo::new(move |_| match parsed.get() {
        Ok(new) => base.with(|base| change::lines(&base.desired, &new)),
        Err(_) => Vec::new(),
    });
    let submit = move || {
        let Ok(new) = parsed.get_untracked() else {
            return;
        };
        if reason.with_untracked(|reason| reason.trim().is_empty()) {
            wrong_reason.set(Some("Say why, for whoever reads the history.".into()));
            return;
        }
        let patch = base.with_untracked(|base| change::patch(&base.desired, &new));
        save.dispatch((Value::Object(patch).to_string(), reason.get_untracked()));
    };
    let blocked = Signal::derive(move || {
        cannot.get().or_else(|| {
            if save.pending().get() {
                Some("Saving.".into())
            } else if parsed.with(Result::is_err) {
                Some("The JSON cannot be read yet.".into())
            } else {
                lines
                    .with(Vec::is_empty)
                    .then(|| "Nothing is changed yet.".into())
            }
        })
    });
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter"
            && (event.ctrl_key() || event.meta_key())
            && blocked.with_untracked(Option::is_none)
        {
            event.prevent_default();
            submit();
        }
    };
    let is_overtaken = move || {
        base.with(|base| device.with(|device| base.etag != device.etag && !base.etag.is_empty()))
    };
    let wrong = Signal::derive(move || parsed.with(|parsed| parsed.as_ref().err().cloned()));

    view! {
        <Sheet
            id="edit-desired"
            open=open
            title="Edit desired state".to_owned()
            buttons=move || {
                view! {
                    <Button kind=Kind::Quiet on_press=move |()| open.set(false)>"Cancel"</Button>
                    <Button kind=Kind::Primary key="Ctrl ↵" disabled=blocked on_press=move |()| submit()>"Ask the device"</Button>
                }
            }
        >
            {move || is_overtaken().then(|| view! { <Overtaken base=base device=device begin=begin /> })}
            {move || outcome.get().and_then(Result::err).map(|problem| view! { <Failure problem=problem /> })}
            <Control id="desired-json" label="Desired state" hint="JSON. Removing a member removes it from the twin." error=wrong>
                <textarea
                    class="input mono json"
                    id="desired-json"
                    rows="16"
                    spellcheck="false"
                    autocapitalize="none"
                    aria-describedby="desired-json-hint"
                    aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                    prop:value=text
                    on:input=move |event| text.set(event_target_value(&event))
                    on:keydown=on_key
                ></textarea>
            </Control>
            <Changes lines=lines />
            <TextInput
                id="reason"
                name="reason"
                label="Reason"
                hint="One sentence; it stands in the history."
                error=wrong_reason
                on_text=move |said: String| {
                    reason.set(said);
                    wrong_reason.set(None);
                }
            />
        </Sheet>
    }
}

/// The change in words: what stands there, and what is asked instead.
#[component]
fn Changes(lines: Memo<Vec<change::Line>>) -> impl IntoView {
    view! {
        <section class="changes" aria-label="Changes" aria-live="polite">
            <h3>{move || match lines.with(Vec::len) {
                0 => "No changes yet".to_owned(),
                1 => "1 change".to_owned(),
                n => format!("{n} changes"),
            }}</h3>
            <ul>
                {move || {
                    lines
                        .get()
                        .into_iter()
                        .map(|line| {
                            let side = |value: Option<&Value>| value.map_or_else(|| "not set".to_owned(), words::value);
                            view! {
                                <li>
                                    <span class="mono">{line.path.clone()}</span>
                                    <span class="mono was">{side(line.old.as_ref())}</span>
                                    <span aria-label="becomes">"→"</span>
                                    <span class="mono becomes">{side(line.new.as_ref())}</span>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
        </section>
    }
}

/// Somebody else changed the twin since this edit began.
#[component]
fn Overtaken(
    base: RwSignal<Base>,
    device: RwSignal<Device>,
    begin: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let theirs = move || {
        let (old, new) = (
            base.with(|base| base.desired.clone()),
            device.with(|device| device.desired.clone()),
        );
        let lines = change::lines(&old, &new);
        let said: Vec<String> = lines.iter().map(|line| line.path.clone()).collect();
        if said.is_empty() {
            "only tags differ".to_owned()
        } else {
            said.join(", ")
        }
    };
    let compare = move || {
        view! {
            <Button on_press=move |()| begin()>"Compare with what stands now"</Button>
        }
    };
    view! {
        <Notice is=Is::Drift action=compare>
            {move || {
                let (from, to) = (base.with(|base| base.version), device.with(|device| device.desired_version));
                format!("Somebody changed this twin since you began (v {from} to v {to}: {}). Your text is kept.", theirs())
            }}
        </Notice>
    }
}

#[component]
fn Failure(problem: Problem) -> impl IntoView {
    let advice = if problem.code == Code::Conflict {
        " Compare, then ask again."
    } else {
        ""
    };
    view! {
        <Notice is=Is::Fault>
            {problem.sentence} {advice}
            {problem.request.map(|request| view! { " Request " <span class="mono">{request}</span> "." })}
        </Notice>
    }
}

/// The text as a document, or what is wrong with it and where.
fn parse(text: &str) -> Result<Map, String> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("Desired state is an object: begin with { and end with }.".to_owned()),
        Err(error) => Err(format!(
            "Line {}, column {}: this is not JSON yet.",
            error.line(),
            error.column()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_no_object_says_what_is_wrong() {
        assert!(parse("{\"a\":1}").is_ok());
        assert_eq!(
            parse("[1]").unwrap_err(),
            "Desired state is an object: begin with { and end with }."
        );
        assert_eq!(
            parse("{\n\"a\":,}").unwrap_err(),
            "Line 2, column 5: this is not JSON yet."
        );
    }
}

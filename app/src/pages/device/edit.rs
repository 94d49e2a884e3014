//! Editing what is asked of one device and its tags: JSON beside the change it makes, a reason, and what to do when somebody
//! else was faster. The text is never lost.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use twin::{Map, Value};

use super::reason::{Reason, Why};
use super::{change, words};
use crate::api::device::{Device, Finding, Half, change_desired, change_tags, check};
use crate::api::{Code, Problem};
use crate::prelude::*;
use crate::ui::{Button, Choice, Control, Is, Kind, Mark, Notice, Part, Segmented, Sheet, Size};

/// What an edit began from.
#[derive(Clone, Debug, Default, PartialEq)]
struct Base {
    desired: Map,
    tags: Map,
    etag: String,
    version: u64,
}

impl Base {
    fn of(device: &Device) -> Self {
        Self {
            desired: device.desired.clone(),
            tags: device.tags.clone(),
            etag: device.etag.clone(),
            version: device.desired_version,
        }
    }

    fn half(&self, half: Half) -> &Map {
        match half {
            Half::Desired => &self.desired,
            Half::Tags => &self.tags,
        }
    }
}

/// How long typing pauses before the server is asked what is wrong, in milliseconds.
const IDLE_MS: u64 = 400;

/// The sheet, when it is first opened.
#[lazy]
pub(super) fn device_editor(
    device: RwSignal<Device>,
    cannot: Signal<Option<String>>,
    open: RwSignal<bool>,
    did: RwSignal<u32>,
) -> Part {
    Arc::new(move || view! { <EditDesired device=device cannot=cannot open=open did=did /> })
}

/// The sheet in which desired state and tags are edited.
#[component]
fn EditDesired(
    device: RwSignal<Device>,
    cannot: Signal<Option<String>>,
    open: RwSignal<bool>,
    did: RwSignal<u32>,
) -> impl IntoView {
    let base = RwSignal::new(Base::default());
    let half = RwSignal::new(Half::Desired);
    // Each half keeps its text while the other one is edited.
    let texts = [RwSignal::new(String::new()), RwSignal::new(String::new())];
    let text_of = move |half: Half| texts[half as usize];
    let text = memo(move || text_of(half.get()).get());
    let why = Why::new();
    let save = Action::new(move |(half, patch, reason): &(Half, String, String)| {
        let (id, etag) = (
            device.with_untracked(|device| device.id.clone()),
            base.with_untracked(|base| base.etag.clone()),
        );
        let (half, patch, reason) = (*half, patch.clone(), reason.clone());
        async move {
            match half {
                Half::Desired => change_desired(id, patch, reason, etag).await,
                Half::Tags => change_tags(id, patch, reason, etag).await,
            }
        }
    });
    let outcome = save.value();
    let begin = move || base.set(device.with_untracked(Base::of));
    // Opening takes the state of that moment; changes that arrive meanwhile are shown as a conflict, not mixed in.
    Effect::new(move |was: Option<bool>| {
        let is_open = open.get();
        if is_open && was != Some(true) {
            begin();
            for half in [Half::Desired, Half::Tags] {
                text_of(half).set(base.with_untracked(|base| words::pretty(base.half(half))));
            }
            half.set(Half::Desired);
            outcome.set(None);
        }
        is_open
    });
    effect(move || {
        if let Some(Ok(now)) = outcome.get() {
            super::renew(device, now);
            did.update(|did| *did += 1);
            why.clear();
            open.set(false);
        }
    });

    let parsed = memo(move || text.with(|text| parse(text)));
    let findings = findings(half, text, parsed);
    let lines = memo(move || match parsed.get() {
        Ok(new) => base.with(|base| change::lines(base.half(half.get()), &new)),
        Err(_) => Vec::new(),
    });
    let submit = move || {
        let Ok(new) = parsed.get_untracked() else {
            return;
        };
        let Some(reason) = why.given() else { return };
        let half = half.get_untracked();
        let patch = base.with_untracked(|base| change::patch(base.half(half), &new));
        save.dispatch((half, Value::Object(patch).to_string(), reason));
    };
    let blocked = derived(move || {
        cannot.get().or_else(|| {
            if save.pending().get() {
                Some("Saving.".into())
            } else if parsed.with(Result::is_err) {
                Some("The JSON cannot be read yet.".into())
            } else if findings.with(|found| found.iter().any(|finding| finding.is_error)) {
                Some("Mend what is listed first: it would be refused.".into())
            } else {
                lines
                    .with(Vec::is_empty)
                    .then(|| "Nothing is changed yet.".into())
            }
        })
    });
    let on_key = Callback::new(move |event: KeyboardEvent| {
        if event.key() == "Enter"
            && (event.ctrl_key() || event.meta_key())
            && blocked.with_untracked(Option::is_none)
        {
            event.prevent_default();
            submit();
        }
    });
    let is_overtaken = move || {
        base.with(|base| device.with(|device| base.etag != device.etag && !base.etag.is_empty()))
    };
    let choices = Signal::stored(vec![
        Choice {
            value: DESIRED,
            name: "Desired state".into(),
        },
        Choice {
            value: TAGS,
            name: "Tags".into(),
        },
    ]);
    let chosen = derived(move || match half.get() {
        Half::Desired => DESIRED,
        Half::Tags => TAGS,
    });
    let choose = move |word| {
        half.set(if word == TAGS {
            Half::Tags
        } else {
            Half::Desired
        });
    };
    let verb = move || match half.get() {
        Half::Desired => "Ask the device",
        Half::Tags => "Change the tags",
    };
    // What is written in the half that is not shown is not sent with the other.
    let beside = move || {
        let (other, words) = match half.get() {
            Half::Desired => (
                Half::Tags,
                "The tags have changes too; they are not sent with these.",
            ),
            Half::Tags => (
                Half::Desired,
                "The desired state has changes too; they are not sent with these.",
            ),
        };
        let is_changed = text_of(other).with(|text| {
            parse(text).map_or(true, |map| base.with(|base| base.half(other) != &map))
        });
        is_changed.then_some(words)
    };

    view! {
        <Sheet
            id="edit-desired"
            open=open
            title="Edit desired state".to_owned()
            buttons=move || {
                view! {
                    <Button kind=Kind::Quiet on_press=move |()| open.set(false)>"Cancel"</Button>
                    <Button kind=Kind::Primary key="Ctrl ↵" disabled=blocked on_press=move |()| submit()>{verb}</Button>
                }
            }
        >
            {move || is_overtaken().then(|| view! { <Overtaken base=base device=device begin=begin /> })}
            {move || outcome.get().and_then(Result::err).map(|problem| view! { <Failure problem=problem /> })}
            <Segmented label="What to edit" choices=choices value=chosen on_choose=choose />
            {move || {
                let half = half.get();
                view! { <Editor half=half text=text_of(half) parsed=parsed on_key=on_key /> }
            }}
            <Findings findings=findings />
            <Changes lines=lines />
            {move || beside().map(|words| view! { <p class="faint">{words}</p> })}
            <Reason id="reason" hint="One sentence; it stands in the history." why=why />
        </Sheet>
    }
}

const DESIRED: &str = "desired";
const TAGS: &str = "tags";

/// The text with its line numbers.
#[component]
fn Editor(
    half: Half,
    text: RwSignal<String>,
    parsed: Memo<Result<Map, String>>,
    on_key: Callback<KeyboardEvent>,
) -> impl IntoView {
    let (id, label, hint) = match half {
        Half::Desired => (
            "desired-json",
            "Desired state",
            "JSON. Removing a member removes it from the twin.",
        ),
        Half::Tags => (
            "tags-json",
            "Tags",
            "JSON. The device never sees them; removing a member removes it.",
        ),
    };
    let wrong = derived(move || parsed.with(|parsed| parsed.as_ref().err().cloned()));
    let count = memo(move || text.with(|text| text.split('\n').count().max(LINES_MIN)));
    let numbers = move || {
        let mut numbers = String::new();
        for number in 1..=count.get() {
            numbers.push_str(&number.to_string());
            numbers.push('\n');
        }
        numbers
    };
    let format = move |()| {
        if let Ok(map) = parsed.get_untracked() {
            text.set(words::pretty(&map));
        }
    };
    let cannot_format = derived(move || {
        parsed
            .with(Result::is_err)
            .then(|| "The JSON cannot be read yet.".to_owned())
    });
    view! {
        <Control id=id label=label hint=hint error=wrong>
            <div class="editor">
                <span class="ln" aria-hidden="true">{numbers}</span>
                <textarea
                    class="mono json"
                    id=id
                    rows=move || count.get().to_string()
                    wrap="off"
                    spellcheck="false"
                    autocapitalize="none"
                    aria-describedby=format!("{id}-hint")
                    aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                    prop:value=text
                    on:input=move |event| text.set(event_target_value(&event))
                    on:keydown=move |event| on_key.run(event)
                ></textarea>
            </div>
        </Control>
        <div class="btns">
            <Button size=Size::Small disabled=cannot_format on_press=format>"Format"</Button>
        </div>
    }
}

/// Lines that the editor has room for at least.
const LINES_MIN: usize = 12;

/// What the server finds wrong with the text, once typing has paused.
fn findings(
    half: RwSignal<Half>,
    text: Memo<String>,
    parsed: Memo<Result<Map, String>>,
) -> Memo<Vec<Finding>> {
    let ask = Action::new(move |(half, text): &(Half, String)| {
        let (half, text) = (*half, text.clone());
        async move {
            let found = check(half, text.clone()).await.unwrap_or_default();
            (half, text, found)
        }
    });
    effect(move || {
        let now = (half.get(), text.get());
        // What is no JSON is told at once, and what is empty was not opened yet.
        if now.1.is_empty() || parsed.with(Result::is_err) {
            return;
        }
        let later = set_timeout_with_handle(
            move || {
                ask.dispatch(now);
            },
            std::time::Duration::from_millis(IDLE_MS),
        );
        if let Ok(later) = later {
            on_cleanup(move || later.clear());
        }
    });
    // While it is typed on, what was found is not shown at a new place.
    memo(move || match ask.value().get() {
        Some((of, checked, found)) if of == half.get() && text.with(|text| *text == checked) => {
            found
        }
        _ => Vec::new(),
    })
}

/// What is wrong or odd, line by line.
#[component]
fn Findings(findings: Memo<Vec<Finding>>) -> impl IntoView {
    let line = |finding: Finding| {
        let is = if finding.is_error {
            Is::Fault
        } else {
            Is::Drift
        };
        let words = format!(
            "Line {}, column {}: {}",
            finding.line, finding.column, finding.sentence
        );
        view! {
            <li>
                <Mark is=is />
                <span>{words}</span>
            </li>
        }
    };
    view! {
        <ul class="findings" role="status" aria-label="What is wrong">
            {move || findings.get().into_iter().map(line).collect_view()}
        </ul>
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
            "its tags".to_owned()
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
    match reader::from_str::<Value>(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("It is an object: begin with { and end with }.".to_owned()),
        Err(error) => {
            let (line, column) = error.place(text);
            Err(format!(
                "Line {line}, column {column}: this is not JSON yet."
            ))
        }
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
            "It is an object: begin with { and end with }."
        );
        assert_eq!(
            parse("{\n\"a\":,}").unwrap_err(),
            "Line 2, column 5: this is not JSON yet."
        );
    }
}

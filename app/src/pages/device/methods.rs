//! Running a method: a name, a payload, what the device answered, and the calls that were made before.

use std::sync::Arc;

use serde_json::Value;
use twin::time::Timestamp;

use crate::api::Problem;
use crate::api::device::{Answer, Call, Device, calls, invoke};
use crate::browser;
use crate::format;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::shell::use_key;
use crate::ui::{
    Button, Choice, Control, Is, Kind, Mark, Notice, Part, Section, Segmented, Size, TextInput,
    later,
};

/// The methods that `tandem-agent` answers; any other name can be written.
const KNOWN: [&str; 3] = ["identify", "getDiagnostics", "reboot"];
const OTHER: &str = "other";
/// No method is chosen yet.
const NONE: &str = "";

/// The section of methods. What runs one comes when the first is chosen.
#[component]
pub(super) fn Methods(
    device: RwSignal<Device>,
    now: Signal<Timestamp>,
    cannot: Signal<Option<String>>,
    /// Grows when a call that was made here has ended.
    did: RwSignal<u32>,
) -> impl IntoView {
    let chosen = RwSignal::new(NONE);
    // How often the keys asked for the methods.
    let called = RwSignal::new(0);
    use_key("m", "Run a method", move || {
        if chosen.get_untracked() == NONE {
            chosen.set(KNOWN[0]);
        }
        called.update(|called| *called += 1);
    });
    let choices = Signal::stored(
        KNOWN
            .map(|name| (name, name))
            .into_iter()
            .chain([(OTHER, "Other")])
            .map(|(value, name)| Choice {
                value,
                name: name.to_owned(),
            })
            .collect::<Vec<_>>(),
    );
    view! {
        <Section id="methods" title="Methods".to_owned() note="answers while connected; choose one to run it or to see the calls before".to_owned()>
            <div class="methods">
                <Segmented label="Method" choices=choices value=chosen on_choose=move |value| chosen.set(value) />
                {later(
                    move || chosen.get() != NONE,
                    move || device_methods(device, now, cannot, chosen, did, called),
                )}
            </div>
        </Section>
    }
}

/// What runs the chosen method, and the calls that were made before. It takes the focus when `called` grows.
#[lazy]
fn device_methods(
    device: RwSignal<Device>,
    now: Signal<Timestamp>,
    cannot: Signal<Option<String>>,
    chosen: RwSignal<&'static str>,
    did: RwSignal<u32>,
    called: RwSignal<u32>,
) -> Part {
    Arc::new(
        move || view! { <Run device=device now=now cannot=cannot chosen=chosen did=did called=called /> },
    )
}

#[component]
fn Run(
    device: RwSignal<Device>,
    now: Signal<Timestamp>,
    cannot: Signal<Option<String>>,
    chosen: RwSignal<&'static str>,
    did: RwSignal<u32>,
    called: RwSignal<u32>,
) -> impl IntoView {
    Effect::new(move |before: Option<u32>| {
        let now = called.get();
        // On its way it may have taken long: who writes elsewhere by now goes on there.
        let is_late = before.is_none() && browser::is_typing();
        if now > before.unwrap_or(0) && !is_late {
            browser::focus("method-payload");
        }
        now
    });
    let own = RwSignal::new(String::new());
    let payload = RwSignal::new(String::new());
    let call = Action::new(move |(name, payload): &(String, String)| {
        invoke(
            device.with_untracked(|device| device.id.clone()),
            name.clone(),
            payload.clone(),
        )
    });
    let answered = call.value();

    let name = move || {
        if chosen.get() == OTHER {
            own.get().trim().to_owned()
        } else {
            chosen.get().to_owned()
        }
    };
    let wrong = derived(move || payload.with(|payload| wrong_json(payload)));
    let away = derived(move || {
        cannot.get().or_else(|| {
            device.with(|device| {
                (!device.is_connected).then(|| {
                    format!(
                        "Last seen {}. A method needs a connection.",
                        format::ago(device.last_activity, now.get())
                    )
                })
            })
        })
    });
    let busy = derived(move || {
        away.get().or_else(|| {
            call.pending()
                .get()
                .then(|| "Waiting for the answer.".to_owned())
        })
    });
    let blocked = derived(move || {
        busy.get().or_else(|| {
            if name().is_empty() {
                Some("Write the name of the method.".into())
            } else {
                wrong
                    .with(Option::is_some)
                    .then(|| "The payload is not JSON yet.".into())
            }
        })
    });
    let run = move || {
        call.dispatch((name(), payload.get_untracked()));
    };
    effect(move || {
        if answered.with(Option::is_some) {
            did.update(|did| *did += 1);
        }
    });
    let again = Callback::new(move |(name, sent): (String, String)| {
        if let Some(known) = KNOWN.into_iter().find(|known| *known == name) {
            chosen.set(known);
        } else {
            chosen.set(OTHER);
            own.set(name.clone());
        }
        payload.set(sent.clone());
        call.dispatch((name, sent));
    });

    view! {
        {move || {
            (chosen.get() == OTHER)
                .then(|| {
                    view! {
                        <TextInput
                            id="method-name"
                            name="method"
                            label="Method name"
                            value=own.get_untracked()
                            on_text=move |name| own.set(name)
                        />
                    }
                })
        }}
        <Control id="method-payload" label="Payload" optional="optional" hint="JSON; empty sends null." error=wrong>
            <textarea
                class="input mono json"
                id="method-payload"
                rows="3"
                spellcheck="false"
                aria-describedby="method-payload-hint"
                prop:value=payload
                on:input=move |event| payload.set(event_target_value(&event))
            ></textarea>
        </Control>
        <div class="btns">
            <Button disabled=blocked on_press=move |()| run()>"Run method"</Button>
            <span class="faint" role="status">
                {move || if call.pending().get() { "Waiting for the answer".to_owned() } else { String::new() }}
            </span>
        </div>
        {move || answered.get().map(|answer| view! { <Outcome answer=answer /> })}
        <Earlier device=device now=now blocked=busy did=did again=again />
    }
}

#[component]
fn Outcome(answer: Result<Answer, Problem>) -> impl IntoView {
    match answer {
        Ok(answer) => {
            let took = format::took(std::time::Duration::from_millis(answer.took_ms));
            view! {
                <p role="status" title=format::instant(answer.at)>
                    {format!("The device answered {} in {took}", answer.status)}
                </p>
                <pre class="code" tabindex="0" aria-label="Answer">{answer.payload}</pre>
            }
        }
        Err(problem) => view! { <Notice is=Is::Fault>{problem.sentence}</Notice> },
    }
}

/// The calls that were made before, whoever made them.
#[component]
fn Earlier(
    device: RwSignal<Device>,
    now: Signal<Timestamp>,
    /// Why none can be made again now.
    blocked: Signal<Option<String>>,
    /// Grows when a call that was made here has ended: it is then among the earlier ones.
    did: RwSignal<u32>,
    again: Callback<(String, String)>,
) -> impl IntoView {
    let id = move || device.with_untracked(|device| device.id.clone());
    let read = Action::new(move |()| calls(id(), None));
    // A call that is made elsewhere is told by the live channel, which sends the device anew.
    let at = memo(move || {
        // Both only grow.
        device.with(|device| device.seq) + u64::from(did.get())
    });
    effect(move || {
        at.get();
        read.dispatch(());
    });
    let newest = read.value();
    let older = RwSignal::new(Vec::<Call>::new());
    let more = RwSignal::new(None::<Option<u64>>);
    let load = Action::new(move |from: &u64| calls(id(), Some(*from)));
    effect(move || {
        if let Some(Ok(page)) = load.value().get() {
            more.set(Some(page.older));
            older.update(|older| older.extend(page.calls));
        }
    });
    let shown = memo(move || {
        let newest = newest.with(|newest| {
            newest
                .as_ref()
                .and_then(|newest| newest.as_ref().ok())
                .map(|newest| newest.calls.clone())
                .unwrap_or_default()
        });
        let last = newest.last().map(|call| call.number);
        let beyond = older
            .get()
            .into_iter()
            .filter(|call| last.is_none_or(|last| call.number < last));
        newest.into_iter().chain(beyond).collect::<Vec<_>>()
    });
    let cursor = move || {
        let first = newest.with(|newest| newest.as_ref()?.as_ref().ok()?.older);
        more.get().unwrap_or(first)
    };
    view! {
        {move || newest.with(|newest| newest.as_ref()?.as_ref().err().cloned()).map(|problem| view! { <Trouble problem=problem /> })}
        <Show when=move || !shown.with(Vec::is_empty)>
            <h3 id="h-calls">"Calls before"</h3>
            <ol class="calls" aria-labelledby="h-calls">
                <For
                    each=move || shown.get()
                    key=|call| call.number
                    children=move |call| view! { <Before call=call now=now blocked=blocked again=again /> }
                />
            </ol>
        </Show>
        {move || {
            cursor()
                .map(|cursor| {
                    view! { <Button size=Size::Small label="Load older calls" on_press=move |()| { load.dispatch(cursor); }>"Load older"</Button> }
                })
        }}
    }
}

/// One call: what it was, what came of it, and the press that makes it again.
#[component]
fn Before(
    call: Call,
    now: Signal<Timestamp>,
    blocked: Signal<Option<String>>,
    again: Callback<(String, String)>,
) -> impl IntoView {
    let Call {
        at,
        who,
        name,
        payload,
        is_answered,
        outcome,
        answer,
        ..
    } = call;
    let is = if is_answered { Is::Reported } else { Is::Fault };
    let label = format!("Call {name} again");
    let sent = match payload.as_deref() {
        None => Some("payload not kept".to_owned()),
        Some("") => None,
        Some(payload) => Some(format::middle(payload, 60)),
    };
    let kept = payload.clone();
    let disabled = derived(move || {
        let is_lost = kept.is_none();
        blocked
            .get()
            .or_else(|| is_lost.then(|| "Its payload was not kept: write it above.".to_owned()))
    });
    let press = {
        let name = name.clone();
        move |()| again.run((name.clone(), payload.clone().unwrap_or_default()))
    };
    view! {
        <li>
            <Mark is=is />
            <div>
                <p><b>{name}</b> " " {outcome}</p>
                {sent.map(|sent| view! { <code>{sent}</code> })}
                <small class="faint">
                    {who} ", "
                    <time title=format::instant(at)>{move || format::ago(at, now.get())}</time>
                </small>
                {answer
                    .map(|answer| {
                        view! {
                            <details>
                                <summary>"Answer"</summary>
                                <pre class="code" tabindex="0" aria-label="What came back">{answer}</pre>
                            </details>
                        }
                    })}
            </div>
            <Button kind=Kind::Quiet size=Size::Small label=label disabled=disabled on_press=press>"Call again"</Button>
        </li>
    }
}

fn wrong_json(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    let error = reader::from_str::<Value>(text).err()?;
    let (line, column) = error.place(text);
    Some(format!(
        "Line {line}, column {column}: this is not JSON yet."
    ))
}

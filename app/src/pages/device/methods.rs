//! Running a method: a name, a payload, and what the device answered.

use leptos::prelude::*;
use serde_json::Value;
use twin::time::Timestamp;

use crate::api::Problem;
use crate::api::device::{Answer, Device, invoke};
use crate::format;
use crate::ui::{Button, Choice, Control, Is, Notice, Section, Segmented, TextInput};

/// The methods that `tandem-agent` answers; any other name can be written.
const KNOWN: [&str; 3] = ["identify", "getDiagnostics", "reboot"];
const OTHER: &str = "other";

/// The section of methods.
#[component]
pub(super) fn Methods(
    device: RwSignal<Device>,
    now: Signal<Timestamp>,
    cannot: Signal<Option<String>>,
) -> impl IntoView {
    let chosen = RwSignal::new(KNOWN[0]);
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
    let wrong = Signal::derive(move || payload.with(|payload| wrong_json(payload)));
    let blocked = Signal::derive(move || {
        cannot.get().or_else(|| {
            device.with(|device| {
                if !device.is_connected {
                    Some(format!(
                        "Last seen {}. A method needs a connection.",
                        format::ago(device.last_activity, now.get())
                    ))
                } else if name().is_empty() {
                    Some("Write the name of the method.".into())
                } else if wrong.with(Option::is_some) {
                    Some("The payload is not JSON yet.".into())
                } else {
                    call.pending()
                        .get()
                        .then(|| "Waiting for the answer.".into())
                }
            })
        })
    });
    let choices = Signal::derive(|| {
        let known = KNOWN.map(|name| Choice {
            value: name,
            name: name.to_owned(),
        });
        known
            .into_iter()
            .chain([Choice {
                value: OTHER,
                name: "Other".into(),
            }])
            .collect::<Vec<_>>()
    });
    let run = move || {
        call.dispatch((name(), payload.get_untracked()));
    };

    view! {
        <Section id="methods" title="Methods".to_owned() note="answers while connected".to_owned()>
            <div class="methods">
                <Segmented label="Method" choices=choices value=chosen on_choose=move |value| chosen.set(value) />
                {move || {
                    (chosen.get() == OTHER)
                        .then(|| {
                            view! {
                                <TextInput id="method-name" name="method" label="Method name" on_text=move |name| own.set(name) />
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
            </div>
        </Section>
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
            .into_any()
        }
        Err(problem) => view! { <Notice is=Is::Fault>{problem.sentence}</Notice> }.into_any(),
    }
}

fn wrong_json(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    let error = serde_json::from_str::<Value>(text).err()?;
    Some(format!(
        "Line {}, column {}: this is not JSON yet.",
        error.line(),
        error.column()
    ))
}

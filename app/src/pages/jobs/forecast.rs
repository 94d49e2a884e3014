//! What will happen: asked of the server a moment after the last letter, and shown in sentences with devices before and after.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;

use crate::api::Problem;
use crate::api::jobs::{Draft, Forecast, Sample, forecast};
use crate::pages::Trouble;
use crate::prelude::*;
use crate::routes::Address;
use crate::ui::{Is, Mark, Section};

/// How long after the last letter the server is asked.
const PAUSE: Duration = Duration::from_millis(250);

/// The forecast of a draft.
#[derive(Clone, Copy)]
pub(super) struct Forecasting {
    draft: RwSignal<Draft>,
    /// The newest answer, and the draft that it is of.
    answer: RwSignal<(Draft, Result<Forecast, Problem>)>,
}

impl Forecasting {
    /// Asks at once, and again as the draft changes.
    pub(super) fn of(draft: RwSignal<Draft>) -> Self {
        // A draft that nobody has written: the first answer is on its way.
        let nobodys = Draft {
            timeout_s: String::from("-"),
            ..Draft::default()
        };
        let answer = RwSignal::new((nobodys, Ok(Forecast::default())));
        let ask = Action::new(|draft: &Draft| {
            let draft = draft.clone();
            async move {
                let answer = forecast(draft.clone()).await;
                (draft, answer)
            }
        });
        let answered = ask.value();
        effect(move || {
            if let Some((of, said)) = answered.get() {
                // An answer to what is no longer written is of no use.
                if draft.with_untracked(asked) == of {
                    answer.set((of, said));
                }
            }
        });
        let waiting = StoredValue::new(None::<TimeoutHandle>);
        effect(move || {
            let wanted = draft.with(asked);
            if answer.with_untracked(|(of, _)| *of == wanted) {
                return;
            }
            if let Some(before) = waiting.try_update_value(Option::take).flatten() {
                before.clear();
            }
            let dispatch = move || ask.dispatch(wanted);
            let handle = set_timeout_with_handle(dispatch, PAUSE);
            waiting.set_value(handle.ok());
        });
        Self { draft, answer }
    }

    /// What is wrong at a field, if the answer is of what is written now.
    pub(super) fn wrong(self, field: &str) -> Option<String> {
        self.answer.with(|(_, answer)| {
            let forecast = answer.as_ref().ok()?;
            let wrong = forecast.wrong.iter().find(|wrong| wrong.field == field)?;
            Some(wrong.sentence.clone())
        })
    }

    pub(super) fn first_wrong(self) -> Option<String> {
        self.answer.with_untracked(|(_, answer)| {
            let forecast = answer.as_ref().ok()?;
            forecast.wrong.first().map(|wrong| wrong.field.clone())
        })
    }

    pub(super) fn has_wrong(self) -> bool {
        self.answer.with(|(_, answer)| {
            answer
                .as_ref()
                .is_ok_and(|forecast| !forecast.wrong.is_empty())
        })
    }

    /// The number to type, as it is shown.
    pub(super) fn confirm(self) -> Option<String> {
        self.answer.with(|(_, answer)| {
            answer
                .as_ref()
                .ok()
                .and_then(|forecast| forecast.confirm.clone())
        })
    }

    /// Why nothing can be started yet, where no field is to blame.
    pub(super) fn blocks(self) -> Option<String> {
        let (is_stale, total, confirm) = self.answer.with(|(of, answer)| {
            let forecast = answer.as_ref().ok();
            (
                self.draft.with(asked) != *of,
                forecast.and_then(|forecast| forecast.total),
                forecast.and_then(|forecast| forecast.confirm.clone()),
            )
        });
        if is_stale {
            return Some("What will happen is being worked out.".to_owned());
        }
        if total == Some(0) {
            return Some("No device matches the condition.".to_owned());
        }
        let typed = self.draft.with(|draft| digits(&draft.confirmed));
        let confirm = confirm.filter(|confirm| digits(confirm) != typed)?;
        Some(format!("Type {confirm} to confirm the number of devices."))
    }
}

/// What the forecast depends on.
fn asked(draft: &Draft) -> Draft {
    Draft {
        reason: String::new(),
        confirmed: String::new(),
        ..draft.clone()
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The sentences and the devices.
#[component]
pub(super) fn WhatWillHappen(forecasting: Forecasting) -> impl IntoView {
    let answer = forecasting.answer;
    let sentences = move || {
        answer.with(|(_, answer)| match answer {
            Ok(forecast) if forecast.sentences.is_empty() => {
                view! { <li><span>"Write what is asked, and it stands here what it would do."</span></li> }
            }
            Ok(forecast) => forecast
                .sentences
                .iter()
                .map(|said| {
                    let text = said.text.clone();
                    if said.is_warning {
                        view! { <li><b data-tone="drift">{text}</b></li> }
                    } else {
                        view! { <li><span>{text}</span></li> }
                    }
                })
                .collect_view()
                .into_any(),
            Err(_) => ().into_any(),
        })
    };
    let problem = move || answer.with(|(_, answer)| answer.as_ref().err().cloned());
    let samples = memo(move || {
        answer.with(|(_, answer)| {
            answer
                .as_ref()
                .map(|forecast| forecast.samples.clone())
                .unwrap_or_default()
        })
    });
    view! {
        <Section id="outcome" title="What will happen".to_owned()>
            {move || problem().map(|problem| view! { <Trouble problem=problem /> })}
            <div class="outcome" aria-live="polite">
                <ol>{sentences}</ol>
            </div>
        </Section>
        <Show when=move || samples.with(|samples| !samples.is_empty())>
            <Section id="samples" title="Before and after".to_owned() note="the first of them".to_owned()>
                <ul class="job-samples">
                    {move || samples.get().into_iter().map(sample).collect_view()}
                </ul>
            </Section>
        </Show>
    }
}

fn sample(sample: Sample) -> AnyView {
    let Sample {
        device,
        edits,
        note,
    } = sample;
    let is = if edits.is_empty() {
        Is::Converged
    } else {
        Is::Desired
    };
    let href = Address::Device(device.clone()).href();
    let lines = edits.into_iter().map(|(path, before, after)| {
        view! {
            <small class="mono">
                {path} " " <span class="was">{before}</span> " → " <span class="becomes">{after}</span>
            </small>
        }
    });
    view! {
        <li>
            <Mark is=is />
            <div>
                <a class="mono" href=href>{device}</a>
                " "
                <span class="faint">{note}</span>
                {lines.collect_view()}
            </div>
        </li>
    }
}

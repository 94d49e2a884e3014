//! The second step: what the file would do, and the enrollment with its reason.

use super::Anew;
use super::rows::TheRows;
use crate::api::provision::many::Rehearsal;
use crate::pages::provision::Ways;
use crate::prelude::*;
use crate::routes::Address;
use crate::shell::use_who;
use crate::ui::{Button, Control, Empty, Kind, PageHead, Section};

/// The rehearsal of a file.
#[component]
pub(super) fn Rehearsed(rehearsal: Rehearsal) -> impl IntoView {
    let Rehearsal {
        token,
        file,
        facts,
        sentences,
        enroll,
        reason_error,
        rows,
    } = rehearsal;
    let title = format!("Rehearsal of {file}");
    let facts = move || {
        let facts = facts.clone().into_iter();
        view! {
            {facts.map(|fact| view! { <span>{fact}</span> }).collect_view()}
            <span>"nothing is written yet"</span>
        }
    };
    let sentence = |sentence: String| view! { <li><span>{sentence}</span></li> };
    view! {
        <PageHead title=move || title.clone() facts=facts>
            <Anew words="Choose another file" />
        </PageHead>
        <Ways many=true />
        <div class="enrol" data-with="rows">
            <div class="stackv"><TheRows rows=rows /></div>
            <aside class="stackv" aria-label="What will happen">
                <Section id="outcome" title="What will happen".to_owned()>
                    <div class="outcome">
                        <ol>{sentences.into_iter().map(sentence).collect_view()}</ol>
                    </div>
                </Section>
                {match enroll {
                    Some(words) => view! { <Go token=token words=words error=reason_error /> },
                    None => view! { <Nothing /> },
                }}
            </aside>
        </div>
    }
}

/// The form that enrolls.
#[component]
fn Go(token: String, words: String, error: Option<String>) -> impl IntoView {
    let cannot = Signal::stored(use_who().cannot_change());
    let is_invalid = error.is_some().then_some("true");
    view! {
        <Section id="enroll" title="Enroll".to_owned()>
            <form class="stack-tight" method="post" action=Address::EnrollMany.href() enctype="multipart/form-data">
                <input type="hidden" name="step" value="enroll" />
                <input type="hidden" name="token" value=token />
                <Control id="reason" label="Reason" hint="For whoever reads the audit log." error=Signal::stored(error)>
                    <input
                        class="input"
                        id="reason"
                        name="reason"
                        type="text"
                        required
                        maxlength="128"
                        autocomplete="off"
                        aria-describedby="reason-hint"
                        aria-invalid=is_invalid
                    />
                </Control>
                <div class="btns">
                    <Button kind=Kind::Primary submit=true disabled=cannot>{words}</Button>
                </div>
                <p class="faint">"The file waits here for half an hour. Giving the same file twice enrolls nothing twice."</p>
            </form>
        </Section>
    }
}

/// No device of the file can be enrolled.
#[component]
fn Nothing() -> impl IntoView {
    view! {
        <Empty title="Nothing to enroll">
            <p>"Mend the lines with a problem in your file and rehearse it again."</p>
        </Empty>
    }
}

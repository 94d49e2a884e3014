//! The third step: what was done, and the connection strings, once.

use super::Anew;
use super::rows::TheRows;
use crate::api::provision::many::{Outcome, ResultFile};
use crate::pages::provision::Ways;
use crate::prelude::*;
use crate::routes::Address;
use crate::ui::{Is, Notice, PageHead, Section};

/// What became of a file.
#[component]
pub(super) fn Enrolled(outcome: Outcome) -> impl IntoView {
    let Outcome {
        title,
        facts,
        file,
        rows,
    } = outcome;
    let facts = move || {
        let facts = facts.clone().into_iter();
        facts
            .map(|fact| view! { <span>{fact}</span> })
            .collect_view()
    };
    view! {
        <PageHead title=move || title.clone() facts=facts>
            <Anew words="Enroll more" />
        </PageHead>
        <Ways many=true />
        <div class="enrol" data-with="rows">
            <div class="stackv"><TheRows rows=rows /></div>
            <aside class="stackv" aria-label="Connection strings">
                {file.map(|file| view! { <Strings file=file /> })}
            </aside>
        </div>
    }
}

/// The file of connection strings.
#[component]
fn Strings(file: ResultFile) -> impl IntoView {
    let ResultFile { token, sentence } = file;
    view! {
        <Section id="strings" title="Connection strings".to_owned()>
            <div class="stack-tight">
                <Notice is=Is::Drift>{sentence}</Notice>
                <a
                    class="btn"
                    data-kind="primary"
                    rel="external"
                    download="connection-strings.csv"
                    href=Address::EnrollResult(token).href()
                >
                    "Download connection strings"
                </a>
            </div>
        </Section>
    }
}

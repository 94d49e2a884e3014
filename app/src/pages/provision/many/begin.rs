//! The first step: a file, or its text, and what it must look like.

use crate::api::provision::many::{FILE_BYTES_MAX, ROWS_MAX, TEMPLATE};
use crate::format;
use crate::pages::provision::Ways;
use crate::prelude::*;
use crate::routes::{self, Address};
use crate::shell::use_who;
use crate::ui::{Button, Is, Kind, Notice, PageHead, Section};

/// What a column holds.
const COLUMNS: [(&str, &str); 8] = [
    (
        "deviceId",
        "The name. The one column that every file needs.",
    ),
    ("status", "enabled or disabled; enabled when empty."),
    ("statusReason", "Why, up to 128 characters."),
    (
        "primaryKey",
        "Base64 of 16 to 64 bytes; made by the hub when empty.",
    ),
    ("secondaryKey", "Likewise."),
    (
        "primaryThumbprint",
        "SHA-1 or SHA-256 of the device’s certificate, in place of keys.",
    ),
    (
        "tags.…",
        "A tag, such as tags.site. Further dots lead into objects.",
    ),
    (
        "desired.…",
        "A first desired property, such as desired.metering.interval_s.",
    ),
];

/// The form that takes a file.
#[component]
pub(super) fn Begin(
    /// Why what was given is not taken.
    refusal: Option<String>,
) -> impl IntoView {
    let cannot = Signal::stored(use_who().cannot_change());
    let facts = || {
        let most = format!(
            "Up to {} devices and {} MB a file.",
            format::count(ROWS_MAX as u64),
            FILE_BYTES_MAX / 1024 / 1024
        );
        view! { <span>{most}</span> }
    };
    let column = |(name, words): (&'static str, &'static str)| {
        view! { <tr><th scope="row" class="mono">{name}</th><td>{words}</td></tr> }
    };
    view! {
        <PageHead title=|| "Enroll devices" facts=facts />
        <Ways many=true />
        <div class="enrol">
            <form method="post" action=Address::EnrollMany.href() enctype="multipart/form-data">
                <input type="hidden" name="step" value="rehearse" />
                <div class="form-part">
                    <h2>"File" <small>"Comma-separated values"</small></h2>
                    <div>
                        {refusal.map(|sentence| view! { <Notice is=Is::Fault>{sentence}</Notice> })}
                        <div class="control">
                            <label for="file">"CSV file"</label>
                            <input class="input" type="file" id="file" name="file" accept=".csv,text/csv,text/plain" aria-describedby="file-hint" />
                            <span class="hint" id="file-hint">"UTF-8; commas, semicolons or tabs between the cells."</span>
                        </div>
                        <div class="control">
                            <label for="text">"Or its text" " " <span class="opt">"counts when no file is chosen"</span></label>
                            <textarea
                                class="input mono json"
                                id="text"
                                name="text"
                                rows="8"
                                autocapitalize="none"
                                spellcheck="false"
                                aria-describedby="text-hint"
                            ></textarea>
                            <span class="hint" id="text-hint">"The first line names the columns."</span>
                        </div>
                        <div class="btns">
                            <Button kind=Kind::Primary submit=true disabled=cannot>"Rehearse"</Button>
                            <a class="btn" download="devices.csv" href=routes::as_file("text/csv", TEMPLATE)>"Download a template"</a>
                        </div>
                    </div>
                </div>
            </form>
            <aside class="stackv" aria-label="About the file">
                <Section id="outcome" title="What will happen".to_owned()>
                    <div class="outcome">
                        <ol>
                            <li><span>"A rehearsal says of every line what it would do. "<b>"Nothing is written."</b></span></li>
                            <li><span>"You enroll what can be enrolled, with a reason. Devices that are there already stay as they are."</span></li>
                            <li><span>"Their connection strings come in one file, "<b>"once"</b>"."</span></li>
                        </ol>
                    </div>
                </Section>
                <Section id="columns" title="Columns".to_owned()>
                    <div class="stack-tight">
                        <table class="table column-words" aria-labelledby="h-columns">
                            <tbody>{COLUMNS.map(column).into_iter().collect_view()}</tbody>
                        </table>
                        <p class="faint">
                            "A cell of tags or desired that is JSON is that value: " <code>"900"</code> ", " <code>"true"</code> ", " <code>"\"900\""</code>
                            " for text, a list, an object. Empty and " <code>"null"</code> " are nothing, everything else is text."
                        </p>
                    </div>
                </Section>
            </aside>
        </div>
    }
}

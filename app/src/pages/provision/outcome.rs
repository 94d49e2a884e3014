//! What will happen, in sentences that are written anew with every letter; what is wrong is said in them too.

use twin::{Map, Value};

use crate::api::provision::Draft;
use crate::format;
use crate::prelude::*;
use crate::ui::Section;

/// How many places are named before the rest is counted.
const NAMED_MAX: usize = 3;
/// How long a value is shown, in characters.
const VALUE_CHARS_MAX: usize = 24;

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Plain(String),
    Strong(String),
    Code(String),
    Wrong(String),
}

/// The section of sentences.
#[component]
pub(super) fn WhatWillHappen(draft: Memo<Draft>, host_name: String) -> impl IntoView {
    let sentences = memo(move || draft.with(|draft| sentences(draft, &host_name)));
    let piece = |said: Said| match said {
        Said::Plain(text) => view! { <span>{text}</span> },
        Said::Strong(text) => view! { <b>{text}</b> },
        Said::Code(text) => view! { <span class="mono">{text}</span> },
        Said::Wrong(text) => view! { <b data-tone="fault">{text}</b> },
    };
    view! {
        <Section id="outcome" title="What will happen".to_owned()>
            <div class="outcome">
                <ol>
                    {move || {
                        let said = |sentence: Vec<Said>| {
                            view! { <li><span>{sentence.into_iter().map(piece).collect_view()}</span></li> }
                        };
                        sentences.get().into_iter().map(said).collect_view()
                    }}
                </ol>
                <p class="faint">
                    "Nothing is sent until the device connects. Its connection string, a command and snippets to start it with stand here when it is enrolled."
                </p>
            </div>
        </Section>
    }
}

fn sentences(draft: &Draft, host_name: &str) -> Vec<Vec<Said>> {
    let plain = |text: &str| Said::Plain(text.to_owned());
    let strong = |text: &str| Said::Strong(text.to_owned());
    vec![
        name(draft),
        keys(draft),
        section(
            "It carries ",
            ["tag", "tags"],
            "It carries no tags yet.",
            draft.tags().map_err(|_| "tags that cannot be read"),
        ),
        section(
            "It is asked for ",
            ["setting", "settings"],
            "Nothing is asked of it yet.",
            draft
                .desired()
                .map_err(|_| "a desired state that cannot be read"),
        ),
        vec![
            plain("It connects to "),
            Said::Code(host_name.to_owned()),
            plain(" over "),
            strong("MQTT and TLS"),
            plain("."),
        ],
    ]
}

fn name(draft: &Draft) -> Vec<Said> {
    let plain = |text: &str| Said::Plain(text.to_owned());
    match draft.device_id() {
        Ok(id) => vec![
            Said::Code(id.as_str().to_owned()),
            plain(" is registered and may connect "),
            Said::Strong("at once".to_owned()),
            plain("."),
        ],
        Err(_) if draft.id.is_empty() => vec![
            plain("A device is registered, as soon as it has "),
            Said::Strong("a name".to_owned()),
            plain("."),
        ],
        Err(_) => vec![
            plain("No device can have "),
            Said::Wrong("this name".to_owned()),
            plain("."),
        ],
    }
}

fn keys(draft: &Draft) -> Vec<Said> {
    let plain = |text: &str| Said::Plain(text.to_owned());
    if !draft.wrong_keys().is_empty() {
        return vec![
            plain("It is given "),
            Said::Wrong("a key that cannot be used".to_owned()),
            plain("."),
        ];
    }
    let (how, then) = match (draft.primary_key.is_empty(), draft.secondary_key.is_empty()) {
        (true, true) => (
            "two keys that the hub makes",
            ". You see its connection string once.",
        ),
        (false, false) => ("the two keys that you give", "."),
        (false, true) | (true, false) => {
            ("the key that you give", "; the hub makes the other one.")
        }
    };
    vec![
        plain("It proves itself with "),
        Said::Strong(how.to_owned()),
        plain(then),
    ]
}

/// A section: how many places, and the first of them with their values.
fn section(
    begin: &str,
    [one, many]: [&str; 2],
    nothing: &str,
    section: Result<Map, &str>,
) -> Vec<Said> {
    let plain = |text: &str| Said::Plain(text.to_owned());
    let section = match section {
        Ok(section) => section,
        Err(wrong) => return vec![plain(begin), Said::Wrong(wrong.to_owned()), plain(".")],
    };
    let mut leaves = Vec::new();
    collect("", &section, &mut leaves);
    if leaves.is_empty() {
        return vec![plain(nothing)];
    }
    let count = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
    let named: Vec<&str> = leaves.iter().take(NAMED_MAX).map(String::as_str).collect();
    let mut said = vec![
        plain(begin),
        Said::Strong(format::plural(count, one, many)),
        plain(": "),
        Said::Code(named.join(", ")),
    ];
    said.push(match leaves.len().saturating_sub(NAMED_MAX) {
        0 => plain("."),
        more => Said::Plain(format!(" and {more} more.")),
    });
    said
}

fn collect(above: &str, object: &Map, leaves: &mut Vec<String>) {
    for (key, value) in object {
        let path = if above.is_empty() {
            key.clone()
        } else {
            format!("{above}.{key}")
        };
        match value {
            Value::Object(inner) => collect(&path, inner, leaves),
            value => {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                leaves.push(format!(
                    "{path} = {}",
                    format::middle(&text, VALUE_CHARS_MAX)
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentences as they are read; what is wrong in brackets.
    fn read(draft: &Draft) -> Vec<String> {
        let text = |said: &Said| match said {
            Said::Plain(text) | Said::Strong(text) | Said::Code(text) => text.clone(),
            Said::Wrong(text) => format!("[{text}]"),
        };
        let sentences = sentences(draft, "hub.example");
        let whole = |sentence: &Vec<Said>| sentence.iter().map(text).collect();
        sentences.iter().map(whole).collect()
    }

    #[test]
    fn an_empty_form_says_what_it_needs() {
        assert_eq!(
            read(&Draft::default()),
            [
                "A device is registered, as soon as it has a name.",
                "It proves itself with two keys that the hub makes. You see its connection string once.",
                "It carries no tags yet.",
                "Nothing is asked of it yet.",
                "It connects to hub.example over MQTT and TLS.",
            ]
        );
    }

    #[test]
    fn each_sentence_follows_what_is_written() {
        let draft = Draft {
            id: "am4-1".into(),
            primary_key: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".into(),
            secondary_key: String::new(),
            tags: "region = Nord".into(),
            desired: r#"{ "a": { "x": 1, "y": 2 }, "b": true, "c": [1] }"#.into(),
        };
        assert_eq!(
            read(&draft)[..4],
            [
                "am4-1 is registered and may connect at once.",
                "It proves itself with the key that you give; the hub makes the other one.",
                "It carries 1 tag: region = Nord.",
                "It is asked for 4 settings: a.x = 1, a.y = 2, b = true and 1 more.",
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_said_in_its_sentence() {
        let draft = Draft {
            id: "a b".into(),
            primary_key: "?".into(),
            secondary_key: String::new(),
            tags: "{".into(),
            desired: "nonsense".into(),
        };
        let read = read(&draft);
        assert_eq!(
            read.iter().filter(|line| line.contains('[')).count(),
            4,
            "{read:?}"
        );
    }
}

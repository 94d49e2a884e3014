//! What can be offered, the likeliest first.

use std::borrow::Cow;
use std::cmp::Ordering;

use twin::scheme::PropertyType;

use super::{ITEMS_MAX, Suggestion, SuggestionKind};
use crate::functions;
use crate::lexer::{Kind, Token, lex};
use crate::schema::{PathInfo, Schema};

/// Values that are shown with a path.
const VALUES_SHOWN: usize = 4;
/// Functions that are offered before anything is written. Without NOW and AGO nobody finds how to ask about times.
const CALLS_AT_ONCE: [&str; 4] = ["IS_DEFINED(", "IS_DRIFTING(", "NOW()", "AGO("];
/// How well a name fits that has somewhere in it what is written.
const INSIDE: u8 = 1;
/// Lengths of time that people ask for.
const DURATIONS: [&str; 5] = ["'15m'", "'1h'", "'24h'", "'7d'", "'30d'"];

/// What is written of a word before the caret.
pub(super) struct Written<'a> {
    /// As it stands.
    pub(super) text: &'a str,
    /// A text without its quotes and escapes, in lower case.
    plain: String,
    is_text: bool,
}

impl<'a> Written<'a> {
    /// What is written, and its words.
    pub(super) fn new(text: &'a str, tokens: &[Token]) -> Self {
        let content = match tokens {
            [
                Token {
                    kind: Kind::Text(content),
                    ..
                },
            ] => Some(content),
            _ => None,
        };
        Self {
            text,
            plain: content.map_or(text, String::as_str).to_lowercase(),
            is_text: content.is_some(),
        }
    }

    /// How well a name fits: 3 for the same beginning, 2 for the beginning of a segment, [`INSIDE`] for less.
    fn fit(&self, name: &str) -> Option<u8> {
        // Bytes, because this is asked of each path on each key; letters beyond ASCII fit in their own case.
        let (name, written) = (name.as_bytes(), self.text.as_bytes());
        let Some((first, rest)) = written.split_first() else {
            return Some(INSIDE);
        };
        let last = name.len().checked_sub(written.len())?;
        let mut found = None;
        for at in 0..=last {
            let begins = name[at].eq_ignore_ascii_case(first)
                && name[at + 1..at + written.len()].eq_ignore_ascii_case(rest);
            if begins && at == 0 {
                return Some(3);
            } else if begins && name[at - 1] == b'.' {
                return Some(2);
            } else if begins {
                found = Some(INSIDE);
            }
        }
        found
    }
}

/// Paths, calls and some keywords, by how well they fit.
pub(super) fn operands(written: &Written<'_>, names: &[&str], schema: &Schema) -> Vec<Suggestion> {
    let mut others = calls(written);
    others.extend(keywords(names, written));
    let most = ITEMS_MAX.saturating_sub(others.len());
    let mut items = paths(written, schema, |_| true, most);
    items.extend(others);
    if written.text.is_empty() {
        return items;
    }
    // People write the last names of paths: what begins inside a path comes before a function.
    items.sort_by_cached_key(|item| match item.kind {
        SuggestionKind::Path(_) if written.fit(&item.insert) == Some(INSIDE) => 2,
        SuggestionKind::Path(_) => 0,
        _ => 1,
    });
    items
}

/// At most so many of the paths that are wanted.
pub(super) fn paths(
    written: &Written<'_>,
    schema: &Schema,
    is_wanted: fn(&str) -> bool,
    most: usize,
) -> Vec<Suggestion> {
    let better =
        |(fit_one, one): &(u8, &PathInfo), (fit_other, other): &(u8, &PathInfo)| -> Ordering {
            fit_other
                .cmp(fit_one)
                .then(other.share.total_cmp(&one.share))
                .then_with(|| one.path.cmp(&other.path))
        };
    let mut found: Vec<(u8, &PathInfo)> = schema
        .paths
        .iter()
        .filter_map(|known| Some((written.fit(&known.path)?, known)))
        .filter(|(_, known)| is_wanted(&known.path))
        .collect();
    if let Some(last) = most.checked_sub(1)
        && found.len() > most
    {
        found.select_nth_unstable_by(last, better);
    }
    found.truncate(most);
    found.sort_unstable_by(better);
    found.into_iter().map(|(_, known)| of_path(known)).collect()
}

fn of_path(known: &PathInfo) -> Suggestion {
    let share = format!("{:.1}\u{2009}%", known.share * 100.0);
    let title = if known.title.is_empty() {
        String::new()
    } else {
        format!("{}. ", known.title)
    };
    let how = if known.declared {
        ""
    } else {
        " Answered by reading documents."
    };
    let values: Vec<String> = known
        .values
        .iter()
        .take(VALUES_SHOWN)
        .map(|(value, count)| format!("{value} ({count})"))
        .collect();
    let values = if values.is_empty() {
        String::new()
    } else {
        format!(" Most often {}.", values.join(", "))
    };
    Suggestion {
        insert: known.path.clone(),
        label: known.path.clone(),
        kind: SuggestionKind::Path(known.kind),
        detail: known.kind.to_string(),
        doc: format!("{title}{share} of the devices have it.{values}{how}"),
    }
}

/// Lengths of time.
pub(super) fn durations(written: &Written<'_>) -> Vec<Suggestion> {
    let begins = |text: &&str| content(text).starts_with(&written.plain);
    let of_text = |text: &str| Suggestion {
        insert: text.to_owned(),
        label: text.to_owned(),
        kind: SuggestionKind::Value,
        detail: String::new(),
        doc: String::new(),
    };
    DURATIONS
        .iter()
        .copied()
        .filter(begins)
        .map(of_text)
        .collect()
}

/// What a path is compared with: its values, and where a name has begun, whatever has one.
pub(super) fn compared(of: &str, written: &Written<'_>, schema: &Schema) -> Vec<Suggestion> {
    let mut items = values(of, written, &[], schema);
    if written.text.starts_with(char::is_alphabetic) {
        let others = operands(written, &[], schema).into_iter();
        let others: Vec<_> = others
            .filter(|other| other.insert != of && !items.contains(other))
            .collect();
        items.extend(others);
    }
    items
}

/// Values of a path that are not given yet.
pub(super) fn values(
    of: &str,
    written: &Written<'_>,
    given: &[String],
    schema: &Schema,
) -> Vec<Suggestion> {
    let known = schema.find(of);
    let mut found: Vec<(&str, u64)> = known
        .iter()
        .flat_map(|known| &known.values)
        .map(|(value, count)| (value.as_str(), *count))
        .collect();
    found.sort_by(|(one, many), (other, more)| more.cmp(many).then(one.cmp(other)));
    let fixed = schema.fixed_values(of);
    for value in &fixed {
        if !found.iter().any(|(known, _)| known == value) {
            found.push((value, 0));
        }
    }
    found.retain(|(value, _)| {
        content(value).to_lowercase().starts_with(&written.plain)
            && !given.iter().any(|given| given == value)
    });
    let found = found
        .into_iter()
        .map(|(value, count)| of_value(of, value, count));
    let mut items: Vec<Suggestion> = found.collect();
    match known.map(|known| known.kind) {
        Some(PropertyType::Timestamp) => items.extend(
            calls(written)
                .into_iter()
                .filter(|call| call.insert.starts_with("AGO") || call.insert.starts_with("NOW")),
        ),
        None if items.is_empty() => items = calls(written),
        _ => {}
    }
    items
}

/// The content of a text as a query writes it; anything else as it is.
fn content(value: &str) -> Cow<'_, str> {
    let inside = value
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    match inside {
        Some(inside) if !inside.contains('\\') => Cow::Borrowed(inside),
        Some(_) => match lex(value).tokens.pop().map(|token| token.kind) {
            Some(Kind::Text(content)) => Cow::Owned(content),
            _ => Cow::Borrowed(value),
        },
        None => Cow::Borrowed(value),
    }
}

fn of_value(of: &str, value: &str, count: u64) -> Suggestion {
    let (detail, doc) = if count > 0 {
        (
            count.to_string(),
            format!("{count} devices have {of} = {value}."),
        )
    } else {
        (String::new(), String::new())
    };
    Suggestion {
        insert: value.to_owned(),
        label: value.to_owned(),
        kind: SuggestionKind::Value,
        detail,
        doc,
    }
}

fn calls(written: &Written<'_>) -> Vec<Suggestion> {
    let is_empty = written.text.is_empty();
    functions::ALL
        .into_iter()
        .filter(|function| is_empty || written.fit(function.name).is_some_and(|fit| fit > 1))
        .map(|function| Suggestion {
            insert: format!(
                "{}{}",
                function.name,
                if function.args_max == 0 { "()" } else { "(" }
            ),
            label: function.signature.to_owned(),
            kind: SuggestionKind::Function,
            detail: function.returns.to_string(),
            doc: function.doc.to_owned(),
        })
        .filter(|call| !is_empty || CALLS_AT_ONCE.contains(&call.insert.as_str()))
        .collect()
}

/// Those of some keywords that begin with what is written.
pub(super) fn keywords(names: &[&str], written: &Written<'_>) -> Vec<Suggestion> {
    if written.is_text {
        return Vec::new();
    }
    names
        .iter()
        .filter(|name| name.to_lowercase().starts_with(&written.plain))
        .map(|name| Suggestion {
            insert: format!(
                "{name}{}",
                if name.ends_with(['[', ']']) { "" } else { " " }
            ),
            label: name.strip_suffix(" [").unwrap_or(name).to_owned(),
            kind: SuggestionKind::Keyword,
            detail: String::new(),
            doc: String::new(),
        })
        .collect()
}

//! What can stand at the caret of a condition, the likeliest first.
//!
//! Runs on each key in the browser: one pass over the schema, no parsing beyond words.

use std::ops::Range;

use twin::scheme::PropertyType;

use crate::ast::Literal;
use crate::functions;
use crate::lexer::{Kind, Token, is_keyword, lex};
use crate::schema::{PathInfo, Schema};

/// How many suggestions are made at most.
const ITEMS_MAX: usize = 40;

/// Suggestions, and what they replace.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// What a suggestion replaces, in bytes of the text.
    pub replace: Range<usize>,
    /// The likeliest first.
    pub items: Vec<Suggestion>,
}

/// One suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What is written in the place.
    pub insert: String,
    /// What is shown.
    pub label: String,
    /// What it is.
    pub kind: SuggestionKind,
    /// A word beside it: its type, how many devices.
    pub detail: String,
    /// One or two sentences about it.
    pub doc: String,
}

/// What a suggestion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SuggestionKind {
    /// A property.
    Path(PropertyType),
    /// A value of a property.
    Value,
    /// A function.
    Function,
    /// A keyword.
    Keyword,
}

impl SuggestionKind {
    /// A sign for it, one to three letters.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Path(PropertyType::String) => "“”",
            Self::Path(PropertyType::Number) => "#",
            Self::Path(PropertyType::Boolean) => "◑",
            Self::Path(PropertyType::Timestamp) => "◷",
            Self::Path(PropertyType::Object) => "{}",
            Self::Path(PropertyType::Array) => "[]",
            Self::Path(PropertyType::Mixed) => "·",
            Self::Value => "=",
            Self::Function => "ƒ",
            Self::Keyword => "›",
        }
    }
}

/// What can stand at the caret (a byte offset on a character boundary) of a condition.
pub fn complete(text: &str, caret: usize, schema: &Schema) -> Completion {
    let mut caret = caret.min(text.len());
    while !text.is_char_boundary(caret) {
        caret -= 1;
    }
    let tokens = lex(&text[..caret]).tokens;
    let (start, count) = word_before(&tokens, caret);
    let before = &tokens[..count];
    let written = &text[start..caret];
    let mut items = match place(before) {
        Place::Value { of, given } => values(&of, written, &given, schema),
        Place::Operand => {
            let mut items = paths(written, schema);
            items.extend(calls(written));
            items.extend(keywords(&["NOT"], written));
            items
        }
        Place::Path => paths(written, schema),
        Place::Keyword(names) => keywords(names, written),
    };
    items.retain(|item| item.insert != written);
    items.truncate(ITEMS_MAX);
    Completion {
        replace: start..word_end(text, start, caret),
        items,
    }
}

/// Where the word begins that the caret stands in or at the end of, and how many words stand before it.
///
/// A path is one word, with its dots; so is a text that has only begun.
fn word_before(tokens: &[Token], caret: usize) -> (usize, usize) {
    let mut first = tokens.len();
    let mut start = caret;
    while let Some(token) = first.checked_sub(1).map(|at| &tokens[at]) {
        let is_part = match &token.kind {
            Kind::Word(_) | Kind::Quoted(_) | Kind::Sign(".") => true,
            Kind::Nothing | Kind::Number(_) | Kind::Text(_) => start == caret,
            Kind::Sign(_) => false,
        };
        let is_joined = token.span.end == start;
        let is_two_words = first < tokens.len()
            && !matches!(tokens[first].kind, Kind::Sign("."))
            && !matches!(token.kind, Kind::Sign("."));
        if !is_part || !is_joined || is_two_words {
            break;
        }
        start = token.span.start;
        first -= 1;
    }
    (start, first)
}

/// Where the word ends that begins at `start` and in which the caret stands.
fn word_end(text: &str, start: usize, caret: usize) -> usize {
    if start == caret {
        return caret;
    }
    let tokens = lex(text).tokens;
    let mut end = caret;
    for token in tokens.iter().skip_while(|token| token.span.end <= caret) {
        let is_joined = token.span.start <= end && token.span.start < token.span.end;
        let is_part = match &token.kind {
            Kind::Word(_) | Kind::Quoted(_) | Kind::Sign(".") => true,
            // A text that was only begun may go on to a quote that belongs to another one.
            Kind::Text(rest) => {
                token.span.start < caret
                    && !token.is_mistaken
                    && !rest.contains(['=', '<', '>'])
                    && !rest.to_uppercase().contains(" AND ")
                    && !rest.to_uppercase().contains(" OR ")
            }
            Kind::Number(_) => token.span.start < caret,
            Kind::Sign(_) | Kind::Nothing => false,
        };
        if !is_joined || !is_part {
            break;
        }
        end = token.span.end;
    }
    end
}

/// What is wanted at a place.
enum Place {
    /// A value of this path that is not given yet.
    Value { of: String, given: Vec<String> },
    /// A path, a call or a constant.
    Operand,
    /// A path and nothing else.
    Path,
    /// One of these.
    Keyword(&'static [&'static str]),
}

const OPERATORS: &[&str] = &[
    "=", "!=", "IN [", "NOT IN [", "<", "<=", ">", ">=", "AND", "OR",
];
const JOINTS: &[&str] = &["AND", "OR", "ORDER BY"];

fn place(before: &[Token]) -> Place {
    let Some((last, rest)) = before.split_last() else {
        return Place::Operand;
    };
    let is_ordering = (0..before.len()).any(|at| is_keyword_at(before, at, "ORDER"));
    if is_ordering {
        return match &last.kind {
            Kind::Word(word) if word.eq_ignore_ascii_case("ORDER") => Place::Keyword(&["BY"]),
            Kind::Word(word) if word.eq_ignore_ascii_case("BY") => Place::Path,
            Kind::Sign(",") => Place::Path,
            _ => Place::Keyword(&["DESC", "ASC"]),
        };
    }
    match &last.kind {
        Kind::Sign("=" | "!=" | "<>" | "<" | "<=" | ">" | ">=") => {
            path_before(rest).map_or(Place::Operand, |of| Place::Value {
                of,
                given: Vec::new(),
            })
        }
        Kind::Sign("[" | "(" | ",") => list(before).unwrap_or(Place::Operand),
        Kind::Sign(")" | "]") | Kind::Number(_) | Kind::Text(_) => Place::Keyword(JOINTS),
        Kind::Sign(_) | Kind::Nothing => Place::Operand,
        Kind::Word(_) | Kind::Quoted(_) => {
            let is = |word| is_keyword_at(before, rest.len(), word);
            if is("IN") || is("NIN") {
                Place::Keyword(&["["])
            } else if is("NOT") && path_before(rest).is_some() {
                Place::Keyword(&["IN ["])
            } else if ["AND", "OR", "NOT", "WHERE"].into_iter().any(is) {
                Place::Operand
            } else if is_right_side(before) || path_before(before).is_none() {
                Place::Keyword(JOINTS)
            } else {
                Place::Keyword(OPERATORS)
            }
        }
    }
}

/// Whether a word is this keyword, and no segment of a path.
fn is_keyword_at(tokens: &[Token], at: usize, keyword: &str) -> bool {
    let is_segment = at
        .checked_sub(1)
        .and_then(|before| tokens.get(before))
        .is_some_and(|token| token.kind == Kind::Sign("."));
    let is_word = matches!(tokens.get(at).map(|token| &token.kind), Some(Kind::Word(word)) if word.eq_ignore_ascii_case(keyword));
    is_word && !is_segment
}

/// The place inside a list after `IN`, with the values that it already has.
fn list(before: &[Token]) -> Option<Place> {
    let open = before
        .iter()
        .rposition(|token| matches!(token.kind, Kind::Sign("[" | "(")))?;
    let is_closed = before[open..]
        .iter()
        .any(|token| matches!(token.kind, Kind::Sign("]" | ")")));
    let word = open.checked_sub(1)?;
    if is_closed || !(is_keyword_at(before, word, "IN") || is_keyword_at(before, word, "NIN")) {
        return None;
    }
    let not = word
        .checked_sub(1)
        .filter(|at| is_keyword_at(before, *at, "NOT"));
    let of = path_before(&before[..not.unwrap_or(word)])?;
    let given = before[open..].iter().filter_map(|token| match &token.kind {
        Kind::Text(text) => Some(Literal::String(text.clone()).to_string()),
        Kind::Number(number) => Some(Literal::Number(*number).to_string()),
        Kind::Word(word) => Some(word.to_lowercase()),
        _ => None,
    });
    Some(Place::Value {
        of,
        given: given.collect(),
    })
}

/// The path that ends the words, in its canonical text.
fn path_before(before: &[Token]) -> Option<String> {
    let mut segments = Vec::new();
    let mut at = before.len();
    loop {
        at = at.checked_sub(1)?;
        match &before[at].kind {
            Kind::Word(name) | Kind::Quoted(name) => segments.push(name.clone()),
            _ => return None,
        }
        match at.checked_sub(1).map(|before_it| &before[before_it].kind) {
            Some(Kind::Sign(".")) => at -= 1,
            _ => break,
        }
    }
    let is_name = !matches!(&before[at].kind, Kind::Word(word) if is_keyword(word));
    segments.reverse();
    is_name.then(|| crate::Path::new(segments).to_string())
}

/// Whether the path that ends the words is the right side of a comparison.
fn is_right_side(before: &[Token]) -> bool {
    let start = before.iter().rposition(|token| {
        !matches!(
            token.kind,
            Kind::Word(_) | Kind::Quoted(_) | Kind::Sign(".")
        )
    });
    start.is_some_and(|at| {
        matches!(
            before[at].kind,
            Kind::Sign("=" | "!=" | "<>" | "<" | "<=" | ">" | ">=")
        ) && !(at..before.len()).any(|at| {
            ["AND", "OR"]
                .iter()
                .any(|word| is_keyword_at(before, at, word))
        })
    })
}

/// How well a name fits what is written: 3 for the same beginning, 2 for the beginning of a segment, 1 for inside.
fn fit(name: &str, written: &str) -> Option<u8> {
    if written.is_empty() {
        return Some(1);
    }
    // Bytes, because this is asked of each path on each key; letters beyond ASCII fit in their own case.
    let (name, written) = (name.as_bytes(), written.as_bytes());
    let begins = |at: usize| {
        name.get(at..at + written.len())
            .is_some_and(|part| part.eq_ignore_ascii_case(written))
    };
    if begins(0) {
        return Some(3);
    }
    let mut found = None;
    for at in 1..name.len() {
        if begins(at) {
            if name[at - 1] == b'.' {
                return Some(2);
            }
            found = Some(1);
        }
    }
    found
}

fn paths(written: &str, schema: &Schema) -> Vec<Suggestion> {
    let mut found: Vec<(u8, &PathInfo)> = schema
        .paths
        .iter()
        .filter_map(|known| Some((fit(&known.path, written)?, known)))
        .collect();
    found.sort_by(|(fit_one, one), (fit_other, other)| {
        fit_other
            .cmp(fit_one)
            .then(other.share.total_cmp(&one.share))
            .then(one.path.cmp(&other.path))
    });
    found.truncate(ITEMS_MAX);
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
        " Not declared: answered by reading documents."
    };
    let values: Vec<String> = known
        .values
        .iter()
        .take(4)
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

fn values(of: &str, written: &str, given: &[String], schema: &Schema) -> Vec<Suggestion> {
    let bare = written.trim_start_matches(['\'', '"']).to_lowercase();
    let known = schema.find(of);
    let mut found: Vec<(String, u64)> = known.map(|known| known.values.clone()).unwrap_or_default();
    found.sort_by(|(one, many), (other, more)| more.cmp(many).then(one.cmp(other)));
    let fixed = schema.fixed_values(of).into_iter();
    for value in fixed {
        if !found.iter().any(|(known, _)| *known == value) {
            found.push((value, 0));
        }
    }
    found.retain(|(value, _)| {
        value.trim_matches('\'').to_lowercase().starts_with(&bare) && !given.contains(value)
    });
    let mut items: Vec<Suggestion> = found
        .into_iter()
        .map(|(value, count)| Suggestion {
            insert: value.clone(),
            label: value.clone(),
            kind: SuggestionKind::Value,
            detail: if count > 0 {
                count.to_string()
            } else {
                String::new()
            },
            doc: if count > 0 {
                format!("{count} devices have {of} = {value}.")
            } else {
                String::new()
            },
        })
        .collect();
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

fn calls(written: &str) -> Vec<Suggestion> {
    let mut found: Vec<Suggestion> = functions::ALL
        .into_iter()
        .filter(|function| {
            fit(function.name, written).is_some_and(|fit| fit > 1 || written.is_empty())
        })
        .map(|function| Suggestion {
            insert: if function.args_max == 0 {
                format!("{}()", function.name)
            } else {
                format!("{}(", function.name)
            },
            label: function.signature.to_owned(),
            kind: SuggestionKind::Function,
            detail: function.returns.to_string(),
            doc: function.doc.to_owned(),
        })
        .collect();
    if written.is_empty() {
        // Without NOW and AGO nobody finds how to ask about times.
        found.retain(|call| {
            ["IS_DEFINED(", "IS_DRIFTING(", "NOW()", "AGO("].contains(&call.insert.as_str())
        });
    }
    found
}

fn keywords(names: &[&str], written: &str) -> Vec<Suggestion> {
    names
        .iter()
        .filter(|name| name.to_lowercase().starts_with(&written.to_lowercase()))
        .map(|name| Suggestion {
            insert: format!("{name}{}", if name.ends_with('[') { "" } else { " " }),
            label: if *name == "[" {
                "["
            } else {
                name.trim_end_matches([' ', '['])
            }
            .to_owned(),
            kind: SuggestionKind::Keyword,
            detail: String::new(),
            doc: String::new(),
        })
        .collect()
}

//! What can stand at the caret of a condition, the likeliest first.
//!
//! Runs on each key in the browser: one pass over the schema, no parsing beyond words.

use std::ops::Range;

use twin::scheme::PropertyType;

use crate::functions;
use crate::lexer::{Kind, Token, lex};
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
    let word = word_before(&tokens, caret);
    let before = &tokens[..word.tokens];
    let written = &text[word.span.start..caret];
    let items = match place(before) {
        Place::Value { of } => values(&of, written, schema),
        Place::Operand => {
            let mut items = paths(written, schema);
            items.extend(calls(written));
            items.extend(keywords(&["NOT"], written));
            items
        }
        Place::Operator { of } => {
            let mut names = vec!["=", "!=", "<", "<=", ">", ">=", "IN [", "AND", "OR"];
            let is_text = schema
                .find(&of)
                .is_some_and(|known| known.kind == PropertyType::String);
            if is_text {
                names.retain(|name| !["<", "<=", ">", ">="].contains(name));
            }
            keywords(&names, written)
        }
        Place::After => keywords(&["AND", "OR", "ORDER BY"], written),
    };
    let mut items: Vec<Suggestion> = items
        .into_iter()
        .filter(|item| item.insert != written)
        .collect();
    items.truncate(ITEMS_MAX);
    Completion {
        replace: word.span,
        items,
    }
}

/// The word that the caret stands at the end of: its span, and how many words stand before it.
struct Word {
    span: Range<usize>,
    tokens: usize,
}

/// A path is one word, with its dots; so is a text that has only begun.
fn word_before(tokens: &[Token], caret: usize) -> Word {
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
    Word {
        span: start..caret,
        tokens: first,
    }
}

/// What is wanted at a place.
enum Place {
    /// A value of this path.
    Value { of: String },
    /// A path, a call or a constant.
    Operand,
    /// Something to do with this path.
    Operator { of: String },
    /// A condition is complete here.
    After,
}

fn place(before: &[Token]) -> Place {
    let Some(last) = before.last() else {
        return Place::Operand;
    };
    let is_comparison = |kind: &Kind| {
        matches!(
            kind,
            Kind::Sign("=" | "!=" | "<>" | "<" | "<=" | ">" | ">=")
        )
    };
    if is_comparison(&last.kind) {
        return path_before(&before[..before.len() - 1])
            .map_or(Place::Operand, |of| Place::Value { of });
    }
    if matches!(last.kind, Kind::Sign("[" | ",")) {
        // Inside a list after IN: values of the path before it.
        let open = before
            .iter()
            .rposition(|token| token.kind == Kind::Sign("["));
        let of = open.filter(|_| !is_closed(before)).and_then(|open| {
            let word = before[..open].last()?;
            let is_in = matches!(&word.kind, Kind::Word(word) if word.eq_ignore_ascii_case("IN") || word.eq_ignore_ascii_case("NIN"));
            let not = usize::from(matches!(before[..open - 1].last(), Some(Token { kind: Kind::Word(word), .. }) if word.eq_ignore_ascii_case("NOT")));
            is_in.then(|| path_before(&before[..open - 1 - not])).flatten()
        });
        return of.map_or(Place::Operand, |of| Place::Value { of });
    }
    match &last.kind {
        Kind::Word(word)
            if ["AND", "OR", "NOT", "BY", "WHERE"]
                .iter()
                .any(|k| k.eq_ignore_ascii_case(word)) =>
        {
            Place::Operand
        }
        Kind::Word(_) | Kind::Quoted(_) => match path_before(before) {
            Some(of) if !is_right_side(before) => Place::Operator { of },
            _ => Place::After,
        },
        Kind::Number(_) | Kind::Text(_) | Kind::Sign(")" | "]") => Place::After,
        Kind::Sign(_) | Kind::Nothing => Place::Operand,
    }
}

fn is_closed(before: &[Token]) -> bool {
    let count = |sign| {
        before
            .iter()
            .filter(|token| token.kind == Kind::Sign(sign))
            .count()
    };
    count("[") <= count("]")
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
    segments.reverse();
    Some(crate::Path::new(segments).to_string())
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
        )
    })
}

/// How well a name fits what is written: 3 for the same beginning, 2 for the beginning of a segment, 1 for inside.
fn fit(name: &str, written: &str) -> Option<u8> {
    if written.is_empty() {
        return Some(1);
    }
    let (name, written) = (name.to_lowercase(), written.to_lowercase());
    if name.starts_with(&written) {
        Some(3)
    } else if name
        .split('.')
        .enumerate()
        .any(|(at, _)| segment_from(&name, at).is_some_and(|rest| rest.starts_with(&written)))
    {
        Some(2)
    } else {
        name.contains(&written).then_some(1)
    }
}

/// The name from its segment of this number on.
fn segment_from(name: &str, at: usize) -> Option<&str> {
    name.splitn(at + 1, '.').nth(at)
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

fn values(of: &str, written: &str, schema: &Schema) -> Vec<Suggestion> {
    let Some(known) = schema.find(of) else {
        return calls(written);
    };
    let bare = written.trim_start_matches(['\'', '"']).to_lowercase();
    let mut found: Vec<&(String, u64)> = known
        .values
        .iter()
        .filter(|(value, _)| value.trim_matches('\'').to_lowercase().starts_with(&bare))
        .collect();
    found.sort_by(|(one, many), (other, more)| more.cmp(many).then(one.cmp(other)));
    let mut items: Vec<Suggestion> = found
        .into_iter()
        .map(|(value, count)| Suggestion {
            insert: value.clone(),
            label: value.clone(),
            kind: SuggestionKind::Value,
            detail: count.to_string(),
            doc: format!("{count} devices have {of} = {value}."),
        })
        .collect();
    if known.kind == PropertyType::Timestamp {
        items.extend(
            calls(written)
                .into_iter()
                .filter(|call| call.insert.starts_with("AGO") || call.insert.starts_with("NOW")),
        );
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
        found.truncate(4);
    }
    found
}

fn keywords(names: &[&str], written: &str) -> Vec<Suggestion> {
    names
        .iter()
        .filter(|name| name.to_lowercase().starts_with(&written.to_lowercase()))
        .map(|name| Suggestion {
            insert: format!("{name}{}", if name.ends_with('[') { "" } else { " " }),
            label: name.trim_end_matches([' ', '[']).to_owned(),
            kind: SuggestionKind::Keyword,
            detail: String::new(),
            doc: String::new(),
        })
        .collect()
}

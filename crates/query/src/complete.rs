//! What can stand at the caret of a condition, the likeliest first.
//!
//! Runs on each key in the browser: one pass over the schema, no parsing beyond words.

use std::ops::Range;

use twin::scheme::PropertyType;

use self::offers::Written;
use self::place::{Place, place};
use crate::lexer::{Kind, Lexed, Token, lex};
use crate::path::is_inner;
use crate::schema::Schema;

mod offers;
mod place;

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
///
/// What is suggested fits what stands before the caret; what follows it may have to be changed afterwards.
pub fn complete(text: &str, caret: usize, schema: &Schema) -> Completion {
    let mut caret = caret.min(text.len());
    while !text.is_char_boundary(caret) {
        caret -= 1;
    }
    let Lexed {
        tokens: mut before,
        is_comment_open,
        ..
    } = lex(&text[..caret]);
    let (start, count) = word_before(&before, caret);
    let word = before.split_off(count);
    let written = Written::new(&text[start..caret], &word);
    before.retain(|token| token.kind != Kind::Nothing);
    let place = if is_comment_open {
        Place::Nothing
    } else {
        place(&before)
    };
    let mut items = match place {
        Place::Value { of } => offers::compared(&of, &written, schema),
        Place::Listed { of, given } => offers::values(&of, &written, &given, schema),
        Place::Condition => offers::operands(&written, &["NOT"], schema),
        Place::Operand => offers::operands(&written, &[], schema),
        Place::Path(is_wanted) => offers::paths(&written, schema, is_wanted, ITEMS_MAX),
        Place::Duration => offers::durations(&written),
        Place::Keyword(names) => offers::keywords(&names, &written),
        Place::Nothing => Vec::new(),
    };
    items.retain(|item| item.insert != written.text);
    items.truncate(ITEMS_MAX);
    // After a dot a hyphen or a colon belongs to the word before it as soon as a letter follows.
    let before = &text[..start];
    let word = before.strip_suffix(['-', ':']).unwrap_or(before);
    if word.ends_with(is_inner) {
        // Only a quoted name or a text can touch the word before it.
        let touching = items
            .iter_mut()
            .filter(|item| item.insert.starts_with(is_inner));
        touching.for_each(|item| item.insert.insert(0, ' '));
    }
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
                    && !rest.to_ascii_uppercase().contains(" AND ")
                    && !rest.to_ascii_uppercase().contains(" OR ")
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

//! The parts of a text, for coloring it.

use std::ops::Range;

use crate::functions;
use crate::lexer::{Kind, is_keyword, lex};

/// What a part of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A path, or a piece of one.
    Path,
    /// A keyword or an operator.
    Operator,
    /// The name of a function.
    Function,
    /// A text.
    Text,
    /// A number, true, false, null.
    Number,
    /// Punctuation.
    Sign,
    /// Something that is no word.
    Bad,
}

impl TokenKind {
    /// The class that style sheets know it by.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Path => "t-path",
            Self::Operator | Self::Function => "t-op",
            Self::Text => "t-lit",
            Self::Number => "t-num",
            Self::Sign => "t-sign",
            Self::Bad => "t-bad",
        }
    }
}

/// The parts of a text in order, without white space and comments.
pub fn highlight(text: &str) -> Vec<(Range<usize>, TokenKind)> {
    let tokens = lex(text).tokens;
    let mut parts = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let is_inside = at
            .checked_sub(1)
            .is_some_and(|before| tokens[before].kind == Kind::Sign("."));
        let is_called = tokens
            .get(at + 1)
            .is_some_and(|next| next.kind == Kind::Sign("("));
        let kind = match &token.kind {
            _ if token.is_mistaken => TokenKind::Bad,
            Kind::Word(word) if is_called && functions::find(word).is_some() => TokenKind::Function,
            Kind::Word(word) if !is_inside && is_keyword(word) => {
                match word.to_ascii_lowercase().as_str() {
                    "true" | "false" | "null" | "undefined" => TokenKind::Number,
                    _ => TokenKind::Operator,
                }
            }
            Kind::Word(_) | Kind::Quoted(_) | Kind::Sign(".") => TokenKind::Path,
            Kind::Number(_) => TokenKind::Number,
            Kind::Text(_) => TokenKind::Text,
            Kind::Sign("(" | ")" | "[" | "]" | ",") => TokenKind::Sign,
            Kind::Sign(_) => TokenKind::Operator,
            Kind::Nothing => TokenKind::Bad,
        };
        parts.push((token.span.clone(), kind));
    }
    parts
}

//! One condition in other words: what may be written in several ways is written in one of them.

use std::fmt::Write as _;

use crate::lexer::{Kind, Token, is_keyword, lex};

/// The same query in another spelling, by dice: other cases of keywords, quotes, escapes, hexadecimal numbers, quoted
/// names, spaces, line breaks and comments.
pub fn respelled(text: &str, dice: &[u8]) -> String {
    let tokens = lex(text).tokens;
    let mut dice = dice.iter().copied().chain(std::iter::repeat(0));
    let mut die = || usize::from(dice.next().unwrap_or(0));
    let mut written = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        if let Some(before) = before {
            written += between(before, token, die());
        }
        written += &word(token, before, tokens.get(at + 1), text, die());
    }
    written
}

/// What stands between two words.
fn between(before: &Token, after: &Token, die: usize) -> &'static str {
    // Beside these, words need no space.
    let parts = |token: &Token| {
        matches!(
            token.kind,
            Kind::Sign("=" | "!=" | "<=" | ">=" | "," | "(" | ")" | ".")
        )
    };
    let is_name = |token: &Token| matches!(token.kind, Kind::Word(_) | Kind::Quoted(_));
    let is_dot = |token: &Token| token.kind == Kind::Sign(".");
    // After a dot, letters that part words elsewhere belong to a name.
    let may_touch =
        parts(before) && is_name(after) || is_name(before) && parts(after) && !is_dot(after);
    if is_dot(before) || is_dot(after) {
        return ["", "", "", " ", "\n"][die % 5];
    }
    match die % 8 {
        0 if may_touch => "",
        1 => "\n",
        2 => "\t ",
        3 => "/* it's '[[ */",
        4 => " /**/ ",
        _ => " ",
    }
}

fn word(
    token: &Token,
    before: Option<&Token>,
    after: Option<&Token>,
    text: &str,
    die: usize,
) -> String {
    let is_segment = before.is_some_and(|before| before.kind == Kind::Sign("."));
    let is_called = after.is_some_and(|after| after.kind == Kind::Sign("("));
    match &token.kind {
        Kind::Word(word) if !is_segment && (is_keyword(word) || is_called) => match die % 3 {
            0 => word.to_lowercase(),
            1 => word.to_uppercase(),
            _ => word.clone(),
        },
        Kind::Word(word) if die.is_multiple_of(4) && !is_segment_of_source(word) => {
            format!("[[{word}]]")
        }
        Kind::Text(text) => quoted(text, die),
        Kind::Number(number)
            if die.is_multiple_of(4) && number.fract() == 0.0 && *number < 1e15 =>
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole, not negative and small"
            )]
            let whole = *number as u64;
            format!("0x{whole:X}")
        }
        Kind::Number(number) if die % 4 == 1 => format!("{number:e}"),
        _ => text.get(token.span.clone()).unwrap_or_default().to_owned(),
    }
}

/// Collections are no paths: their names are not quoted.
fn is_segment_of_source(word: &str) -> bool {
    crate::ast::Source::ALL
        .iter()
        .any(|(_, name)| name.split('.').any(|segment| segment == word))
}

/// A text in either quotes, some of its characters by their numbers.
fn quoted(text: &str, die: usize) -> String {
    let quote = if die.is_multiple_of(2) { '\'' } else { '"' };
    let mut written = String::from(quote);
    for (at, letter) in text.chars().enumerate() {
        if letter == quote || letter == '\\' {
            written.extend(['\\', letter]);
        } else if (at + die).is_multiple_of(3) {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                // Writing to a text never fails.
                let _ = write!(written, "\\u{unit:04X}");
            }
        } else {
            written.push(letter);
        }
    }
    written.push(quote);
    written
}

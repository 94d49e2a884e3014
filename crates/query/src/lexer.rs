//! Words of a text. Never fails: what is no word becomes a token that says what is wrong with it.

use std::ops::Range;

use crate::path::{is_begin, is_inner};

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Range<usize>,
}

/// The kinds of words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A name, or a keyword: the parser knows from where it stands.
    Word(String),
    /// A name in `[[ ]]`.
    Quoted(String),
    /// A number.
    Number(f64),
    /// A text, with its escapes undone.
    Text(String),
    /// An operator or punctuation.
    Sign(&'static str),
    /// Something that is no word: what is wrong, what to do, what to write instead.
    Bad {
        message: String,
        help: String,
        replacement: Option<String>,
    },
}

const KEYWORDS: [&str; 21] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "BY",
    "TOP",
    "AS",
    "AND",
    "OR",
    "NOT",
    "IN",
    "NIN",
    "ASC",
    "DESC",
    "TRUE",
    "FALSE",
    "NULL",
    "UNDEFINED",
    "HAVING",
    "JOIN",
];

/// Whether a word has a meaning of its own somewhere in the language.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS
        .iter()
        .any(|keyword| keyword.eq_ignore_ascii_case(word))
}

/// Signs, longest first. Those with a second text are mistaken for it.
const SIGNS: [(&str, Option<&str>); 24] = [
    ("<>", None),
    ("!=", None),
    ("<=", None),
    (">=", None),
    ("==", Some("=")),
    ("=<", Some("<=")),
    ("=>", Some(">=")),
    ("&&", Some("AND")),
    ("||", Some("OR")),
    ("(", None),
    (")", None),
    ("[", None),
    ("]", None),
    (",", None),
    (".", None),
    ("=", None),
    ("<", None),
    (">", None),
    ("+", None),
    ("-", None),
    ("*", None),
    ("/", None),
    ("%", None),
    ("!", Some("NOT ")),
];

/// Reads all words of a text. Comments `/* */` are passed over.
pub(crate) fn lex(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = &text[at..];
        let start = at;
        if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        }
        if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            continue;
        }
        // An array of arrays has no meaning in the language, so [[ always quotes a name.
        let (kind, length) = if rest.starts_with("[[") {
            quoted(rest)
        } else if letter == '\'' || letter == '"' {
            string(rest, letter)
        } else if letter.is_ascii_digit() {
            number(rest)
        } else if is_begin(letter) {
            word(rest, is_after_dot(&tokens, start))
        } else {
            sign(rest, letter)
        };
        at += length;
        tokens.push(Token {
            kind,
            span: start..at,
        });
    }
    tokens
}

fn is_after_dot(tokens: &[Token], start: usize) -> bool {
    tokens
        .last()
        .is_some_and(|token| token.kind == Kind::Sign(".") && token.span.end == start)
}

fn quoted(rest: &str) -> (Kind, usize) {
    match rest.find("]]") {
        Some(end) => (Kind::Quoted(rest[2..end].to_owned()), end + 2),
        None => (
            Kind::Bad {
                message: "This quoted name has no end.".into(),
                help: "Close it with ]].".into(),
                replacement: Some(format!("{}]]", rest.trim_end())),
            },
            rest.len(),
        ),
    }
}

fn string(rest: &str, quote: char) -> (Kind, usize) {
    let mut value = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            _ if letter == quote => return (Kind::Text(value), at + 1),
            '\\' => match letters.next() {
                Some((_, 'u')) => {
                    let code = rest
                        .get(at + 2..at + 6)
                        .and_then(|hex| u32::from_str_radix(hex, 16).ok());
                    match code.and_then(char::from_u32) {
                        Some(decoded) => {
                            value.push(decoded);
                            letters.nth(3);
                        }
                        None => value.push_str("\\u"),
                    }
                }
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, escaped)) => value.push(escaped),
                None => {}
            },
            _ => value.push(letter),
        }
    }
    (
        Kind::Bad {
            message: "This text has no end.".into(),
            help: format!("Close it with {quote}."),
            replacement: Some(format!("{}{quote}", rest.trim_end())),
        },
        rest.len(),
    )
}

fn number(rest: &str) -> (Kind, usize) {
    if let Some(hex) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        let length = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
        if let Ok(value) = u64::from_str_radix(&hex[..length], 16) {
            #[expect(
                clippy::cast_precision_loss,
                reason = "numbers of the language are 64-bit floating point"
            )]
            return (Kind::Number(value as f64), length + 2);
        }
    }
    let bytes = rest.as_bytes();
    let digits = |from: usize| {
        bytes
            .get(from..)
            .map_or(0, |b| b.iter().take_while(|b| b.is_ascii_digit()).count())
    };
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + signed);
        if exponent > 0 {
            length += 1 + signed + exponent;
        }
    }
    match rest[..length].parse::<f64>() {
        Ok(value) if value.is_finite() => (Kind::Number(value), length),
        _ => (
            Kind::Bad {
                message: "This number is out of range.".into(),
                help: "Numbers are 64-bit floating point.".into(),
                replacement: None,
            },
            length.max(1),
        ),
    }
}

/// A word. After a dot it may hold hyphens, when letters stand on both sides of them.
fn word(rest: &str, is_after_dot: bool) -> (Kind, usize) {
    let mut length = 0;
    let mut letters = rest.chars().peekable();
    while let Some(letter) = letters.next() {
        let joins = is_after_dot
            && letter == '-'
            && length > 0
            && letters.peek().copied().is_some_and(is_inner);
        if !is_inner(letter) && !joins {
            break;
        }
        length += letter.len_utf8();
    }
    (Kind::Word(rest[..length].to_owned()), length)
}

fn sign(rest: &str, letter: char) -> (Kind, usize) {
    for (sign, meant) in SIGNS {
        if rest.starts_with(sign) {
            let kind = match meant {
                None => Kind::Sign(sign),
                Some(meant) => Kind::Bad {
                    message: format!("There is no operator {sign}."),
                    help: format!("Write {}.", meant.trim()),
                    replacement: Some(meant.to_owned()),
                },
            };
            return (kind, sign.len());
        }
    }
    let kind = Kind::Bad {
        message: format!("{letter} has no meaning here."),
        help: "Texts stand in single quotes, unusual names in [[ ]].".into(),
        replacement: None,
    };
    (kind, letter.len_utf8())
}

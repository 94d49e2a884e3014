//! Constants and quoted names: texts with their escapes, numbers, `[[name]]` (contract section 6.1, 6.6).

use super::{Kind, Read};
use crate::ast::Literal;
use crate::path::is_inner;
use crate::problem::Problem;

/// A name in `[[ ]]`: any text up to the first `]]`.
pub(super) fn quoted(rest: &str, at: usize) -> Read {
    if let Some(end) = rest.find("]]") {
        return Read::new(Kind::Quoted(rest[2..end].to_owned()), end + 2);
    }
    let name = rest[2..].trim_end();
    let closed = at + 2 + name.len()..at + rest.len();
    let problem = Problem::new(at..at + rest.len(), "This quoted name has no end.")
        .help("Close it with ]].")
        .fix(closed, if name.ends_with(']') { "]" } else { "]]" });
    let name = name.strip_suffix(']').unwrap_or(name);
    Read::new(Kind::Quoted(name.to_owned()), rest.len()).with(problem)
}

/// A text in straight quotes. The escapes are `\'`, `\"`, `\\` and `\uXXXX`, in pairs for characters beyond 16 bits.
pub(super) fn text(rest: &str, at: usize, quote: char) -> Read {
    let mut value = String::new();
    let mut problems = Vec::new();
    let mut here = 1;
    while let Some(letter) = rest.get(here..).and_then(|rest| rest.chars().next()) {
        let next = here + letter.len_utf8();
        if letter == quote {
            if here == 1 || !rest[next..].starts_with(quote) {
                let mut read = Read::new(Kind::Text(value), next);
                read.problems = problems;
                return read;
            }
            // Doubled, as SQL has it.
            problems.push(
                Problem::new(
                    at + here..at + next + 1,
                    format!("A quote inside a text is written \\{quote}."),
                )
                .help("A backslash stands before it.")
                .replace_by(format!("\\{quote}")),
            );
            value.push(quote);
            here = next + 1;
        } else if letter == '\\' {
            let (decoded, length) = escape(&rest[here..]);
            if let Some(letter) = decoded {
                value.push(letter);
            } else {
                value.push('\\');
                problems.push(bad_escape(&rest[here..], at + here));
            }
            here += length;
        } else {
            value.push(letter);
            here = next;
        }
    }
    let written = rest.trim_end();
    let backslashes = written.len() - written.trim_end_matches('\\').len();
    let end = if backslashes % 2 == 1 {
        format!("\\{quote}")
    } else {
        quote.to_string()
    };
    problems.push(
        Problem::new(at..at + rest.len(), "This text has no end.")
            .help(format!("Close it with {quote}."))
            .fix(at + written.len()..at + rest.len(), end),
    );
    // Escapes that are wrong only because the text goes on too far are not worth telling.
    problems.rotate_right(1);
    Read {
        kind: Kind::Text(value),
        length: rest.len(),
        problems,
    }
}

/// What an escape means and how many bytes it has; `None` when it is none.
fn escape(rest: &str) -> (Option<char>, usize) {
    let unit = |from: usize| {
        let hex = rest.get(from..from + 4)?;
        // Reading numbers would take a sign.
        let is_hex =
            rest.get(from - 2..from)? == "\\u" && hex.bytes().all(|b| b.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(hex, 16).ok()).flatten()
    };
    match rest.as_bytes().get(1) {
        Some(letter @ (b'\'' | b'"' | b'\\')) => (Some(char::from(*letter)), 2),
        Some(b'u') => match (unit(2), unit(8)) {
            (Some(first), second) => {
                let units = [first, second.unwrap_or(0)];
                let mut letters = char::decode_utf16(units);
                match letters.next() {
                    Some(Ok(letter)) => {
                        (Some(letter), if letter.len_utf16() == 2 { 12 } else { 6 })
                    }
                    _ => (None, 1),
                }
            }
            (None, _) => (None, 1),
        },
        _ => (None, 1),
    }
}

fn bad_escape(rest: &str, at: usize) -> Problem {
    let shown: String = rest
        .chars()
        .take(if rest.starts_with("\\u") { 6 } else { 2 })
        .collect();
    Problem::new(at..at + shown.len(), format!("There is no escape {shown}."))
        .help("A backslash is written \\\\, a character by its number \\u and four hexadecimal digits.")
        .fix(at..at + 1, "\\\\")
}

/// Whether a letter is a quote as typesetters have it.
pub(super) fn is_curly(letter: char) -> bool {
    matches!(letter, '‘' | '’' | '“' | '”' | '‚' | '„' | '´' | '`')
}

/// A text in the quotes of a text processor.
pub(super) fn curly(rest: &str, at: usize) -> Read {
    let inside = rest.char_indices().skip(1);
    let mut value = String::new();
    let mut length = rest.len();
    for (here, letter) in inside {
        if is_curly(letter) || letter == '\'' || letter == '"' {
            length = here + letter.len_utf8();
            break;
        }
        value.push(letter);
    }
    let straight = Literal::String(value.clone()).to_string();
    let problem = Problem::new(at..at + length, "Texts stand in straight quotes.")
        .help(format!("Write {straight}."))
        .replace_by(straight);
    Read::new(Kind::Text(value), length).with(problem)
}

/// A number, decimal or hexadecimal. What goes on after it, such as a version, is meant as a text.
pub(super) fn number(rest: &str, at: usize) -> Read {
    let length = number_length(rest);
    let more = rest[length..]
        .find(|letter: char| !is_inner(letter) && letter != '.')
        .map_or(rest.len(), |end| length + end);
    let more = length + rest[length..more].trim_end_matches('.').len();
    if more > length {
        let run = &rest[..more];
        let problem = Problem::new(at..at + more, format!("{run} is no number."))
            .help(format!("A text stands in quotes: '{run}'."))
            .replace_by(format!("'{run}'"));
        return Read::new(Kind::Text(run.to_owned()), more).with(problem);
    }
    let value = match rest.get(..2) {
        Some("0x" | "0X") => hexadecimal(&rest[2..length]),
        _ => rest[..length].parse().unwrap_or(f64::INFINITY),
    };
    if value.is_finite() {
        return Read::new(Kind::Number(value), length);
    }
    let problem = Problem::new(at..at + length, "This number is out of range.")
        .help("Numbers are 64-bit floating point.");
    Read::new(Kind::Number(f64::MAX), length).with(problem)
}

fn hexadecimal(digits: &str) -> f64 {
    let digit = |letter: char| letter.to_digit(16).unwrap_or(0);
    digits
        .chars()
        .fold(0.0, |value, letter| value * 16.0 + f64::from(digit(letter)))
}

fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let count = |from: usize, is: fn(&u8) -> bool| {
        bytes
            .get(from..)
            .map_or(0, |bytes| bytes.iter().take_while(|byte| is(byte)).count())
    };
    let digits = |from| count(from, u8::is_ascii_digit);
    if matches!(bytes, [b'0', b'x' | b'X', ..]) {
        let hex = count(2, u8::is_ascii_hexdigit);
        return if hex > 0 { hex + 2 } else { 1 };
    }
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
    length
}

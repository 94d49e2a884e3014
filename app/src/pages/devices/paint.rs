//! The text of a condition in the colors of its parts, drawn behind the plain text area that it is written in.

use std::fmt::Write as _;
use std::ops::Range;

use html_escape::encode_text_to_string;

use crate::language::Language;

/// The markup of the text in its colors, the problem underlined; of plain text while the language is not here. At `mark`,
/// a byte of the text, stands an empty element of the class `at`: what is to stand at that place measures it.
pub(super) fn paint(
    language: Option<Language>,
    text: &str,
    bad: Option<&Range<usize>>,
    mark: Option<usize>,
) -> String {
    let mut painted = String::new();
    let mut at = 0;
    for (span, kind) in language
        .map(|language| (language.parts)(text))
        .unwrap_or_default()
    {
        plain(&mut painted, text, at..span.start, mark);
        let is_bad =
            bad.is_some_and(|bad| bad.start < span.end && span.start < bad.end.max(bad.start + 1));
        at = span.end;
        for part in cut(span, mark) {
            put_mark(&mut painted, part.start, mark);
            let bad = if is_bad { " t-bad" } else { "" };
            // Writing to a string cannot fail.
            let _ = write!(painted, "<span class=\"{}{bad}\">", kind.class());
            encode_text_to_string(text.get(part).unwrap_or_default(), &mut painted);
            painted.push_str("</span>");
        }
    }
    plain(&mut painted, text, at..text.len(), mark);
    put_mark(&mut painted, text.len(), mark);
    // A last line break is drawn only when something follows it.
    painted.push('\u{200b}');
    painted
}

/// Text that is no part of anything.
fn plain(painted: &mut String, text: &str, span: Range<usize>, mark: Option<usize>) {
    for part in cut(span, mark) {
        put_mark(painted, part.start, mark);
        encode_text_to_string(text.get(part).unwrap_or_default(), painted);
    }
}

/// The element to measure, if this is its place.
fn put_mark(painted: &mut String, at: usize, mark: Option<usize>) {
    if mark == Some(at) {
        painted.push_str("<i class=\"at\"></i>");
    }
}

/// A span, in two parts when the mark lies within. An empty span has none.
fn cut(span: Range<usize>, mark: Option<usize>) -> impl Iterator<Item = Range<usize>> {
    let middle = mark.filter(|mark| span.start < *mark && *mark < span.end);
    let parts = match middle {
        Some(middle) => [span.start..middle, middle..span.end],
        None => [span.clone(), span.end..span.end],
    };
    parts.into_iter().filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_in_one_part_and_a_mark_begins_one() {
        let parts = |span, mark| -> Vec<_> {
            let parts = cut(span, mark);
            parts.map(|part| (part.start, part.end)).collect()
        };
        assert_eq!(parts(0..0, None), []);
        for mark in [None, Some(2), Some(5), Some(9)] {
            assert_eq!(parts(2..5, mark), [(2, 5)], "{mark:?}");
        }
        assert_eq!(parts(2..5, Some(4)), [(2, 4), (4, 5)]);
    }
}

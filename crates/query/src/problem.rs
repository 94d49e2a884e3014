//! What is wrong with a text, where, and how to mend it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Problems that are told of one text; more help nobody.
pub const PROBLEMS_MAX: usize = 20;

/// A problem at a place of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "reader", derive(reader::Read))]
pub struct Problem {
    /// Where, in bytes; on character boundaries, possibly empty.
    pub span: Range<usize>,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do, as a sentence.
    pub help: Option<String>,
    /// A change that mends it.
    pub fix: Option<Fix>,
}

/// A change of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "reader", derive(reader::Read))]
pub struct Fix {
    /// What is replaced, in bytes.
    pub span: Range<usize>,
    /// By what.
    pub replacement: String,
}

impl Fix {
    /// The text with this change; as it is when the change is one of another text.
    pub fn applied(&self, text: &str) -> String {
        let mut changed = text.to_owned();
        if text.get(self.span.clone()).is_some() {
            changed.replace_range(self.span.clone(), &self.replacement);
        }
        changed
    }
}

impl Problem {
    /// A problem without help.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
            fix: None,
        }
    }

    /// The same with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with a change that mends it, at its own place.
    #[must_use]
    pub fn replace_by(self, replacement: impl Into<String>) -> Self {
        let span = self.span.clone();
        self.fix(span, replacement)
    }

    /// The same with a change that mends it, elsewhere.
    #[must_use]
    pub fn fix(mut self, span: Range<usize>, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix {
            span,
            replacement: replacement.into(),
        });
        self
    }

    /// The line of the text, carets below the place, and the sentence.
    pub fn render(&self, source: &str) -> String {
        let start = floor(source, self.span.start);
        let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = source[start..]
            .find('\n')
            .map_or(source.len(), |at| start + at);
        let line = &source[line_start..line_end];
        let before = source[line_start..start].chars().count();
        let end = floor(source, self.span.end).clamp(start, line_end);
        let wide = source[start..end].chars().count().max(1);
        let help = self
            .help
            .as_deref()
            .map(|help| format!(" {help}"))
            .unwrap_or_default();
        format!(
            "{line}\n{}{} {}{help}",
            " ".repeat(before),
            "^".repeat(wide),
            self.message
        )
    }
}

/// The nearest character boundary at or before a byte.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The nearest of some names to a word that was written, when it is near enough to be meant.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = lower(word).collect();
    let near = (word.len() / 3).clamp(1, 3);
    let (mut letters, mut rows) = (Vec::new(), Rows::default());
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        // Most names are out of the question by their length alone; a letter has at most four bytes.
        if name.len() + near < word.len() || name.len() > 4 * (word.len() + near) {
            continue;
        }
        letters.clear();
        letters.extend(lower(name));
        let most = best.map_or(near, |(distance, _)| distance - 1);
        if let Some(distance) = distance(&word, &letters, most, &mut rows) {
            best = Some((distance, name));
            if distance == 0 {
                break;
            }
        }
    }
    best.map(|(_, name)| name)
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

/// Three rows of the table of distances, used again for each name.
#[derive(Default)]
struct Rows {
    before: Vec<usize>,
    last: Vec<usize>,
    this: Vec<usize>,
}

/// How many letters have to be changed, added, left out or swapped; `None` when it is more than `most`.
fn distance(one: &[char], other: &[char], most: usize, rows: &mut Rows) -> Option<usize> {
    // What both begin and end with costs nothing.
    let begun = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[begun..], &other[begun..]);
    let ended = one.iter().rev().zip(other.iter().rev());
    let ended = ended.take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[..one.len() - ended], &other[..other.len() - ended]);
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    rows.last.clear();
    rows.last.extend(0..=other.len());
    for (i, letter) in one.iter().enumerate() {
        rows.this.clear();
        rows.this.push(i + 1);
        for (j, wanted) in other.iter().enumerate() {
            let changed = rows.last[j] + usize::from(letter != wanted);
            let mut least = changed.min(rows.last[j + 1] + 1).min(rows.this[j] + 1);
            if i > 0 && j > 0 && *letter == other[j - 1] && one[i - 1] == *wanted {
                least = least.min(rows.before[j - 1] + 1);
            }
            rows.this.push(least);
        }
        // Swapping looks back two rows, so that both have to be too far.
        let is_far = |row: &[usize]| row.iter().all(|distance| *distance > most);
        if is_far(&rows.this) && is_far(&rows.last) {
            return None;
        }
        std::mem::swap(&mut rows.before, &mut rows.last);
        std::mem::swap(&mut rows.last, &mut rows.this);
    }
    rows.last
        .last()
        .copied()
        .filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_problem_points_at_its_place() {
        let problem = Problem::new(9..13, "There is no operator like this.").help("Use =.");
        assert_eq!(
            problem.render("a = 1 OR\nb ==== 2"),
            "b ==== 2\n^^^^ There is no operator like this. Use =."
        );
        assert_eq!(Problem::new(50..60, "End.").render("äb"), "äb\n  ^ End.");
    }

    #[test]
    fn near_words_are_found() {
        assert_eq!(
            nearest("STARTWITH", ["STARTSWITH", "ENDSWITH"]),
            Some("STARTSWITH")
        );
        assert_eq!(nearest("adn", ["AND", "OR"]), Some("AND"));
        assert_eq!(nearest("zebra", ["AND", "OR"]), None);
        assert_eq!(nearest("größe", ["Grösse", "Größe"]), Some("Größe"));
        assert_eq!(
            nearest("abcdefghi", ["badcfeghi", "badcfehgi"]),
            Some("badcfeghi")
        );
    }

    /// The table as it is defined, without shortcuts.
    fn distance_by_definition(one: &[char], other: &[char]) -> usize {
        let (Some((a, one_rest)), Some((b, other_rest))) = (one.split_last(), other.split_last())
        else {
            return one.len().max(other.len());
        };
        let mut least = (distance_by_definition(one_rest, other_rest) + usize::from(a != b))
            .min(distance_by_definition(one_rest, other) + 1)
            .min(distance_by_definition(one, other_rest) + 1);
        if let ([one_before @ .., c, _], [other_before @ .., d, _]) = (one, other)
            && (a, b) == (d, c)
        {
            least = least.min(distance_by_definition(one_before, other_before) + 1);
        }
        least
    }

    proptest! {
        #[test]
        fn shortcuts_keep_the_distance(
            one in prop::collection::vec(prop::sample::select(vec!['a', 'b', 'c']), 0..7),
            other in prop::collection::vec(prop::sample::select(vec!['a', 'b', 'c']), 0..7),
            most in 0_usize..4,
        ) {
            let wanted = Some(distance_by_definition(&one, &other)).filter(|distance| *distance <= most);
            prop_assert_eq!(distance(&one, &other, most, &mut Rows::default()), wanted);
        }
    }
}

//! What is wrong with a text, where, and how to mend it.

use std::ops::Range;

/// A problem at a place of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    let word = word.to_lowercase();
    let near = (word.chars().count() / 3).clamp(1, 3);
    names
        .into_iter()
        .map(|name| (distance(&word, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= near)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters have to be changed, added, left out or swapped.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > 3 {
        return usize::MAX;
    }
    let mut rows = vec![(0..=other.len()).collect::<Vec<_>>()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let cost = usize::from(one[i - 1] != other[j - 1]);
            let mut least = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
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
    }
}

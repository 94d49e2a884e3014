//! Words of a text. Never fails: a mistaken word is read as what was probably meant, with a problem that says so.

use std::ops::Range;

use crate::path::{is_begin, is_inner};
use crate::problem::Problem;

mod literal;

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Range<usize>,
    /// It is not written as the language has it.
    pub(crate) is_mistaken: bool,
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
    /// Something that has no meaning at all.
    Nothing,
}

/// The words of a text, and what is wrong with them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    pub(crate) problems: Vec<Problem>,
    /// The text ends in a comment.
    pub(crate) is_comment_open: bool,
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

const SIGNS: [&str; 18] = [
    "<>", "!=", "<=", ">=", "(", ")", "[", "]", ",", ".", "=", "<", ">", "+", "-", "*", "/", "%",
];

/// Signs of other languages for words, and what they mean.
const MISTAKEN: [(&str, &str); 3] = [("&&", "AND"), ("||", "OR"), ("!", "NOT")];

/// Reads all words of a text. Comments `/* */` are passed over.
pub(crate) fn lex(text: &str) -> Lexed {
    let mut lexed = Lexed::default();
    let mut at = 0;
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = &text[at..];
        if letter.is_whitespace() {
            at += letter.len_utf8();
        } else if rest.starts_with("/*") {
            let length = rest.find("*/").map(|end| end + 2);
            if length.is_none() {
                lexed.is_comment_open = true;
                lexed.problems.push(
                    Problem::new(at..at + 2, "This comment has no end.").help("Close it with */."),
                );
            }
            at += length.unwrap_or(rest.len());
        } else {
            let is_after_dot = lexed.is_after_dot(at);
            let word = read(text, at, letter, is_after_dot);
            lexed.tokens.push(Token {
                kind: word.kind,
                span: at..at + word.length,
                is_mistaken: !word.problems.is_empty(),
            });
            lexed.problems.extend(word.problems);
            at += word.length;
        }
    }
    lexed
}

impl Lexed {
    fn is_after_dot(&self, at: usize) -> bool {
        self.tokens
            .last()
            .is_some_and(|token| token.kind == Kind::Sign(".") && token.span.end == at)
    }
}

/// One word: what it means, how many bytes it has, and what is wrong with it.
struct Read {
    kind: Kind,
    length: usize,
    problems: Vec<Problem>,
}

impl Read {
    fn new(kind: Kind, length: usize) -> Self {
        Self {
            kind,
            length,
            problems: Vec::new(),
        }
    }

    fn with(mut self, problem: Problem) -> Self {
        self.problems.push(problem);
        self
    }
}

fn read(text: &str, at: usize, letter: char, is_after_dot: bool) -> Read {
    let rest = &text[at..];
    // An array of arrays has no meaning in the language, so [[ always quotes a name.
    if rest.starts_with("[[") {
        literal::quoted(rest, at)
    } else if letter == '\'' || letter == '"' {
        literal::text(rest, at, letter)
    } else if literal::is_curly(letter) {
        literal::curly(rest, at)
    } else if letter.is_ascii_digit() && !is_after_dot {
        literal::number(rest, at)
    } else if is_begin(letter) || is_after_dot && is_inner(letter) {
        let length = word_length(rest, is_after_dot);
        Read::new(Kind::Word(rest[..length].to_owned()), length)
    } else {
        sign(text, at, letter)
    }
}

/// After a dot a word may hold hyphens and colons, when letters or digits stand on both sides of them.
fn word_length(rest: &str, is_after_dot: bool) -> usize {
    let mut length = 0;
    let mut letters = rest.chars().peekable();
    while let Some(letter) = letters.next() {
        let joins = is_after_dot
            && matches!(letter, '-' | ':')
            && length > 0
            && letters.peek().copied().is_some_and(is_inner);
        if !is_inner(letter) && !joins {
            break;
        }
        length += letter.len_utf8();
    }
    length
}

/// A run of the signs that comparisons are written with, when it is none of ours, and what it means: `==`, `=<`, `≠`.
fn mistaken_run(rest: &str) -> Option<(&str, &'static str)> {
    let end = rest.find(|letter| !"=!<>≤≥≠".contains(letter));
    let run = &rest[..end.unwrap_or(rest.len())];
    let has = |letters: &[char]| run.contains(letters);
    let is_less = has(&['<', '≤']);
    let is_greater = has(&['>', '≥']);
    let is_equal = has(&['=', '≤', '≥']);
    let meant = match (is_less, is_greater) {
        (true, true) => "!=",
        _ if has(&['!', '≠']) => "!=",
        (true, false) if is_equal => "<=",
        (false, true) if is_equal => ">=",
        (true, false) => "<",
        (false, true) => ">",
        (false, false) => "=",
    };
    let is_not = run.chars().all(|letter| letter == '!');
    (!is_not && !SIGNS.contains(&run)).then_some((run, meant))
}

fn sign(text: &str, at: usize, letter: char) -> Read {
    let rest = &text[at..];
    let begins = |sign: &str| rest.starts_with(sign);
    let known = SIGNS.into_iter().find(|sign| begins(sign));
    let mistaken =
        mistaken_run(rest).or_else(|| MISTAKEN.into_iter().find(|(sign, _)| begins(sign)));
    match (known, mistaken) {
        (known, Some((sign, meant))) if known.is_none_or(|known| known.len() < sign.len()) => {
            let span = at..at + sign.len();
            let problem = Problem::new(span.clone(), format!("There is no operator {sign}."))
                .help(format!("Write {meant}."));
            if meant.starts_with(char::is_alphabetic) {
                let kind = Kind::Word(meant.to_owned());
                let spaced = spaced(text, &span, meant);
                Read::new(kind, sign.len()).with(problem.replace_by(spaced))
            } else {
                Read::new(Kind::Sign(meant), sign.len()).with(problem.replace_by(meant))
            }
        }
        (Some(sign), _) => Read::new(Kind::Sign(sign), sign.len()),
        (None, _) => {
            let length = letter.len_utf8();
            let span = at..at + length;
            let problem = if letter == ';' {
                Problem::new(span, "A query ends without a semicolon.")
                    .help("Leave it out.")
                    .replace_by("")
            } else {
                Problem::new(span, format!("{letter} has no meaning here."))
                    .help("Texts stand in single quotes, unusual names in [[ ]].")
            };
            Read::new(Kind::Nothing, length).with(problem)
        }
    }
}

/// A word with the spaces that it needs in the place of something else.
pub(crate) fn spaced(text: &str, span: &Range<usize>, word: &str) -> String {
    let needs = |letter: Option<char>| {
        letter.is_some_and(|letter| !letter.is_whitespace() && letter != '(')
    };
    let before = text
        .get(..span.start)
        .and_then(|text| text.chars().next_back());
    let after = text.get(span.end..).and_then(|text| text.chars().next());
    let space = |is_needed| if is_needed { " " } else { "" };
    format!("{}{word}{}", space(needs(before)), space(needs(after)))
}

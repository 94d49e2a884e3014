//! From words to a tree. Never fails: problems are noted with their place, and reading goes on.
//!
//! What is mistaken is read as what was probably meant, so that later mistakes are found too.

use std::ops::Range;

use twin::limits;

use crate::ast::{Expr, OrderBy, Query};
use crate::lexer::{Kind, Token, lex, spaced};
use crate::problem::{Fix, PROBLEMS_MAX, Problem, nearest};

mod clauses;
mod expression;

pub use expression::DEPTH_MAX;

/// A query as far as it could be read, and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The tree; parts that could not be read are left out.
    pub query: Query,
    /// Empty when all could be read.
    pub problems: Vec<Problem>,
}

/// A condition as far as it could be read, and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedCondition {
    /// The tree; `None` for all devices.
    pub condition: Option<Expr>,
    /// Keys after `ORDER BY`.
    pub order_by: Vec<OrderBy>,
    /// Empty when all could be read.
    pub problems: Vec<Problem>,
}

/// Reads a whole query.
///
/// ```
/// let parsed = query::parse("SELECT deviceId FROM devices WHERE tags.floor > 3");
/// assert!(parsed.problems.is_empty());
/// assert_eq!(query::parse("SELECT * FORM devices").problems[0].message, "FORM is not FROM.");
/// ```
pub fn parse(text: &str) -> Parsed {
    let read = |text: &str| {
        let mut parser = Parser::new(text);
        (parser.query(), parser.problems)
    };
    let (query, problems) = read(text);
    Parsed {
        query,
        problems: told(text, problems, |text| read(text).1),
    }
}

/// Reads the body of a `WHERE`, with `ORDER BY` if it follows. Empty and `*` mean all devices.
pub fn parse_condition(text: &str) -> ParsedCondition {
    let read = |text: &str| {
        let mut parser = Parser::new(text);
        (parser.condition_only(), parser.problems)
    };
    let ((condition, order_by), problems) = read(text);
    ParsedCondition {
        condition,
        order_by,
        problems: told(text, problems, |text| read(text).1),
    }
}

/// The problems as they are told: in order, one a place, with the changes that mend them. What a change comes to is
/// seen by reading the text again: one that does not leave fewer problems, or shows more of them, is not proposed.
fn told(text: &str, all: Vec<Problem>, read: impl Fn(&str) -> Vec<Problem>) -> Vec<Problem> {
    let count = all.len();
    let mut told = first_of_each_place(all);
    let shown = told.len();
    let mends = |fix: &Fix| {
        let left = read(&fix.applied(text));
        left.len() < count && first_of_each_place(left).len() <= shown
    };
    for problem in &mut told {
        problem.fix = problem.fix.take().filter(mends);
    }
    told
}

/// One mistake often shows twice at one place; the first words are the best.
fn first_of_each_place(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| problem.span.start);
    problems.dedup_by(|later, first| {
        let is_dropped = later.span.start == first.span.start;
        if is_dropped && let (Some(first), Some(later)) = (&mut first.fix, &later.fix) {
            close_too(first, later);
        }
        is_dropped
    });
    problems.truncate(PROBLEMS_MAX);
    problems
}

/// What closes one parenthesis closes those around it too, when nothing stands between.
fn close_too(inner: &mut Fix, outer: &Fix) {
    let closes = |fix: &Fix| {
        fix.replacement
            .chars()
            .all(|sign| matches!(sign, ')' | ']'))
    };
    if inner.span == outer.span && inner.span.is_empty() && closes(inner) && closes(outer) {
        inner.replacement += &outer.replacement;
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    problems: Vec<Problem>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        let mut parser = Self {
            text,
            tokens: Vec::new(),
            at: 0,
            problems: Vec::new(),
        };
        let length = text.chars().count();
        if length > limits::QUERY_CHARS_MAX {
            let most = limits::QUERY_CHARS_MAX;
            parser.note(
                Problem::new(
                    0..0,
                    format!("The query has {length} characters; the most are {most}."),
                )
                .help("Give the set a tag and ask for that."),
            );
        } else {
            let lexed = lex(text);
            parser.tokens = lexed.tokens;
            parser.tokens.retain(|token| token.kind != Kind::Nothing);
            parser.problems = lexed.problems;
        }
        parser
    }

    fn note(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    /// Where the next word stands; the end of the text when there is none.
    fn span(&self) -> Range<usize> {
        if let Some(token) = self.tokens.get(self.at) {
            token.span.clone()
        } else {
            let end = self.text.trim_end().len();
            end..end
        }
    }

    fn end_before(&self) -> usize {
        self.at
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map_or(0, |token| token.span.end)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Kind::Word(text)) if text.eq_ignore_ascii_case(word))
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Kind::Sign(text)) if *text == sign)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_here = self.is_word(word);
        self.at += usize::from(is_here);
        is_here
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let is_here = self.is_sign(sign);
        self.at += usize::from(is_here);
        is_here
    }

    fn find_word(&self, word: &str) -> Option<usize> {
        self.tokens.iter().position(
            |token| matches!(&token.kind, Kind::Word(text) if text.eq_ignore_ascii_case(word)),
        )
    }

    /// The text of the next word, for messages.
    fn shown(&self) -> String {
        let span = self.span();
        self.text
            .get(span)
            .filter(|text| !text.is_empty())
            .map_or_else(|| "the end".to_owned(), str::to_owned)
    }

    /// Takes a keyword that has to stand here; says so when it does not. A near word is taken for it.
    fn expect_word(&mut self, word: &str) -> bool {
        if self.take_word(word) {
            return true;
        }
        let (span, shown) = (self.span(), self.shown());
        let is_near =
            matches!(self.peek(), Some(Kind::Word(text)) if nearest(text, [word]).is_some());
        if is_near {
            self.note(
                Problem::new(span, format!("{shown} is not {word}."))
                    .help(format!("Write {word}."))
                    .replace_by(word),
            );
            self.at += 1;
        } else {
            let place = span.start..span.start;
            self.note(
                Problem::new(span, format!("{word} is missing before {shown}."))
                    .fix(place.clone(), spaced(self.text, &place, word)),
            );
        }
        is_near
    }

    fn expect_sign(&mut self, sign: &str, opened: usize) -> usize {
        if self.take_sign(sign) {
            return self.end_before();
        }
        let (span, shown) = (self.span(), self.shown());
        let end = self.end_before();
        let open = self
            .text
            .get(opened..=opened)
            .unwrap_or_default()
            .to_owned();
        self.note(
            Problem::new(span, format!("{open} is not closed before {shown}."))
                .help(format!("Write {sign}."))
                .fix(end..end, sign),
        );
        end
    }

    fn is_word_after(&self, word: &str) -> bool {
        let next = self.tokens.get(self.at + 1).map(|token| &token.kind);
        matches!(next, Some(Kind::Word(text)) if text.eq_ignore_ascii_case(word))
    }
}

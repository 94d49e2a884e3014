//! From words to a tree. Never fails: problems are noted with their place, and reading goes on.
//!
//! Precedence, weakest first: `OR`, `AND`, `NOT`, comparison and `IN`, `+ -`, `* / %`, unary `-` (contract section 6.1).

use std::ops::Range;

use twin::limits;

use crate::ast::{
    Aggregate, BinaryOp, Expr, ExprKind, Item, Literal, OrderBy, Query, Select, Source,
};
use crate::functions;
use crate::lexer::{Kind, Token, lex};
use crate::path::Path;
use crate::problem::{Problem, nearest};

/// How deep expressions may nest; hostile texts must not exhaust the stack.
pub const DEPTH_MAX: usize = 64;
/// Problems that are noted; more help nobody.
const PROBLEMS_MAX: usize = 20;

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
    let mut parser = Parser::new(text);
    let query = parser.query();
    Parsed {
        query,
        problems: parser.finish(),
    }
}

/// Reads the body of a `WHERE`, with `ORDER BY` if it follows. Empty and `*` mean all devices.
pub fn parse_condition(text: &str) -> ParsedCondition {
    let mut parser = Parser::new(text);
    let mut condition = None;
    let is_all = parser.tokens.is_empty() || (parser.tokens.len() == 1 && parser.is_sign("*"));
    if is_all {
        parser.at = parser.tokens.len();
    } else if parser.is_word("SELECT") {
        let span = parser.span();
        let problem = Problem::new(
            span,
            "Only the condition stands here, without SELECT and FROM.",
        );
        let body = parser
            .find_word("WHERE")
            .map(|at| parser.tokens[at].span.end);
        let problem = match body {
            Some(end) => problem
                .help("Leave out all up to WHERE.")
                .fix(0..(text.len() - text[end..].trim_start().len()), ""),
            None => problem.help("Write what the devices must fulfil, or nothing for all."),
        };
        parser.note(problem);
        parser.at = parser.tokens.len();
    } else {
        if parser.is_word("WHERE") {
            let span = parser.span();
            parser.note(
                Problem::new(span, "The condition stands without WHERE.")
                    .help("Leave it out.")
                    .replace_by(""),
            );
            parser.at += 1;
        }
        if !parser.is_word("ORDER") {
            condition = parser.expression(0);
        }
    }
    let order_by = parser.order_by();
    parser.expect_end();
    ParsedCondition {
        condition,
        order_by,
        problems: parser.finish(),
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
            parser.tokens = lex(text);
        }
        parser
    }

    fn finish(self) -> Vec<Problem> {
        self.problems
    }

    fn note(&mut self, problem: Problem) {
        // One mistake often shows twice at one place; the first words are the best.
        let is_new = self
            .problems
            .last()
            .is_none_or(|last| last.span.start != problem.span.start);
        if is_new && self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }

    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    /// Where the next word stands; the end of the text when there is none.
    fn span(&self) -> Range<usize> {
        match self.tokens.get(self.at) {
            Some(token) => token.span.clone(),
            None => {
                let end = self.text.trim_end().len();
                end..end
            }
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
            self.note(
                Problem::new(span.clone(), format!("{word} is missing before {shown}."))
                    .fix(span.start..span.start, format!("{word} ")),
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

    fn expect_end(&mut self) {
        let Some(kind) = self.peek().cloned() else {
            return;
        };
        let span = self.span();
        let shown = self.shown();
        let problem = match kind {
            Kind::Bad {
                message,
                help,
                replacement,
            } => bad(span, message, help, replacement),
            Kind::Word(word) => {
                match nearest(&word, ["AND", "OR", "IN", "NOT", "ORDER", "GROUP", "WHERE"]) {
                    Some(meant) if !word.eq_ignore_ascii_case(meant) => {
                        Problem::new(span, format!("{shown} is not {meant}."))
                            .help(format!("Write {meant}."))
                            .replace_by(meant)
                    }
                    _ => Problem::new(
                        span.clone(),
                        format!("{shown} does not follow from what stands before it."),
                    )
                    .help("Join conditions with AND or OR.")
                    .fix(span.start..span.start, "AND "),
                }
            }
            Kind::Sign(")" | "]") => Problem::new(span, format!("{shown} closes nothing."))
                .help("Leave it out.")
                .replace_by(""),
            _ => Problem::new(
                span,
                format!("{shown} does not follow from what stands before it."),
            )
            .help("Join conditions with AND or OR."),
        };
        self.note(problem);
    }

    // --- the query around the condition -------------------------------------------------------------

    fn query(&mut self) -> Query {
        let mut query = Query::of(None);
        self.expect_word("SELECT");
        if self.take_word("TOP") {
            query.top = self.whole_number();
        }
        query.select = self.select_list();
        if self.expect_word("FROM") {
            query.source = self.source();
        }
        if self.take_word("WHERE") {
            query.condition = self.expression(0);
        }
        if self.take_word("GROUP") {
            self.expect_word("BY");
            query.group_by = self.list(Self::path_only);
        }
        query.order_by = self.order_by();
        self.expect_end();
        query
    }

    fn whole_number(&mut self) -> Option<u64> {
        if let Some(Kind::Number(number)) = self.peek()
            && *number >= 1.0
            && number.fract() == 0.0
            && *number <= 1e15
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole, positive and below 2^53"
            )]
            let number = *number as u64;
            self.at += 1;
            return Some(number);
        }
        let (span, shown) = (self.span(), self.shown());
        self.note(Problem::new(
            span,
            format!("TOP takes a whole number of at least 1, not {shown}."),
        ));
        None
    }

    fn select_list(&mut self) -> Select {
        if self.take_sign("*") {
            return Select::All;
        }
        Select::Items(self.list(Self::item))
    }

    fn source(&mut self) -> Source {
        let start = self.span().start;
        let mut name = String::new();
        while let Some(Kind::Word(word)) = self.peek().cloned() {
            name += &word;
            self.at += 1;
            if !self.is_sign(".") {
                break;
            }
            name.push('.');
            self.at += 1;
        }
        let span = start..self.end_before().max(start);
        Source::parse(&name).unwrap_or_else(|| {
            let known = Source::ALL.iter().map(|(_, name)| *name);
            let meant = nearest(&name, known).unwrap_or("devices");
            let message = if name.is_empty() {
                "FROM what is missing.".to_owned()
            } else {
                format!("There is no collection {name}.")
            };
            self.note(
                Problem::new(span, message)
                    .help(format!("Write {meant}."))
                    .replace_by(meant),
            );
            Source::Devices
        })
    }

    fn order_by(&mut self) -> Vec<OrderBy> {
        if !self.take_word("ORDER") {
            return Vec::new();
        }
        self.expect_word("BY");
        self.list(|parser| {
            let path = parser.path_only()?;
            let descending = parser.take_word("DESC");
            if !descending {
                parser.take_word("ASC");
            }
            Some(OrderBy { path, descending })
        })
    }

    /// One or more parts with commas between them.
    fn list<T>(&mut self, part: impl Fn(&mut Self) -> Option<T>) -> Vec<T> {
        let mut parts = Vec::new();
        loop {
            match part(self) {
                Some(one) => parts.push(one),
                None => return parts,
            }
            if !self.take_sign(",") {
                return parts;
            }
        }
    }

    fn item(&mut self) -> Option<Item> {
        let aggregate = match (
            self.peek(),
            self.tokens.get(self.at + 1).map(|token| &token.kind),
        ) {
            (Some(Kind::Word(word)), Some(Kind::Sign("("))) => Aggregate::parse(word),
            _ => None,
        };
        if let Some(function) = aggregate {
            let opened = self
                .tokens
                .get(self.at + 1)
                .map_or(0, |token| token.span.start);
            self.at += 2;
            let path = if self.take_sign("*") || self.is_sign(")") {
                None
            } else {
                self.path_only()
            };
            if path.is_none() && function != Aggregate::Count {
                let span = opened..opened + 1;
                self.note(Problem::new(
                    span,
                    format!("{} needs a path.", function.name().to_uppercase()),
                ));
            }
            self.expect_sign(")", opened);
            return Some(Item::Aggregate {
                function,
                path,
                alias: self.alias(),
            });
        }
        let path = self.path_only()?;
        Some(Item::Path {
            path,
            alias: self.alias(),
        })
    }

    fn alias(&mut self) -> Option<String> {
        let is_named = self.take_word("AS");
        match self.peek().cloned() {
            Some(Kind::Quoted(name)) => {
                self.at += 1;
                Some(name)
            }
            Some(Kind::Word(word))
                if is_named
                    || !crate::lexer::is_keyword(&word) && nearest(&word, ["FROM"]).is_none() =>
            {
                self.at += 1;
                Some(word)
            }
            _ if is_named => {
                let (span, shown) = (self.span(), self.shown());
                self.note(Problem::new(
                    span,
                    format!("A name is missing after AS, before {shown}."),
                ));
                None
            }
            _ => None,
        }
    }

    fn path_only(&mut self) -> Option<Path> {
        match self.peek() {
            Some(Kind::Word(_) | Kind::Quoted(_)) => Some(self.path()),
            Some(Kind::Bad {
                message,
                help,
                replacement,
            }) => {
                let problem = bad(
                    self.span(),
                    message.clone(),
                    help.clone(),
                    replacement.clone(),
                );
                self.note(problem);
                self.at += 1;
                None
            }
            _ => {
                let (span, shown) = (self.span(), self.shown());
                self.note(
                    Problem::new(span, format!("A path is missing before {shown}."))
                        .help("For example tags.region."),
                );
                None
            }
        }
    }

    // --- expressions ---------------------------------------------------------------------------------

    fn expression(&mut self, depth: usize) -> Option<Expr> {
        self.binary(1, depth)
    }

    /// Operators of at least this strength, by precedence climbing.
    fn binary(&mut self, least: u8, depth: usize) -> Option<Expr> {
        if depth > DEPTH_MAX {
            let span = self.span();
            self.note(
                Problem::new(
                    span,
                    format!("Expressions nest at most {DEPTH_MAX} levels deep."),
                )
                .help("Take parentheses apart."),
            );
            self.at = self.tokens.len();
            return None;
        }
        let mut left = if least <= 3 && self.is_word("NOT") {
            self.negation(depth)?
        } else {
            self.unary(depth)?
        };
        let mut operators = 0;
        loop {
            if least <= 4 && self.is_membership() {
                left = self.membership(left, depth)?;
                continue;
            }
            let Some(op) = self.operator() else {
                return Some(left);
            };
            if op.strength() < least {
                return Some(left);
            }
            operators += 1;
            if operators > limits::QUERY_CHARS_MAX {
                return Some(left);
            }
            self.at += 1;
            let Some(right) = self.binary(op.strength() + 1, depth + 1) else {
                return Some(left);
            };
            if op.is_comparison() && self.operator().is_some_and(BinaryOp::is_comparison) {
                let span = self.span();
                self.note(
                    Problem::new(span, "Comparisons do not chain.")
                        .help("Join two comparisons with AND."),
                );
            }
            let span = left.span.start..right.span.end;
            left = Expr {
                kind: ExprKind::Binary {
                    op,
                    left: Box::new(left),
                    right: Box::new(right),
                },
                span,
            };
        }
    }

    fn negation(&mut self, depth: usize) -> Option<Expr> {
        let start = self.span().start;
        self.at += 1;
        let inner = self.binary(3, depth + 1)?;
        let span = start..inner.span.end;
        Some(Expr {
            kind: ExprKind::Not(Box::new(inner)),
            span,
        })
    }

    fn operator(&mut self) -> Option<BinaryOp> {
        let op = match self.peek()? {
            Kind::Word(word) if word.eq_ignore_ascii_case("OR") => BinaryOp::Or,
            Kind::Word(word) if word.eq_ignore_ascii_case("AND") => BinaryOp::And,
            Kind::Sign("=") => BinaryOp::Eq,
            Kind::Sign("!=" | "<>") => BinaryOp::Ne,
            Kind::Sign("<") => BinaryOp::Lt,
            Kind::Sign("<=") => BinaryOp::Le,
            Kind::Sign(">") => BinaryOp::Gt,
            Kind::Sign(">=") => BinaryOp::Ge,
            Kind::Sign("+") => BinaryOp::Add,
            Kind::Sign("-") => BinaryOp::Sub,
            Kind::Sign("*") => BinaryOp::Mul,
            Kind::Sign("/") => BinaryOp::Div,
            Kind::Sign("%") => BinaryOp::Rem,
            Kind::Bad {
                message,
                help,
                replacement: Some(replacement),
            } => {
                // A mistaken operator is read as the one that was meant.
                let op = match replacement.as_str() {
                    "=" => BinaryOp::Eq,
                    "<=" => BinaryOp::Le,
                    ">=" => BinaryOp::Ge,
                    "AND" => BinaryOp::And,
                    "OR" => BinaryOp::Or,
                    _ => return None,
                };
                let problem = bad(
                    self.span(),
                    message.clone(),
                    help.clone(),
                    Some(replacement.clone()),
                );
                self.note(problem);
                op
            }
            _ => return None,
        };
        Some(op)
    }

    fn is_membership(&self) -> bool {
        let is_in_next = matches!(
            self.tokens.get(self.at + 1).map(|token| &token.kind),
            Some(Kind::Word(word)) if word.eq_ignore_ascii_case("IN")
        );
        self.is_word("IN") || self.is_word("NIN") || (self.is_word("NOT") && is_in_next)
    }

    fn membership(&mut self, value: Expr, depth: usize) -> Option<Expr> {
        let is_negated = !self.is_word("IN");
        self.at += if self.is_word("NOT") { 2 } else { 1 };
        let opened = self.span();
        let close = if self.take_sign("[") {
            "]"
        } else if self.take_sign("(") {
            ")"
        } else {
            let shown = self.shown();
            self.note(
                Problem::new(opened, format!("IN takes a list, not {shown}."))
                    .help("For example IN ['a', 'b']."),
            );
            return None;
        };
        let list = self.arguments(close, depth);
        let end = self.expect_sign(close, opened.start);
        let span = value.span.start..end;
        Some(Expr {
            kind: ExprKind::In {
                value: Box::new(value),
                list,
                is_negated,
            },
            span,
        })
    }

    /// Expressions with commas between them, up to a closing sign.
    fn arguments(&mut self, close: &'static str, depth: usize) -> Vec<Expr> {
        let mut items = Vec::new();
        if self.is_sign(close) {
            return items;
        }
        while let Some(item) = self.binary(1, depth + 1) {
            items.push(item);
            if !self.take_sign(",") {
                break;
            }
        }
        items
    }

    fn unary(&mut self, depth: usize) -> Option<Expr> {
        let span = self.span();
        if !self.take_sign("-") {
            return self.primary(depth);
        }
        if depth > DEPTH_MAX {
            self.note(Problem::new(
                span,
                format!("Expressions nest at most {DEPTH_MAX} levels deep."),
            ));
            self.at = self.tokens.len();
            return None;
        }
        let inner = self.unary(depth + 1)?;
        let whole = span.start..inner.span.end;
        let kind = match inner.kind {
            ExprKind::Literal(Literal::Number(number)) => {
                ExprKind::Literal(Literal::Number(-number))
            }
            kind => ExprKind::Negate(Box::new(Expr {
                kind,
                span: inner.span,
            })),
        };
        Some(Expr { kind, span: whole })
    }

    fn primary(&mut self, depth: usize) -> Option<Expr> {
        let span = self.span();
        let literal = |literal| Some(ExprKind::Literal(literal));
        let kind = match self.peek().cloned() {
            Some(Kind::Number(number)) => literal(Literal::Number(number)),
            Some(Kind::Text(text)) => literal(Literal::String(text)),
            Some(Kind::Sign("(")) => {
                self.at += 1;
                let inner = self.binary(1, depth + 1)?;
                let end = self.expect_sign(")", span.start);
                return Some(Expr {
                    span: span.start..end,
                    ..inner
                });
            }
            Some(Kind::Sign("[")) => {
                self.at += 1;
                let items = self.arguments("]", depth);
                let end = self.expect_sign("]", span.start);
                return Some(Expr {
                    kind: ExprKind::Array(items),
                    span: span.start..end,
                });
            }
            Some(Kind::Word(word)) => match word.to_ascii_lowercase().as_str() {
                "true" => literal(Literal::Bool(true)),
                "false" => literal(Literal::Bool(false)),
                "null" => literal(Literal::Null),
                "undefined" => literal(Literal::Undefined),
                _ => return self.name(depth),
            },
            Some(Kind::Quoted(_)) => return self.name(depth),
            Some(Kind::Bad {
                message,
                help,
                replacement,
            }) => {
                let is_not = replacement.as_deref() == Some("NOT ");
                let is_text = self
                    .text
                    .get(span.clone())
                    .is_some_and(|text| text.starts_with(['\'', '"']));
                self.note(bad(span.clone(), message, help, replacement));
                self.at += 1;
                if is_not {
                    return self.binary(3, depth + 1);
                }
                return is_text.then(|| Expr {
                    kind: ExprKind::Literal(Literal::String(String::new())),
                    span,
                });
            }
            _ => None,
        };
        if let Some(kind) = kind {
            if self.span() == span {
                self.at += 1;
            }
            return Some(Expr { kind, span });
        }
        let shown = self.shown();
        self.note(
            Problem::new(span, format!("A value is missing before {shown}."))
                .help("A path, a text in quotes, a number, true or false."),
        );
        None
    }

    /// A path or a call.
    fn name(&mut self, depth: usize) -> Option<Expr> {
        let span = self.span();
        let is_call = matches!(
            self.tokens.get(self.at + 1).map(|token| &token.kind),
            Some(Kind::Sign("("))
        );
        if let (Some(Kind::Word(word)), true) = (self.peek().cloned(), is_call) {
            return self.call(&word, span, depth);
        }
        if let Some(Kind::Word(word)) = self.peek()
            && crate::lexer::is_keyword(word)
        {
            let shown = self.shown();
            self.note(
                Problem::new(span, format!("A value is missing before {shown}."))
                    .help(format!("A property of this name is written [[{shown}]].")),
            );
            return None;
        }
        let path = self.path();
        Some(Expr {
            kind: ExprKind::Path(path),
            span: span.start..self.end_before(),
        })
    }

    fn path(&mut self) -> Path {
        let mut segments = Vec::new();
        loop {
            match self.peek().cloned() {
                Some(Kind::Word(name) | Kind::Quoted(name)) => segments.push(name),
                _ => {
                    let (span, shown) = (self.span(), self.shown());
                    self.note(
                        Problem::new(
                            span,
                            format!("A name is missing after the dot, before {shown}."),
                        )
                        .help("An unusual name is written [[name]]."),
                    );
                    break;
                }
            }
            self.at += 1;
            if !self.take_sign(".") {
                break;
            }
        }
        Path::new(segments)
    }

    fn call(&mut self, word: &str, span: Range<usize>, depth: usize) -> Option<Expr> {
        let opened = self
            .tokens
            .get(self.at + 1)
            .map_or(span.end, |token| token.span.start);
        self.at += 2;
        let args = self.arguments(")", depth);
        let end = self.expect_sign(")", opened);
        let Some(function) = functions::find(word) else {
            let problem = Problem::new(span, format!("There is no function {word}."));
            self.note(match nearest(word, functions::names()) {
                Some(meant) => problem
                    .help(format!("Did you mean {meant}?"))
                    .replace_by(meant),
                None => problem.help("Completion lists them."),
            });
            return Some(Expr {
                kind: ExprKind::Literal(Literal::Undefined),
                span: opened..end,
            });
        };
        if !function.takes(args.len()) {
            self.note(
                Problem::new(
                    span.start..end,
                    format!(
                        "{} takes {}, not {}.",
                        function.name,
                        function.arity_text(),
                        args.len()
                    ),
                )
                .help(function.signature.to_owned()),
            );
        }
        Some(Expr {
            kind: ExprKind::Call { function, args },
            span: span.start..end,
        })
    }
}

fn bad(span: Range<usize>, message: String, help: String, replacement: Option<String>) -> Problem {
    let problem = Problem::new(span, message).help(help);
    match replacement {
        Some(replacement) => problem.replace_by(replacement),
        None => problem,
    }
}

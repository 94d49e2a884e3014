//! Expressions, by operator precedence with a stack of our own: only what is nested in brackets recurses.
//!
//! Precedence, weakest first: `OR`, `AND`, `NOT`, comparison and `IN`, `+ -`, `* / %`, unary `-` (contract section 6.1).
//! Chains of `AND` and of `OR` become balanced trees, and the height of every tree is bounded, so that whatever walks
//! one later may recurse.

use std::ops::Range;

use super::Parser;
use crate::ast::{BinaryOp, Expr, ExprKind, Literal};
use crate::functions;
use crate::lexer::{Kind, is_keyword, spaced};
use crate::path::Path;
use crate::problem::{Problem, nearest};

/// How deep brackets may nest, and how high a tree may be; hostile texts must not exhaust the stack.
pub const DEPTH_MAX: usize = 64;

/// How tightly `NOT` and the sign of a number bind, beside [`BinaryOp::strength`].
const NOT_STRENGTH: u8 = 3;
const COMPARISON_STRENGTH: u8 = 4;
const SIGN_STRENGTH: u8 = 7;

/// Keywords that may follow an operand.
const MEANT: [&str; 7] = ["AND", "OR", "IN", "NOT", "ORDER", "GROUP", "WHERE"];

/// Operands and operators that wait for what comes after them.
#[derive(Default)]
struct Stack {
    operands: Vec<Expr>,
    pending: Vec<Pending>,
    /// The last operand is a comparison without parentheses.
    has_compared: bool,
}

/// An operator that waits for its last operand.
#[derive(Clone, Copy)]
enum Pending {
    Binary(BinaryOp),
    /// Where it begins.
    Not(usize),
    /// Where it begins.
    Negate(usize),
}

impl Pending {
    const fn strength(self) -> u8 {
        match self {
            Self::Binary(op) => op.strength(),
            Self::Not(_) => NOT_STRENGTH,
            Self::Negate(_) => SIGN_STRENGTH,
        }
    }
}

/// What became of something that stands where an operator was expected.
enum Stray {
    /// The expression ends before it.
    End,
    /// It was passed over, or read as something else.
    Mended,
    /// An operator is missing before it, or was written otherwise.
    Joined(BinaryOp),
}

impl Parser<'_> {
    /// An expression; something at least, even where nothing could be read.
    pub(super) fn expression(&mut self, nesting: usize) -> Expr {
        if nesting > DEPTH_MAX {
            self.too_deep(self.span());
            return nothing(self.span());
        }
        let mut stack = Stack::default();
        loop {
            self.prefixes(&mut stack);
            let operand = self.primary(nesting);
            stack.operands.push(operand);
            stack.has_compared = false;
            let Some(op) = self.infix(&mut stack, nesting) else {
                break;
            };
            stack.pending.push(Pending::Binary(op));
        }
        self.reduce(&mut stack, 0);
        stack.operands.pop().unwrap_or_else(|| nothing(self.span()))
    }

    fn too_deep(&mut self, span: Range<usize>) {
        self.note(
            Problem::new(
                span,
                format!("Expressions nest at most {DEPTH_MAX} levels deep."),
            )
            .help("Take parentheses and long sums apart."),
        );
        self.at = self.tokens.len();
    }

    fn prefixes(&mut self, stack: &mut Stack) {
        loop {
            let start = self.span().start;
            let may_negate = stack
                .pending
                .last()
                .is_none_or(|last| last.strength() <= NOT_STRENGTH);
            if may_negate && self.take_word("NOT") {
                stack.pending.push(Pending::Not(start));
            } else if self.take_sign("-") {
                stack.pending.push(Pending::Negate(start));
            } else {
                return;
            }
        }
    }

    /// Whatever follows an operand, up to the operator that wants another one; `None` at the end.
    fn infix(&mut self, stack: &mut Stack, nesting: usize) -> Option<BinaryOp> {
        loop {
            let place = self.span();
            let op = if let Some(op) = self.operator() {
                self.at += 1;
                op
            } else if self.is_membership() {
                self.compare_again(stack, place);
                self.membership(stack, nesting);
                continue;
            } else if self.is_word("IS") {
                self.reduce(stack, COMPARISON_STRENGTH);
                self.is_nothing(stack);
                continue;
            } else {
                match self.stray(nesting) {
                    Stray::End => return None,
                    Stray::Mended => continue,
                    Stray::Joined(op) => op,
                }
            };
            match op {
                // They wait for the whole chain.
                BinaryOp::And | BinaryOp::Or => self.reduce(stack, op.strength() + 1),
                _ if op.is_comparison() => self.compare_again(stack, place),
                _ => self.reduce(stack, op.strength()),
            }
            return Some(op);
        }
    }

    /// Ends the comparison before another one.
    fn compare_again(&mut self, stack: &mut Stack, place: Range<usize>) {
        self.reduce(stack, COMPARISON_STRENGTH);
        if stack.has_compared {
            self.note(
                Problem::new(place, "Comparisons do not chain.")
                    .help("Join two comparisons with AND."),
            );
        }
    }

    /// Applies the pending operators of at least this strength.
    fn reduce(&mut self, stack: &mut Stack, least: u8) {
        while let Some(pending) = stack.pending.pop_if(|last| last.strength() >= least) {
            let Some(last) = stack.operands.pop() else {
                return;
            };
            let made = match pending {
                Pending::Not(start) => Expr {
                    span: start..last.span.end,
                    kind: ExprKind::Not(Box::new(last)),
                },
                Pending::Negate(start) => negated(start, last),
                Pending::Binary(op @ (BinaryOp::And | BinaryOp::Or)) => {
                    let mut operands = vec![last];
                    operands.extend(stack.operands.pop());
                    while let Some(Pending::Binary(same)) = stack.pending.last()
                        && *same == op
                    {
                        stack.pending.pop();
                        operands.extend(stack.operands.pop());
                    }
                    operands.reverse();
                    let parts = operands
                        .into_iter()
                        .flat_map(|operand| operand.into_parts(op));
                    Expr::join(op, parts.collect()).unwrap_or_else(|| nothing(self.span()))
                }
                Pending::Binary(op) => {
                    stack.has_compared = op.is_comparison();
                    let left = stack.operands.pop().unwrap_or_else(|| nothing(self.span()));
                    Expr {
                        span: left.span.start..last.span.end,
                        kind: ExprKind::Binary {
                            op,
                            left: Box::new(left),
                            right: Box::new(last),
                        },
                    }
                }
            };
            let made = self.bounded(made);
            stack.operands.push(made);
        }
    }

    /// The expression, unless it is too high.
    fn bounded(&mut self, expr: Expr) -> Expr {
        if expr.height() <= DEPTH_MAX {
            return expr;
        }
        let span = expr.span.clone();
        self.too_deep(span.clone());
        nothing(span)
    }

    fn operator(&self) -> Option<BinaryOp> {
        Some(match self.peek()? {
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
            _ => return None,
        })
    }

    fn is_membership(&self) -> bool {
        self.is_word("IN")
            || self.is_word("NIN")
            || (self.is_word("NOT") && self.is_word_after("IN"))
    }

    fn membership(&mut self, stack: &mut Stack, nesting: usize) {
        let is_negated = !self.is_word("IN");
        self.at += if self.is_word("NOT") { 2 } else { 1 };
        let opened = self.span();
        let value = stack
            .operands
            .pop()
            .unwrap_or_else(|| nothing(opened.clone()));
        let list = if self.take_sign("[") {
            let list = self.arguments("]", nesting);
            self.expect_sign("]", opened.start);
            list
        } else if self.take_sign("(") {
            let list = self.arguments(")", nesting);
            self.expect_sign(")", opened.start);
            list
        } else {
            let shown = self.shown();
            let problem = Problem::new(opened.clone(), format!("IN takes a list, not {shown}."))
                .help("For example IN ['a', 'b'].");
            let is_constant = matches!(self.peek(), Some(Kind::Text(_) | Kind::Number(_)));
            self.at += usize::from(is_constant);
            self.note(if is_constant {
                problem.replace_by(format!("[{shown}]"))
            } else {
                problem
            });
            Vec::new()
        };
        let made = Expr {
            span: value.span.start..self.end_before(),
            kind: ExprKind::In {
                value: Box::new(value),
                list,
                is_negated,
            },
        };
        let made = self.bounded(made);
        stack.operands.push(made);
        stack.has_compared = true;
    }

    /// `x IS NULL` and `x IS NOT NULL` of SQL: what is asked is whether there is a value.
    fn is_nothing(&mut self, stack: &mut Stack) {
        let start = self.span();
        self.at += 1;
        let is_negated = self.take_word("NOT");
        let is_null =
            self.take_word("NULL") || self.take_word("DEFINED") || self.take_word("UNDEFINED");
        let whole = start.start..self.end_before();
        let problem = Problem::new(whole, "There is no operator IS.");
        let Some(value) = stack.operands.pop() else {
            return self.note(problem);
        };
        let fix = match (&value.kind, is_null) {
            (ExprKind::Path(_), true) => self.text.get(value.span.clone()),
            _ => None,
        };
        let not = if is_negated { "" } else { "NOT " };
        self.note(match fix {
            Some(path) => {
                let instead = format!("{not}IS_DEFINED({path})");
                problem
                    .help(format!("Write {instead}."))
                    .fix(value.span.start..self.end_before(), instead)
            }
            None => problem.help("Write =, or IS_DEFINED(path) to ask whether there is a value."),
        });
        stack.operands.push(value);
    }

    /// Deals with what stands where an operator was expected.
    fn stray(&mut self, nesting: usize) -> Stray {
        let Some(kind) = self.peek().cloned() else {
            return Stray::End;
        };
        let (span, shown) = (self.span(), self.shown());
        let problem = Problem::new(
            span.clone(),
            format!("{shown} does not follow from what stands before it."),
        )
        .help("Join conditions with AND or OR.");
        match kind {
            Kind::Sign(")" | "]" | ",") if nesting > 0 => Stray::End,
            Kind::Sign(")" | "]") => {
                self.note(
                    Problem::new(span, format!("{shown} closes nothing."))
                        .help("Leave it out.")
                        .replace_by(""),
                );
                self.at += 1;
                Stray::Mended
            }
            Kind::Sign(",") => {
                let and = spaced(self.text, &span, "AND");
                self.note(problem.replace_by(and));
                self.at += 1;
                Stray::Joined(BinaryOp::And)
            }
            Kind::Word(_) if self.is_outside() => Stray::End,
            Kind::Word(word) if let Some(meant) = self.meant(&word) => {
                self.note(
                    Problem::new(span, format!("{shown} is not {meant}."))
                        .help(format!("Write {meant}."))
                        .replace_by(meant),
                );
                if let Some(token) = self.tokens.get_mut(self.at) {
                    token.kind = Kind::Word(meant.to_owned());
                }
                Stray::Mended
            }
            Kind::Word(word)
                if ["LIKE", "BETWEEN"]
                    .iter()
                    .any(|other| word.eq_ignore_ascii_case(other)) =>
            {
                self.note(
                    Problem::new(span, format!("There is no operator {}.", word.to_ascii_uppercase()))
                        .help("There are STARTSWITH, ENDSWITH and CONTAINS for texts, and >= and <= joined with AND."),
                );
                self.at += 1;
                Stray::Joined(BinaryOp::Eq)
            }
            Kind::Word(word) if is_keyword(&word) && !is_constant(&word) => {
                self.note(problem);
                self.at += 1;
                Stray::Mended
            }
            Kind::Word(_)
            | Kind::Quoted(_)
            | Kind::Number(_)
            | Kind::Text(_)
            | Kind::Sign("(" | "[") => {
                self.note(problem.fix(
                    span.start..span.start,
                    spaced(self.text, &(span.start..span.start), "AND"),
                ));
                Stray::Joined(BinaryOp::And)
            }
            Kind::Sign(_) | Kind::Nothing => {
                self.note(problem);
                self.at += 1;
                Stray::Mended
            }
        }
    }

    /// Whether a part of the query begins here that is no condition.
    fn is_outside(&self) -> bool {
        ["GROUP", "ORDER", "WHERE", "FROM", "SELECT"]
            .iter()
            .any(|word| self.is_word(word))
    }

    /// The keyword that a word is written like, where nothing shows that it is a name.
    fn meant(&self, word: &str) -> Option<&'static str> {
        let next = self.tokens.get(self.at + 1).map(|token| &token.kind);
        let is_name = match next {
            Some(Kind::Sign("[" | "(" | "-")) | None => false,
            Some(Kind::Sign(_)) => true,
            Some(_) => false,
        };
        let meant = nearest(word, MEANT)?;
        let is_other = !word.eq_ignore_ascii_case(meant) && !is_keyword(word);
        let meant = MEANT.into_iter().find(|known| *known == meant)?;
        (is_other && !is_name).then_some(meant)
    }

    /// Expressions with commas between them, up to a closing sign.
    fn arguments(&mut self, close: &'static str, nesting: usize) -> Vec<Expr> {
        let mut items = Vec::new();
        if self.is_sign(close) {
            return items;
        }
        loop {
            items.push(self.expression(nesting + 1));
            if !self.take_sign(",") {
                return items;
            }
        }
    }

    fn primary(&mut self, nesting: usize) -> Expr {
        let span = self.span();
        let literal = match self.peek() {
            Some(Kind::Number(number)) => Literal::Number(*number),
            Some(Kind::Text(text)) => Literal::String(text.clone()),
            Some(Kind::Word(word)) => match word.to_ascii_lowercase().as_str() {
                "true" => Literal::Bool(true),
                "false" => Literal::Bool(false),
                "null" => Literal::Null,
                "undefined" => Literal::Undefined,
                _ => return self.name(nesting),
            },
            Some(Kind::Quoted(_)) => return self.name(nesting),
            Some(Kind::Sign("(")) => {
                self.at += 1;
                let inner = self.expression(nesting + 1);
                let end = self.expect_sign(")", span.start);
                return Expr {
                    span: span.start..end,
                    ..inner
                };
            }
            Some(Kind::Sign("[")) => {
                self.at += 1;
                let items = self.arguments("]", nesting);
                let end = self.expect_sign("]", span.start);
                return self.bounded(Expr {
                    kind: ExprKind::Array(items),
                    span: span.start..end,
                });
            }
            Some(Kind::Sign(".")) if self.is_segment_after() => return self.name(nesting),
            _ => {
                let shown = self.shown();
                self.note(
                    Problem::new(span.clone(), format!("A value is missing before {shown}."))
                        .help("A path, a text in quotes, a number, true or false."),
                );
                return nothing(span);
            }
        };
        self.at += 1;
        Expr {
            kind: ExprKind::Literal(literal),
            span,
        }
    }

    /// A path or a call.
    fn name(&mut self, nesting: usize) -> Expr {
        let span = self.span();
        let is_call = matches!(
            self.tokens.get(self.at + 1).map(|token| &token.kind),
            Some(Kind::Sign("("))
        );
        if let Some(Kind::Word(word)) = self.peek().cloned() {
            if is_keyword(&word) && !(is_call && functions::find(&word).is_some()) {
                let shown = self.shown();
                let help = format!("A property of this name is written [[{shown}]].");
                self.note(
                    Problem::new(span.clone(), format!("A value is missing before {shown}."))
                        .help(help),
                );
                return nothing(span.start..span.start);
            }
            if is_call {
                return self.call(&word, span, nesting);
            }
        }
        let path = self.path();
        Expr {
            kind: ExprKind::Path(path),
            span: span.start..self.end_before(),
        }
    }

    pub(super) fn path(&mut self) -> Path {
        let mut segments = Vec::new();
        if self.is_segment_after() {
            self.take_sign(".");
        }
        loop {
            match self.peek().cloned() {
                Some(Kind::Word(name) | Kind::Quoted(name)) => {
                    segments.push(name);
                    self.at += 1;
                }
                Some(Kind::Sign("[")) => {
                    let opened = self.span().start;
                    self.at += 1;
                    if let Some(Kind::Text(name)) = self.peek().cloned() {
                        segments.push(name);
                        self.at += 1;
                    }
                    self.expect_sign("]", opened);
                }
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
            if !self.take_sign(".") {
                break;
            }
        }
        Path::new(segments)
    }

    /// Whether a name that is written as a text, `.['name']`, follows.
    fn is_segment_after(&self) -> bool {
        let kind = |ahead: usize| self.tokens.get(self.at + ahead).map(|token| &token.kind);
        kind(0) == Some(&Kind::Sign("."))
            && kind(1) == Some(&Kind::Sign("["))
            && matches!(kind(2), Some(Kind::Text(_)))
    }

    fn call(&mut self, word: &str, span: Range<usize>, nesting: usize) -> Expr {
        self.at += 1;
        let opened = self.span().start;
        self.at += 1;
        let args = self.arguments(")", nesting);
        let is_closed = self.is_sign(")");
        let end = self.expect_sign(")", opened);
        let whole = span.start..end;
        let Some(function) = functions::find(word) else {
            let problem = Problem::new(span, format!("There is no function {word}."));
            self.note(match nearest(word, functions::names()) {
                Some(meant) => problem
                    .help(format!("Did you mean {meant}?"))
                    .replace_by(meant),
                None => problem.help("Completion lists them."),
            });
            return nothing(whole);
        };
        // Of a call without an end nobody knows what else it was meant to have.
        if is_closed && !function.takes(args.len()) {
            let (takes, count) = (function.arity_text(), args.len());
            let message = format!("{} takes {takes}, not {count}.", function.name);
            self.note(Problem::new(whole.clone(), message).help(function.signature.to_owned()));
        }
        if let Some((at, message)) = function.refuse.and_then(|refuse| refuse(&args)) {
            let place = args
                .get(at)
                .map_or_else(|| whole.clone(), |arg| arg.span.clone());
            self.note(Problem::new(place, message).help(function.signature.to_owned()));
        }
        self.bounded(Expr {
            kind: ExprKind::Call { function, args },
            span: whole,
        })
    }
}

/// Stands where nothing could be read.
fn nothing(span: Range<usize>) -> Expr {
    Expr {
        kind: ExprKind::Literal(Literal::Undefined),
        span,
    }
}

fn negated(start: usize, inner: Expr) -> Expr {
    let span = start..inner.span.end;
    let kind = match inner.kind {
        ExprKind::Literal(Literal::Number(number)) => ExprKind::Literal(Literal::Number(-number)),
        _ => ExprKind::Negate(Box::new(inner)),
    };
    Expr { kind, span }
}

fn is_constant(word: &str) -> bool {
    ["TRUE", "FALSE", "NULL", "UNDEFINED"]
        .iter()
        .any(|constant| constant.eq_ignore_ascii_case(word))
}

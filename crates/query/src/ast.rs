//! The tree of a query: plain data with a span on every expression.
//!
//! Paths are normalized when they are made ([`Path::new`]): root fields get their canonical spelling, the shorthand
//! `desired.` and `reported.` is written in full. Two expressions are equal when they say the same, wherever they stand.

use std::ops::Range;

use crate::functions::Function;
use crate::path::Path;

/// A whole query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What each row holds.
    pub select: Select,
    /// What is asked about.
    pub source: Source,
    /// The condition after `WHERE`.
    pub condition: Option<Expr>,
    /// The paths after `GROUP BY`.
    pub group_by: Vec<Path>,
    /// The keys after `ORDER BY`.
    pub order_by: Vec<OrderBy>,
    /// The most rows in all, after `TOP`.
    pub top: Option<u64>,
}

impl Query {
    /// All devices that fulfil a condition.
    pub fn of(condition: Option<Expr>) -> Self {
        Self {
            select: Select::All,
            source: Source::Devices,
            condition,
            group_by: Vec::new(),
            order_by: Vec::new(),
            top: None,
        }
    }
}

/// What each row holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Select {
    /// The whole document.
    All,
    /// The named members.
    Items(Vec<Item>),
}

/// One member of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A value of the document.
    Path {
        /// Which.
        path: Path,
        /// The name of the member; see [`Item::name`] when there is none.
        alias: Option<String>,
    },
    /// A figure over a group.
    Aggregate {
        /// Which.
        function: Aggregate,
        /// Over what; `None` counts rows.
        path: Option<Path>,
        /// The name of the member; see [`Item::name`] when there is none.
        alias: Option<String>,
    },
}

impl Item {
    /// The name after `AS`.
    pub fn alias(&self) -> Option<&str> {
        match self {
            Self::Path { alias, .. } | Self::Aggregate { alias, .. } => alias.as_deref(),
        }
    }

    /// The name of the member where no other has it: the alias, else the last segment of the path, else the figure in
    /// lower case. [`member_names`](crate::select::member_names) tells those of one name apart.
    pub fn name(&self) -> &str {
        match self {
            Self::Path {
                alias: Some(alias), ..
            }
            | Self::Aggregate {
                alias: Some(alias), ..
            } => alias,
            Self::Path { path, .. } => path.last(),
            Self::Aggregate { function, .. } => function.name(),
        }
    }
}

/// A figure over a group of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// How many rows, or how many where the path is defined.
    Count,
    /// The mean of the numbers.
    Avg,
    /// The sum of the numbers.
    Sum,
    /// The least number.
    Min,
    /// The greatest number.
    Max,
}

impl Aggregate {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Count, Self::Avg, Self::Sum, Self::Min, Self::Max];

    /// The name in a row that gives no other.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Avg => "avg",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
        }
    }

    /// The aggregate of a name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|function| function.name().eq_ignore_ascii_case(name))
    }
}

/// What a query asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Device twins.
    Devices,
    /// Module twins.
    Modules,
    /// Steps of jobs.
    Jobs,
    /// Individual enrollments.
    Enrollments,
    /// Enrollment groups.
    EnrollmentGroups,
    /// Registrations.
    Registrations,
}

impl Source {
    /// All of them, with their names after `FROM`.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Devices, "devices"),
        (Self::Modules, "devices.modules"),
        (Self::Jobs, "devices.jobs"),
        (Self::Enrollments, "enrollments"),
        (Self::EnrollmentGroups, "enrollmentGroups"),
        (Self::Registrations, "deviceRegistrations"),
    ];

    /// The name after `FROM`.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(source, _)| *source == self)
            .map_or("devices", |(_, name)| name)
    }

    /// The source of a name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(name))
            .map(|(source, _)| *source)
    }
}

/// One key of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// What is ordered by; rows where it is undefined come last in either direction.
    pub path: Path,
    /// Largest first.
    pub descending: bool,
}

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it says.
    pub kind: ExprKind,
    /// Where it stands, in bytes of the text; empty for what was made by rewriting.
    pub span: Range<usize>,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// A value of the document.
    Path(Path),
    /// An array of values.
    Array(Vec<Expr>),
    /// Logical negation.
    Not(Box<Expr>),
    /// Arithmetic negation.
    Negate(Box<Expr>),
    /// Two operands.
    Binary {
        /// What is done with them.
        op: BinaryOp,
        /// The first.
        left: Box<Expr>,
        /// The second.
        right: Box<Expr>,
    },
    /// Membership in a list.
    In {
        /// What is looked for.
        value: Box<Expr>,
        /// Where.
        list: Vec<Expr>,
        /// `NOT IN` and `NIN`.
        is_negated: bool,
    },
    /// A call of a built-in function.
    Call {
        /// Which.
        function: &'static Function,
        /// With what.
        args: Vec<Expr>,
    },
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// No value at all.
    Undefined,
    /// The explicit nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    String(String),
}

/// What is done with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// Either.
    Or,
    /// Both.
    And,
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Quotient.
    Div,
    /// Remainder.
    Rem,
}

impl BinaryOp {
    /// How it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Or => "OR",
            Self::And => "AND",
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Rem => "%",
        }
    }

    /// How tightly it binds: larger binds tighter.
    pub const fn strength(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => 4,
            Self::Add | Self::Sub => 5,
            Self::Mul | Self::Div | Self::Rem => 6,
        }
    }

    /// Whether it compares.
    pub const fn is_comparison(self) -> bool {
        self.strength() == 4
    }
}

impl Expr {
    /// An expression that stands nowhere: made by rewriting.
    pub fn made(kind: ExprKind) -> Self {
        Self { kind, span: 0..0 }
    }

    /// Parts joined by `AND` or `OR` to a balanced tree, so that a long chain is wide and not deep; `None` without parts.
    ///
    /// Trees of equal parts are equal: joining what [`Expr::parts`] takes apart gives the same tree again.
    pub fn join(op: BinaryOp, mut parts: Vec<Self>) -> Option<Self> {
        while parts.len() > 1 {
            let mut pairs = Vec::with_capacity(parts.len().div_ceil(2));
            let mut rest = parts.into_iter();
            while let Some(left) = rest.next() {
                pairs.push(match rest.next() {
                    Some(right) => Self {
                        span: left.span.start..right.span.end,
                        kind: ExprKind::Binary {
                            op,
                            left: Box::new(left),
                            right: Box::new(right),
                        },
                    },
                    None => left,
                });
            }
            parts = pairs;
        }
        parts.pop()
    }

    /// What an operator joins here, in order: however the tree leans, the operands of a chain of it.
    pub fn parts(&self, joined_by: BinaryOp) -> Vec<&Self> {
        let (mut parts, mut open) = (Vec::new(), vec![self]);
        while let Some(expr) = open.pop() {
            match &expr.kind {
                ExprKind::Binary { op, left, right } if *op == joined_by => {
                    open.extend([right.as_ref(), left.as_ref()]);
                }
                _ => parts.push(expr),
            }
        }
        parts
    }

    /// The same as [`Expr::parts`], owned.
    pub(crate) fn into_parts(self, joined_by: BinaryOp) -> Vec<Self> {
        let (mut parts, mut open) = (Vec::new(), vec![self]);
        while let Some(expr) = open.pop() {
            match expr.kind {
                ExprKind::Binary { op, left, right } if op == joined_by => {
                    open.extend([*right, *left]);
                }
                kind => parts.push(Self { kind, ..expr }),
            }
        }
        parts
    }

    /// How many expressions stand below one another at the deepest place; what the parser makes is bounded.
    pub(crate) fn height(&self) -> usize {
        let highest = |items: &[Self]| items.iter().map(Self::height).max().unwrap_or(0);
        1 + match &self.kind {
            ExprKind::Literal(_) | ExprKind::Path(_) => 0,
            ExprKind::Array(items) | ExprKind::Call { args: items, .. } => highest(items),
            ExprKind::Not(inner) | ExprKind::Negate(inner) => inner.height(),
            ExprKind::Binary { left, right, .. } => left.height().max(right.height()),
            ExprKind::In { value, list, .. } => value.height().max(highest(list)),
        }
    }

    /// Each path in it, in order, with repetitions.
    pub fn paths(&self) -> Vec<&Path> {
        let mut found = Vec::new();
        self.visit(&mut |expr| {
            if let ExprKind::Path(path) = &expr.kind {
                found.push(path);
            }
        });
        found
    }

    /// Calls the visitor with this expression and all below it.
    pub fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Self)) {
        visitor(self);
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Path(_) => {}
            ExprKind::Array(items) | ExprKind::Call { args: items, .. } => {
                for item in items {
                    item.visit(visitor);
                }
            }
            ExprKind::Not(inner) | ExprKind::Negate(inner) => inner.visit(visitor),
            ExprKind::Binary { left, right, .. } => {
                left.visit(visitor);
                right.visit(visitor);
            }
            ExprKind::In { value, list, .. } => {
                value.visit(visitor);
                for item in list {
                    item.visit(visitor);
                }
            }
        }
    }
}

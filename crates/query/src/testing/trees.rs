//! Random trees, of the shapes that the parser makes: of every tree here the text reads as the same tree.

use proptest::prelude::*;

use super::NAMES;
use crate::ast::{
    Aggregate, BinaryOp, Expr, ExprKind, Item, Literal, OrderBy, Query, Select, Source,
};
use crate::functions::{self, Function};
use crate::path::Path;

/// Texts of queries stay below their limit.
const BYTES_MAX: usize = 7_000;

/// A random condition: every function and operator, constants of all kinds, any name in a path.
pub fn tree() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        5 => (known_path(), comparison(), literal()).prop_map(|(path, op, value)| binary(op, path, value)),
        3 => (operand(), comparison(), operand()).prop_map(|(left, op, right)| binary(op, left, right)),
        2 => (known_path(), prop::collection::vec(literal(), 0..4), any::<bool>()).prop_map(membership),
        1 => (operand(), prop::collection::vec(operand(), 0..3), any::<bool>()).prop_map(membership),
        2 => call(known_path().boxed()),
        1 => operand(),
    ];
    let condition = leaf.prop_recursive(4, 20, 4, |inner| {
        let parts = || prop::collection::vec(inner.clone(), 2..5);
        prop_oneof![
            3 => parts().prop_map(|parts| chain(BinaryOp::And, parts)),
            3 => parts().prop_map(|parts| chain(BinaryOp::Or, parts)),
            3 => inner.clone().prop_map(|inner| Expr::made(ExprKind::Not(Box::new(inner)))),
            1 => (inner, comparison(), literal()).prop_map(|(left, op, right)| binary(op, left, right)),
        ]
    });
    condition.prop_filter("within the longest text", |tree| {
        tree.to_string().len() <= BYTES_MAX
    })
}

fn operand() -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![3 => known_path(), 1 => any_path().prop_map(of_path), 3 => literal()];
    let operand = leaf.prop_recursive(3, 10, 3, |inner| {
        let items = prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            4 => call(inner.clone()),
            2 => (inner.clone(), arithmetic(), inner.clone()).prop_map(|(left, op, right)| binary(op, left, right)),
            1 => inner.prop_map(negated),
            1 => items.prop_map(|items| Expr::made(ExprKind::Array(items))),
        ]
    });
    operand.boxed()
}

fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    Expr::made(ExprKind::Binary {
        op,
        left: Box::new(left),
        right: Box::new(right),
    })
}

fn membership((value, list, is_negated): (Expr, Vec<Expr>, bool)) -> Expr {
    Expr::made(ExprKind::In {
        value: Box::new(value),
        list,
        is_negated,
    })
}

/// A chain of one operator: what is a chain of it already is part of it.
fn chain(op: BinaryOp, parts: Vec<Expr>) -> Expr {
    let parts = parts.into_iter().flat_map(|part| part.into_parts(op));
    Expr::join(op, parts.collect()).unwrap_or_else(|| of_literal(Literal::Undefined))
}

/// A negated number is a number.
fn negated(inner: Expr) -> Expr {
    match inner.kind {
        ExprKind::Literal(Literal::Number(number)) => of_literal(Literal::Number(-number)),
        _ => Expr::made(ExprKind::Negate(Box::new(inner))),
    }
}

fn of_literal(literal: Literal) -> Expr {
    Expr::made(ExprKind::Literal(literal))
}

fn of_path(path: Path) -> Expr {
    Expr::made(ExprKind::Path(path))
}

fn comparison() -> impl Strategy<Value = BinaryOp> {
    use BinaryOp::{Eq, Ge, Gt, Le, Lt, Ne};
    prop::sample::select(vec![Eq, Ne, Lt, Le, Gt, Ge])
}

fn arithmetic() -> impl Strategy<Value = BinaryOp> {
    use BinaryOp::{Add, Div, Mul, Rem, Sub};
    prop::sample::select(vec![Add, Sub, Mul, Div, Rem])
}

/// A call of any function, with arguments that it does not refuse.
fn call(arg: BoxedStrategy<Expr>) -> impl Strategy<Value = Expr> {
    const ARGS_MAX: usize = 4;
    let function = prop::sample::select(functions::ALL.to_vec());
    let args = prop::collection::vec(arg, ARGS_MAX);
    (function, args, 0..=ARGS_MAX).prop_map(|(function, mut args, count)| {
        args.truncate(count.clamp(function.args_min, function.args_max));
        if function
            .refuse
            .is_some_and(|refuse| refuse(&args).is_some())
        {
            args = accepted(function, args);
        }
        Expr::made(ExprKind::Call { function, args })
    })
}

/// Arguments for a function that refused others.
fn accepted(function: &Function, args: Vec<Expr>) -> Vec<Expr> {
    let number = |number| of_literal(Literal::Number(number));
    match function.name {
        "AGO" => vec![of_literal(Literal::String("30h".to_owned()))],
        "GEO_WITHIN" => args
            .into_iter()
            .take(1)
            .chain([number(54.3), number(10.1), number(900.0)])
            .collect(),
        _ => vec![of_path(Path::new(["reported", "x"]))],
    }
}

fn literal() -> impl Strategy<Value = Expr> {
    let number = prop_oneof![
        4 => prop::sample::select(vec![-1.0, 0.0, 1.0, 2.0, 10.0, 0.5, -2.25, 1e9, 0.1 + 0.2]),
        1 => prop::sample::select(vec![1e300, f64::MAX, f64::MIN, 5e-324, -0.0, 4_503_599_627_370_495.0, 9_007_199_254_740_993.0]),
        1 => prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
    ];
    let text = prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "ab", "B", "4.11", "ü'\\", "", "1", "true", "😀", "Connected", "enabled", "d-001", "2026-11-20"])
            .prop_map(str::to_owned),
        1 => prop::sample::select(vec!["\\u0041", "\"", "[[x]]", "/*", "\u{0}\u{1f}\u{7f}\n", "' OR 1 = 1", "é", "e\u{301}", "\u{2028}\u{feff}"])
            .prop_map(str::to_owned),
        1 => text(),
    ];
    let literal = prop_oneof![
        4 => number.prop_map(Literal::Number),
        4 => text.prop_map(Literal::String),
        2 => any::<bool>().prop_map(Literal::Bool),
        1 => Just(Literal::Null),
        1 => Just(Literal::Undefined),
    ];
    literal.prop_map(of_literal)
}

/// Any text of a few characters.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..6).prop_map(String::from_iter)
}

/// A path that conditions over random devices ask for.
fn known_path() -> impl Strategy<Value = Expr> {
    super::path().prop_filter_map("a path", |path| Path::parse(&path).map(of_path))
}

/// A path of any names at all.
fn any_path() -> impl Strategy<Value = Path> {
    let name = prop_oneof![
        2 => prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned),
        2 => prop::sample::select(vec![
            "tags", "properties", "desired", "reported", "devices", "jobs", "drift", "count", "is", "in", "null", "top", "length", "$version",
            "a]", "]", "[[", "]]", "a:b", "-", "a-", "0x1", "'", "\\", "", " ", "a.b", "/*", "like", "DESC",
        ]).prop_map(str::to_owned),
        1 => text(),
    ];
    prop::collection::vec(name, 1..4).prop_map(Path::new)
}

/// A random query that makes sense: figures with what they are grouped by, or rows with what is selected.
pub fn query() -> impl Strategy<Value = Query> {
    let shape = prop_oneof![
        1 => documents(),
        1 => figures(),
    ];
    let order =
        (any_path(), any::<bool>()).prop_map(|(path, descending)| OrderBy { path, descending });
    let orders = prop::collection::vec(order, 0..3);
    let top = prop::option::of(prop_oneof![1..100_u64, Just(1_000_000_000_000_000)]);
    let condition = prop::option::of(tree());
    (shape, condition, orders, top).prop_map(|(shape, condition, order_by, top)| Query {
        condition,
        order_by,
        top,
        ..shape
    })
}

fn documents() -> impl Strategy<Value = Query> {
    let item = (selected(), alias()).prop_map(|(path, alias)| Item::Path { path, alias });
    let items =
        prop::collection::vec(item, 1..4).prop_map(|items| Select::Items(unambiguous(items)));
    let select = prop_oneof![1 => Just(Select::All), 2 => items];
    let source = prop::sample::select(Source::ALL.to_vec());
    (select, source).prop_map(|(select, (source, _))| Query {
        // Steps of jobs come whole.
        select: if source == Source::Jobs {
            Select::All
        } else {
            select
        },
        source,
        ..Query::of(None)
    })
}

fn figures() -> impl Strategy<Value = Query> {
    let aggregate = prop::sample::select(Aggregate::ALL.to_vec());
    let figure = (aggregate, prop::option::of(selected()), selected(), alias());
    let figure = figure.prop_map(|(function, path, needed, alias)| Item::Aggregate {
        function,
        path: match function {
            Aggregate::Count => path,
            _ => Some(needed),
        },
        alias,
    });
    let groups = prop::collection::vec((selected(), prop::option::weighted(0.7, alias())), 0..3);
    (groups, prop::collection::vec(figure, 1..4)).prop_map(|(groups, figures)| {
        let grouped = groups.iter().filter_map(|(path, alias)| {
            let path = path.clone();
            alias.clone().map(|alias| Item::Path { path, alias })
        });
        Query {
            select: Select::Items(unambiguous(grouped.chain(figures).collect())),
            group_by: groups.iter().map(|(path, _)| path.clone()).collect(),
            ..Query::of(None)
        }
    })
}

fn selected() -> impl Strategy<Value = Path> {
    let known = super::path().prop_filter_map("a path", |path| Path::parse(&path));
    prop_oneof![2 => known, 1 => any_path()]
}

fn alias() -> impl Strategy<Value = Option<String>> {
    let name = prop_oneof![
        3 => prop::sample::select(vec!["n", "mean", "count", "avg_2", "größe", "_", "$x"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["from", "FORM", "desc", "2nd", "a b", "a]]b", "]", "", "'", "\\", "a-b", "a.b", "[["]).prop_map(str::to_owned),
        1 => text(),
    ];
    prop::option::of(name)
}

/// The items without the aliases that others have already.
fn unambiguous(items: Vec<Item>) -> Vec<Item> {
    let mut taken = std::collections::BTreeSet::new();
    items
        .into_iter()
        .map(|mut item| {
            let (Item::Path { alias, .. } | Item::Aggregate { alias, .. }) = &mut item;
            *alias = alias.take().filter(|alias| taken.insert(alias.clone()));
            item
        })
        .collect()
}

//! What is wanted at a caret, told from the words before it.

use twin::scheme::PropertyType;

use crate::ast::Literal;
use crate::functions;
use crate::lexer::{Kind, Token, is_keyword};

/// What is wanted at a place.
pub(super) enum Place {
    /// A value to compare this path with.
    Value { of: String },
    /// A value of this path for a list, that is not given yet.
    Listed { of: String, given: Vec<String> },
    /// A path, a call or a constant; or `NOT` and a condition.
    Condition,
    /// A path, a call or a constant.
    Operand,
    /// A path that this holds for, and nothing else.
    Path(fn(&str) -> bool),
    /// A length of time.
    Duration,
    /// One of these.
    Keyword(Vec<&'static str>),
    /// Something that nobody can know.
    Nothing,
}

/// What compares two values.
const COMPARISONS: [&str; 8] = ["=", "!=", "IN [", "NOT IN [", "<", "<=", ">", ">="];
/// What goes on after a condition; the last only where no parenthesis is open.
const JOINTS: [&str; 3] = ["AND", "OR", "ORDER BY"];

/// What is wanted after these words.
pub(super) fn place(before: &[Token]) -> Place {
    let Some((last, rest)) = before.split_last() else {
        return Place::Condition;
    };
    if rest.is_empty() && last.kind == Kind::Sign("*") {
        return Place::Keyword(vec!["ORDER BY"]);
    }
    let is = |word| is_keyword_at(before, rest.len(), word);
    if (0..before.len()).any(|at| is_keyword_at(before, at, "ORDER")) {
        return if is("ORDER") {
            Place::Keyword(vec!["BY"])
        } else if is("BY") || last.kind == Kind::Sign(",") {
            Place::Path(|_| true)
        } else if path_start(before).is_some() {
            Place::Keyword(vec!["DESC", "ASC"])
        } else {
            Place::Nothing
        };
    }
    if let Some(start) = path_start(before) {
        return after_operand(before, start);
    }
    match &last.kind {
        Kind::Sign("=" | "!=" | "<>" | "<" | "<=" | ">" | ">=") => {
            path_before(rest).map_or(Place::Operand, |of| Place::Value { of })
        }
        // A name that is written as a text.
        Kind::Sign("[") if rest.last().is_some_and(is_dot) => Place::Nothing,
        Kind::Sign("(") if is_call(rest, "IS_DRIFTING") => Place::Path(drifts),
        Kind::Sign("(") if is_call(rest, "AGO") => Place::Duration,
        Kind::Sign("[" | "(" | ",") => list(before).unwrap_or(Place::Condition),
        Kind::Sign(")") => match innermost(rest) {
            Some(open) if calls_for_value(&before[..open]) => after_operand(before, open - 1),
            _ => after_condition(before),
        },
        Kind::Sign("]") => after_condition(before),
        Kind::Text(_) if matches!(rest, [.., dot, Token { kind: Kind::Sign("["), .. }] if is_dot(dot)) => {
            Place::Keyword(vec!["]"])
        }
        Kind::Number(_) | Kind::Text(_) => after_operand(before, rest.len()),
        Kind::Sign(".") => Place::Nothing,
        Kind::Sign(_) | Kind::Nothing => Place::Operand,
        Kind::Word(_) | Kind::Quoted(_) => {
            if is("IN") || is("NIN") {
                Place::Keyword(vec!["["])
            } else if is("NOT") && ends_operand(rest) {
                Place::Keyword(vec!["IN ["])
            } else if is("NOT") && !begins_condition(rest) {
                Place::Nothing
            } else if ["AND", "OR", "NOT", "WHERE"].into_iter().any(is) {
                Place::Condition
            } else {
                after_operand(before, rest.len())
            }
        }
    }
}

/// What goes on after an operand that begins at `start` and ends the words.
fn after_operand(before: &[Token], start: usize) -> Place {
    let joints = joints(before);
    if joints.is_empty() || is_compared(&before[..start]) {
        return Place::Keyword(joints.to_vec());
    }
    Place::Keyword([&COMPARISONS, joints].concat())
}

fn after_condition(before: &[Token]) -> Place {
    Place::Keyword(joints(before).to_vec())
}

/// What a condition goes on with: nothing in lists and among the arguments of a call, where few stand.
fn joints(before: &[Token]) -> &'static [&'static str] {
    let Some(open) = innermost(before) else {
        return &JOINTS;
    };
    let is_call = matches!(
        open.checked_sub(1).and_then(|at| before.get(at)),
        Some(Token { kind: Kind::Word(word), .. }) if functions::find(word).is_some()
    );
    if is_call || before[open].kind == Kind::Sign("[") {
        &[]
    } else {
        &JOINTS[..2]
    }
}

/// Whether a condition can begin after these words, where they do not end an operand.
fn begins_condition(before: &[Token]) -> bool {
    before.last().is_none_or(|last| {
        matches!(
            last.kind,
            Kind::Word(_) | Kind::Sign("(" | "[" | ",") | Kind::Nothing
        )
    })
}

/// Whether these words end in something that can be looked for in a list.
fn ends_operand(before: &[Token]) -> bool {
    let Some((last, rest)) = before.split_last() else {
        return false;
    };
    match &last.kind {
        Kind::Word(_) => {
            let joins = |word| is_keyword_at(before, rest.len(), word);
            !["AND", "OR", "NOT", "WHERE"].into_iter().any(joins)
        }
        Kind::Quoted(_) | Kind::Number(_) | Kind::Text(_) | Kind::Sign(")" | "]") => true,
        Kind::Sign(_) | Kind::Nothing => false,
    }
}

/// Whether the name of this function ends the words.
fn is_call(before: &[Token], name: &str) -> bool {
    let last = before.last().map(|token| &token.kind);
    matches!(last, Some(Kind::Word(word)) if functions::find(word).is_some_and(|function| function.name == name))
}

/// Whether a path leads to a place that can drift.
fn drifts(path: &str) -> bool {
    path.starts_with("properties.desired") || path.starts_with("properties.reported")
}

fn is_dot(token: &Token) -> bool {
    token.kind == Kind::Sign(".")
}

/// The parenthesis or list that is open after the words.
fn innermost(before: &[Token]) -> Option<usize> {
    let mut closed = 0_usize;
    before.iter().rposition(|token| match token.kind {
        Kind::Sign(")" | "]") => {
            closed += 1;
            false
        }
        Kind::Sign("(" | "[") if closed == 0 => true,
        Kind::Sign("(" | "[") => {
            closed -= 1;
            false
        }
        _ => false,
    })
}

/// Whether a word is this keyword, and no segment of a path.
fn is_keyword_at(tokens: &[Token], at: usize, keyword: &str) -> bool {
    let is_segment = at
        .checked_sub(1)
        .and_then(|before| tokens.get(before))
        .is_some_and(|token| token.kind == Kind::Sign("."));
    let is_word = matches!(tokens.get(at).map(|token| &token.kind), Some(Kind::Word(word)) if word.eq_ignore_ascii_case(keyword));
    is_word && !is_segment
}

/// The place inside a list after `IN`, with the values that it already has.
fn list(before: &[Token]) -> Option<Place> {
    let open = before
        .iter()
        .rposition(|token| matches!(token.kind, Kind::Sign("[" | "(")))?;
    let is_closed = before[open..]
        .iter()
        .any(|token| matches!(token.kind, Kind::Sign("]" | ")")));
    let word = open.checked_sub(1)?;
    if is_closed || !(is_keyword_at(before, word, "IN") || is_keyword_at(before, word, "NIN")) {
        return None;
    }
    let not = word
        .checked_sub(1)
        .filter(|at| is_keyword_at(before, *at, "NOT"));
    let of = path_before(&before[..not.unwrap_or(word)])?;
    let given = before[open..].iter().filter_map(|token| match &token.kind {
        Kind::Text(text) => Some(Literal::String(text.clone()).to_string()),
        Kind::Number(number) => Some(Literal::Number(*number).to_string()),
        Kind::Word(word) => Some(word.to_lowercase()),
        _ => None,
    });
    Some(Place::Listed {
        of,
        given: given.collect(),
    })
}

/// The path that ends the words, in its canonical text.
fn path_before(before: &[Token]) -> Option<String> {
    let path = &before[path_start(before)?..];
    let names = path.iter().filter_map(|token| match &token.kind {
        Kind::Word(name) | Kind::Quoted(name) | Kind::Text(name) => Some(name.as_str()),
        _ => None,
    });
    Some(crate::Path::new(names).to_string())
}

/// Where the path begins that ends the words.
fn path_start(before: &[Token]) -> Option<usize> {
    let kind = |at: usize| before.get(at).map(|token| &token.kind);
    let mut last = before.len().checked_sub(1)?;
    loop {
        let start = match kind(last)? {
            Kind::Word(_) | Kind::Quoted(_) => last,
            // A name that is written as a text: `.['name']`.
            Kind::Sign("]") => {
                let open = last.checked_sub(2)?;
                let is_name = matches!(
                    (kind(open), kind(open + 1)),
                    (Some(Kind::Sign("[")), Some(Kind::Text(_)))
                );
                is_name.then_some(open)?
            }
            _ => return None,
        };
        let is_text = start < last;
        let dot = start.checked_sub(1).filter(|dot| is_dot(&before[*dot]));
        let is_further = |dot: usize| {
            let before_it = dot.checked_sub(1).and_then(kind);
            matches!(
                before_it,
                Some(Kind::Word(_) | Kind::Quoted(_) | Kind::Sign("]"))
            )
        };
        match dot {
            Some(dot) if is_further(dot) => last = dot - 1,
            Some(dot) if is_text => return Some(dot),
            Some(_) => return None,
            None => {
                let is_keyword = matches!(kind(start), Some(Kind::Word(word)) if is_keyword(word));
                return (!is_text && !is_keyword).then_some(start);
            }
        }
    }
}

/// Whether a call of a function that gives something to compare ends these words.
fn calls_for_value(before: &[Token]) -> bool {
    match before.last().map(|token| &token.kind) {
        Some(Kind::Word(name)) => {
            functions::find(name).is_some_and(|function| function.returns != PropertyType::Boolean)
        }
        _ => false,
    }
}

/// Whether an operand after these words is the right side of a comparison.
fn is_compared(before: &[Token]) -> bool {
    let mut closed = 0_usize;
    for (at, token) in before.iter().enumerate().rev() {
        match &token.kind {
            Kind::Sign(")" | "]") => closed += 1,
            Kind::Sign("(" | "[") if closed == 0 => return false,
            Kind::Sign("(" | "[") => closed -= 1,
            _ if closed > 0 => {}
            Kind::Sign(",") => return false,
            Kind::Sign("=" | "!=" | "<>" | "<" | "<=" | ">" | ">=") => return true,
            Kind::Word(_) => {
                let is = |word| is_keyword_at(before, at, word);
                if is("IN") || is("NIN") {
                    return true;
                } else if is("AND") || is("OR") {
                    return false;
                }
            }
            _ => {}
        }
    }
    false
}

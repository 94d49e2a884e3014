//! Texts that are queries no longer, or never were.

use proptest::prelude::*;
use proptest::sample::Index;

use super::{condition, query};

/// Pieces that mistakes are made of.
const PIECES: [&str; 74] = [
    "=",
    "==",
    "===",
    "!=",
    "<>",
    "!==",
    "=<",
    "=>",
    "≤",
    "≥",
    "≠",
    "<",
    ">",
    "!",
    "&&",
    "||",
    "&",
    "|",
    "(",
    ")",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    ",",
    ".",
    "..",
    ";",
    "'",
    "\"",
    "‘",
    "”",
    "`",
    "\\",
    "\\u12",
    "/*",
    "*/",
    "*",
    "-",
    "--",
    "+",
    "%",
    "#",
    "a",
    "tags",
    "tags.x",
    "AND",
    "adn",
    "OR",
    "NOT",
    "IN",
    "NIN",
    "IS",
    "NULL",
    "true",
    "LIKE",
    "ORDER",
    "BY",
    "GRUOP",
    "WHERE",
    "SELECT",
    "FROM",
    "AS",
    "TOP",
    "5",
    "1.2.3",
    "1e999",
    "0x",
    "STARTWITH(",
    "AGO(",
    "COUNT()",
    "ü😀",
    "\n",
];

/// What happens to a text.
#[derive(Clone, Debug)]
enum Slip {
    /// Something is put in.
    Insert(&'static str),
    /// So many characters are left out.
    Remove(usize),
    /// A stretch is written twice.
    Repeat(usize),
    /// The rest is not there yet.
    End,
}

/// A random text: a valid one with some slips, or pieces without sense.
pub fn broken() -> impl Strategy<Value = String> {
    let valid = prop_oneof![2 => condition(), 1 => query().prop_map(|query| query.to_string())];
    let slip = prop_oneof![
        3 => prop::sample::select(PIECES.to_vec()).prop_map(Slip::Insert),
        2 => (1_usize..4).prop_map(Slip::Remove),
        1 => (1_usize..12).prop_map(Slip::Repeat),
        1 => Just(Slip::End),
    ];
    let slips = prop::collection::vec((any::<Index>(), slip), 1..4);
    let space = prop::sample::select(vec!["", " "]);
    let piece = prop_oneof![8 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    let pieces = prop::collection::vec((piece, space), 0..14);
    prop_oneof![
        3 => (valid, slips).prop_map(|(text, slips)| slips.iter().fold(text, |text, (place, slip)| slipped(&text, *place, slip))),
        2 => pieces.prop_map(|pieces| pieces.into_iter().map(|(piece, space)| piece + space).collect()),
    ]
}

fn slipped(text: &str, place: Index, slip: &Slip) -> String {
    let letters: Vec<char> = text.chars().collect();
    let at = place.index(letters.len() + 1);
    let (before, after) = letters.split_at(at);
    let string = |letters: &[char]| letters.iter().collect::<String>();
    let (before_text, after_text) = (string(before), string(after));
    match slip {
        Slip::Insert(piece) => before_text + piece + &after_text,
        Slip::Remove(count) => before_text + &string(&after[after.len().min(*count)..]),
        Slip::Repeat(count) => {
            let again = string(&after[..after.len().min(*count)]);
            before_text + &again + &after_text
        }
        Slip::End => before_text,
    }
}

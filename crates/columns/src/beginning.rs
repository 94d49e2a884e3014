//! The beginning of a value as a number: what sorts before by the numbers sorts before by the values, and equal numbers
//! leave it open. Passes compare numbers and look at values where they are equal.

use crate::datum::Datum;
use crate::dense::Cell;

/// The first eight bytes; shorter texts sort before longer ones that go on.
pub(crate) fn of_bytes(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    let length = bytes.len().min(8);
    first[..length].copy_from_slice(&bytes[..length]);
    u64::from_be_bytes(first)
}

/// The type of a value and as much of the value as there is room for; never 0, and never the greatest number.
pub(crate) fn of_datum(datum: Datum<'_>) -> u64 {
    let value = match datum {
        Datum::Number(number) => number.key(),
        Datum::Text(text) => of_bytes(text.as_bytes()),
        Datum::Instant(instant) => of_bytes(instant.to_string().as_bytes()),
        Datum::Bool(bool) => u64::from(bool) << 63,
        Datum::Null | Datum::Array(_) | Datum::Object(_) => 0,
    };
    // Three bits for the type; no number's key is 0.
    u64::from(datum.class()) << 61 | value >> 3
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use twin::time::Timestamp;

    use super::*;

    #[test]
    fn beginnings_sort_as_values_do_or_are_equal() {
        let values = [
            json!(-1e300),
            json!(-2.5),
            json!(0),
            json!(5e-324),
            json!(7),
            json!(""),
            json!("2026-11-22T10:00:00.0000000Z"),
            json!("a"),
            json!("a\u{0}"),
            json!("abcdefgh"),
            json!("abcdefghi"),
            json!("b"),
            json!("ü"),
            json!(false),
            json!(true),
            json!(null),
            json!([1]),
            json!({}),
        ];
        let mut data: Vec<_> = values.iter().filter_map(Datum::of).collect();
        data.extend(Datum::instant(Timestamp::from_ms(1_795_348_800_000)));
        for one in &data {
            for other in &data {
                if of_datum(*one) < of_datum(*other) {
                    assert!(one.order(*other).is_lt(), "{one:?} {other:?}");
                }
            }
            assert!((1..u64::MAX).contains(&of_datum(*one)));
        }
    }
}

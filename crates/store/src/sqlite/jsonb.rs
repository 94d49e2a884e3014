//! JSON in SQLite's own binary form, read and written here so that the database neither parses nor prints text on the way.
//!
//! Source: <https://sqlite.org/jsonb.html>. Each element is a header (type in the low half of the first byte, size in the high half or in the
//! 1, 2, 4 or 8 bytes that follow) and its payload. Written are the canonical types only; read are also the escaped texts that SQLite's parser makes.
//!
//! It knows nothing of tables. A blob that is no such element gives `None`, and whoever read it names the row.

use twin::{Map, Value};

const NULL: u8 = 0;
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const INT: u8 = 3;
const FLOAT: u8 = 5;
const TEXT: u8 = 7;
const TEXT_ESCAPED: u8 = 8;
const TEXT_RAW: u8 = 10;
const ARRAY: u8 = 11;
const OBJECT: u8 = 12;

/// Appends a value.
pub(crate) fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(true) => out.push(TRUE),
        Value::Bool(false) => out.push(FALSE),
        Value::Number(number) => {
            if let Some(integer) = number.as_i64() {
                write_int(out, integer);
            } else {
                let text = number.to_string();
                write_element(
                    out,
                    if number.is_f64() { FLOAT } else { INT },
                    text.as_bytes(),
                );
            }
        }
        Value::String(text) => write_text(out, text),
        Value::Array(items) => {
            write_array(out, |out| {
                for item in items {
                    write(out, item);
                }
            });
        }
        Value::Object(members) => write_map(out, members),
    }
}

/// Appends an object.
pub(crate) fn write_map(out: &mut Vec<u8>, members: &Map) {
    write_container(out, OBJECT, |out| {
        for (name, value) in members {
            write_text(out, name);
            write(out, value);
        }
    });
}

/// Appends an array whose elements `fill` appends.
pub(crate) fn write_array(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    write_container(out, ARRAY, fill);
}

/// Appends an integer.
pub(crate) fn write_int(out: &mut Vec<u8>, integer: i64) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    let mut rest = integer.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if integer < 0 {
        start -= 1;
        digits[start] = b'-';
    }
    write_element(out, INT, &digits[start..]);
}

/// Appends null.
pub(crate) fn write_null(out: &mut Vec<u8>) {
    out.push(NULL);
}

/// Appends a text.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    let needs_escape = text
        .bytes()
        .any(|byte| byte < b' ' || byte == b'"' || byte == b'\\');
    write_element(
        out,
        if needs_escape { TEXT_RAW } else { TEXT },
        text.as_bytes(),
    );
}

/// Appends bytes that are no JSON, disguised as a text: SQL takes them out with `CAST(… ->> n AS BLOB)`.
pub(crate) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_element(out, TEXT_RAW, bytes);
}

fn write_element(out: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    write_header(out, kind, payload.len());
    out.extend_from_slice(payload);
}

fn write_header(out: &mut Vec<u8>, kind: u8, size: usize) {
    let (bytes, length) = header(kind, size);
    out.extend_from_slice(&bytes[..length]);
}

/// A header and how many of its bytes count.
#[expect(
    clippy::cast_possible_truncation,
    reason = "each arm has checked that the size fits the bytes it takes"
)]
fn header(kind: u8, size: usize) -> ([u8; 9], usize) {
    let mut bytes = [0; 9];
    let length = match size {
        0..=11 => {
            bytes[0] = (size as u8) << 4 | kind;
            1
        }
        12..=0xff => {
            bytes[0] = 0xc0 | kind;
            bytes[1] = size as u8;
            2
        }
        0x100..=0xffff => {
            bytes[0] = 0xd0 | kind;
            bytes[1..3].copy_from_slice(&(size as u16).to_be_bytes());
            3
        }
        0x1_0000..=0xffff_ffff => {
            bytes[0] = 0xe0 | kind;
            bytes[1..5].copy_from_slice(&(size as u32).to_be_bytes());
            5
        }
        _ => {
            bytes[0] = 0xf0 | kind;
            bytes[1..].copy_from_slice(&(size as u64).to_be_bytes());
            9
        }
    };
    (bytes, length)
}

/// Leaves room for the most common header, fills in the payload, then makes the header as long as it must be.
fn write_container(out: &mut Vec<u8>, kind: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    const GUESS: usize = 2;
    let start = out.len();
    out.extend_from_slice(&[0; GUESS]);
    fill(out);
    let (bytes, length) = header(kind, out.len() - start - GUESS);
    if length == GUESS {
        out[start..start + GUESS].copy_from_slice(&bytes[..GUESS]);
    } else {
        out.splice(start..start + GUESS, bytes[..length].iter().copied());
    }
}

/// Reads a blob that is one value and nothing else.
pub(crate) fn read(blob: &[u8]) -> Option<Value> {
    let mut reader = Reader::new(blob);
    let value = reader.value()?;
    reader.is_at_end().then_some(value)
}

/// Reads a blob that is one object and nothing else.
pub(crate) fn read_map(blob: &[u8]) -> Option<Map> {
    match read(blob)? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// Reads one element after the other.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The elements of the array that comes next.
    pub(crate) fn array(&mut self) -> Option<Self> {
        match self.element()? {
            (ARRAY, payload) => Some(Self::new(payload)),
            _ => None,
        }
    }

    /// The object that comes next.
    pub(crate) fn map(&mut self) -> Option<Map> {
        match self.value()? {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The value that comes next.
    pub(crate) fn value(&mut self) -> Option<Value> {
        let (kind, payload) = self.element()?;
        Some(match kind {
            NULL => Value::Null,
            TRUE => Value::Bool(true),
            FALSE => Value::Bool(false),
            INT | FLOAT => number(payload)?,
            TEXT | TEXT_RAW | TEXT_ESCAPED => Value::String(text(kind, payload)?),
            ARRAY => {
                let mut items = Self::new(payload);
                let mut values = Vec::new();
                while !items.is_at_end() {
                    values.push(items.value()?);
                }
                Value::Array(values)
            }
            OBJECT => {
                let mut members = Self::new(payload);
                let mut map = Map::new();
                while !members.is_at_end() {
                    let name = members.text()?;
                    map.insert(name, members.value()?);
                }
                Value::Object(map)
            }
            _ => return None,
        })
    }

    /// The text that comes next.
    pub(crate) fn text(&mut self) -> Option<String> {
        let (kind, payload) = self.element()?;
        text(kind, payload)
    }

    /// The text that comes next, borrowed; texts that need unescaping are not among those written here.
    pub(crate) fn plain_text(&mut self) -> Option<&'a str> {
        match self.element()? {
            (TEXT | TEXT_RAW, payload) => std::str::from_utf8(payload).ok(),
            _ => None,
        }
    }

    /// What comes next, or nothing for null.
    #[expect(
        clippy::option_option,
        reason = "the outer says that it could be read, the inner that it is not null"
    )]
    pub(crate) fn nullable<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.rest.split_first() {
            Some((&NULL, rest)) => {
                self.rest = rest;
                Some(None)
            }
            _ => read(self).map(Some),
        }
    }

    /// The integer that comes next.
    pub(crate) fn int(&mut self) -> Option<i64> {
        match self.element()? {
            (INT, payload) => int(payload),
            _ => None,
        }
    }

    fn element(&mut self) -> Option<(u8, &'a [u8])> {
        let (&first, rest) = self.rest.split_first()?;
        let (size, rest) = match first >> 4 {
            size @ 0..=11 => (usize::from(size), rest),
            12 => split_size::<1>(rest)?,
            13 => split_size::<2>(rest)?,
            14 => split_size::<4>(rest)?,
            _ => split_size::<8>(rest)?,
        };
        let (payload, rest) = rest.split_at_checked(size)?;
        self.rest = rest;
        Some((first & 0x0f, payload))
    }
}

fn split_size<const N: usize>(rest: &[u8]) -> Option<(usize, &[u8])> {
    let (bytes, rest) = rest.split_first_chunk::<N>()?;
    let size = bytes.iter().try_fold(0_usize, |size, byte| {
        size.checked_mul(256)?.checked_add(usize::from(*byte))
    })?;
    Some((size, rest))
}

fn text(kind: u8, payload: &[u8]) -> Option<String> {
    let payload = std::str::from_utf8(payload).ok()?;
    match kind {
        TEXT | TEXT_RAW => Some(payload.to_owned()),
        TEXT_ESCAPED => serde_json::from_str(&format!("\"{payload}\"")).ok(),
        _ => None,
    }
}

fn number(payload: &[u8]) -> Option<Value> {
    if let Some(integer) = int(payload) {
        return Some(Value::from(integer));
    }
    let text = std::str::from_utf8(payload).ok()?;
    text.parse().ok().map(Value::Number)
}

/// A decimal integer that an `i64` surely holds.
fn int(payload: &[u8]) -> Option<i64> {
    const DIGITS_MAX: usize = 18;
    let (is_negative, digits) = match payload.split_first()? {
        (b'-', digits) => (true, digits),
        _ => (false, payload),
    };
    if digits.is_empty() {
        return None;
    }
    if digits.len() > DIGITS_MAX {
        return std::str::from_utf8(payload).ok()?.parse().ok();
    }
    let size = digits.iter().try_fold(0_i64, |size, byte| {
        byte.is_ascii_digit()
            .then(|| size * 10 + i64::from(byte - b'0'))
    })?;
    // "-0" is a float's business.
    if is_negative && size == 0 {
        None
    } else {
        Some(if is_negative { -size } else { size })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use proptest::strategy::ValueTree as _;
    use serde_json::json;
    use sqlx::{Connection as _, SqliteConnection};

    use super::*;

    /// Any JSON value: texts that need escapes, numbers at the edges, containers of every header size.
    pub(crate) fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-100_i64..100).prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>()
                .prop_filter("JSON knows no others", |number| number.is_finite())
                .prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
            "[a-z]{0,300}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..6).prop_map(Value::from),
                btree_map(".{0,12}", inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn written(value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, value);
        out
    }

    #[test]
    fn sizes_choose_the_shortest_header() {
        for (size, header) in [
            (11, 1),
            (12, 2),
            (255, 2),
            (256, 3),
            (65_535, 3),
            (65_536, 5),
        ] {
            assert_eq!(written(&Value::from("x".repeat(size))).len(), header + size);
            let array = Value::Array(vec![Value::Null; size]);
            assert_eq!(written(&array).len(), header + size);
            assert_eq!(read(&written(&array)), Some(array));
        }
    }

    #[test]
    fn what_is_no_element_is_refused() {
        for blob in [
            &b""[..],
            &[0x17],
            &[0xc7],
            &[0xc7, 5, b'a'],
            &[0x00, 0x00],
            &[0x0f],
            &[0x17, 0xff],
            &[0x13, b'x'],
            &[0x2c, 0x00, 0x00],
        ] {
            assert_eq!(read(blob), None, "{blob:x?}");
        }
        assert_eq!(read_map(&written(&json!([]))), None);
    }

    #[tokio::test]
    async fn sqlite_reads_what_is_written_and_is_read_itself() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        for _ in 0..300 {
            let value = any_value().new_tree(&mut runner).unwrap().current();
            let (text, valid): (String, bool) =
                sqlx::query_as("SELECT json(?1), json_valid(?1, 8)")
                    .bind(written(&value))
                    .fetch_one(&mut connection)
                    .await
                    .unwrap();
            assert!(valid, "{value}");
            let told: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(
                told,
                serde_json::from_str::<Value>(&value.to_string()).unwrap()
            );
            let blob: Vec<u8> = sqlx::query_scalar("SELECT jsonb(?1)")
                .bind(value.to_string())
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(read(&blob), Some(told));
        }
    }

    #[tokio::test]
    async fn bytes_survive_their_disguise() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let bytes: Vec<u8> = (0..=255).rev().chain(0..=255).collect();
        let mut row = Vec::new();
        write_array(&mut row, |row| write_bytes(row, &bytes));
        let back: Vec<u8> = sqlx::query_scalar("SELECT CAST(?1 ->> 0 AS BLOB)")
            .bind(row)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(back, bytes);
    }

    proptest! {
        #[test]
        fn values_round_trip(value in any_value()) {
            prop_assert_eq!(read(&written(&value)), Some(value));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..64)) {
            let _ = read(&bytes);
        }
    }
}

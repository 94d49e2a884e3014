//! Percent-encoding as the contract needs it (1.1, 2.2, 4.1): strict when writing, lenient when reading.
//!
//! ```
//! assert_eq!(wire::percent::encode("a b/c+d"), "a%20b%2Fc%2Bd");
//! assert_eq!(wire::percent::decode("a%20b%2fc+d"), "a b/c+d");
//! ```
//!
//! A `+` is a plus, never a space.

use std::borrow::Cow;
use std::fmt;

/// The text with everything but ASCII letters, digits and `- _ . ~` written as `%XX`, upper case.
pub fn encode(text: &str) -> String {
    Encoded(text).to_string()
}

/// Prints a text as [`encode`] writes it.
#[derive(Clone, Copy, Debug)]
pub struct Encoded<'a>(pub &'a str);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while !rest.is_empty() {
            let plain = rest
                .bytes()
                .position(|byte| !is_unreserved(byte))
                .unwrap_or(rest.len());
            let (head, tail) = rest.split_at(plain);
            f.write_str(head)?;
            let Some(character) = tail.chars().next() else {
                break;
            };
            let (escaped, tail) = tail.split_at(character.len_utf8());
            for byte in escaped.bytes() {
                write!(f, "%{byte:02X}")?;
            }
            rest = tail;
        }
        Ok(())
    }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

/// The text with every `%XX` replaced by its byte; what is no such escape stays, and bytes that are no UTF-8 become U+FFFD.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if let [b'%', high, low, tail @ ..] = rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high * 16 + low);
            rest = tail;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reading_is_lenient() {
        for (text, decoded) in [
            ("%", "%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
            ("100%25", "100%"),
            ("%ff", "\u{fffd}"),
            ("%e2%82%ac", "€"),
        ] {
            assert_eq!(decode(text), decoded);
        }
    }

    proptest! {
        #[test]
        fn every_text_round_trips(text in ".*") {
            let encoded = encode(&text);
            prop_assert_eq!(decode(&encoded), text);
        }

        #[test]
        fn an_encoded_text_fits_a_topic_level(text in ".*") {
            prop_assert!(!encode(&text).contains(['/', '+', '#', '&', '=', '?', '\0']));
        }

        #[test]
        fn reading_never_fails(text in "[%0-9a-fz]{0,12}") {
            decode(&text);
        }
    }
}

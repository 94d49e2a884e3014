//! Identifiers: each its own type, validated where it enters.
//!
//! ```
//! use twin::id::{DeviceId, Etag, Match};
//!
//! let id = DeviceId::parse("meter-0001")?;
//! assert_eq!(id.as_str(), "meter-0001");
//! assert!(DeviceId::parse("invalid/name").is_err());
//!
//! assert_eq!(Etag(7).to_string(), "AAAAAAAAAAc=");
//! assert!(Match::parse(Some("\"AAAAAAAAAAc=\"")).admits(&Etag(7).to_string()));
//! # Ok::<(), twin::id::IdError>(())
//! ```
//!
//! It makes no identifiers up: numbering belongs to the store.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::limits::DEVICE_ID_CHARS_MAX;

/// The characters a device id may hold beside ASCII letters and digits (contract 4.2).
const DEVICE_ID_PUNCTUATION: &str = "-.+%_#*?!(),=@$':";

/// The name of a device: 1 to 128 ASCII letters, digits and `- . + % _ # * ? ! ( ) , = @ $ ' :`, case-sensitive (contract 4.2).
///
/// Cloning is cheap: all clones share one text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceId(Arc<str>);

impl DeviceId {
    /// Takes a text for a device id.
    ///
    /// # Errors
    /// [`IdError`] says which rule the text breaks; the caller chooses another name.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        check_device_id(text)?;
        Ok(Self(Arc::from(text)))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_device_id(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    let length_chars = text.chars().count();
    if length_chars > DEVICE_ID_CHARS_MAX {
        return Err(IdError::TooLong { length_chars });
    }
    match text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !DEVICE_ID_PUNCTUATION.contains(*c))
    {
        Some(character) => Err(IdError::Character { character }),
        None => Ok(()),
    }
}

/// Why a text is not a device id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// There is no text.
    #[error("the device id is empty, give it 1 to 128 characters")]
    Empty,
    /// More than 128 characters.
    #[error("the device id has {length_chars} characters, shorten it to 128")]
    TooLong {
        /// How long it is.
        length_chars: usize,
    },
    /// A character outside the documented set.
    #[error(
        "the device id may not contain {character:?}, use ASCII letters, digits and - . + % _ # * ? ! ( ) , = @ $ ' :"
    )]
    Character {
        /// The first such character.
        character: char,
    },
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for DeviceId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for DeviceId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for DeviceId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for DeviceId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        check_device_id(&text)?;
        Ok(Self(Arc::from(text)))
    }
}

impl From<DeviceId> for String {
    fn from(id: DeviceId) -> Self {
        id.as_str().to_owned()
    }
}

/// The dense number of a device in the store and in the columns; a free number may be taken by another device later.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Slot(pub u32);

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The place of a change in the store's one monotone sequence; zero is before the first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// The sequence number after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The etag of a twin: a counter of service-side changes, written as base64 of its eight big-endian bytes (contract 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Etag(pub u64);

impl Etag {
    /// Reads an etag as clients send it: with or without quotes and `W/` (contract 4.1). `None` when it is not one of ours.
    ///
    /// ```
    /// # use twin::id::Etag;
    /// assert_eq!(Etag::parse("W/\"AAAAAAAAAAE=\""), Some(Etag(1)));
    /// assert_eq!(Etag::parse("abc"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(bare_etag(text)).ok()?;
        Some(Self(u64::from_be_bytes(bytes.try_into().ok()?)))
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&STANDARD.encode(self.0.to_be_bytes()))
    }
}

/// What an `If-Match` header demands (contract 4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Match {
    /// No condition: the header is absent, `*` or `"*"`.
    #[default]
    Any,
    /// This etag and no other, without its quotes.
    Etag(String),
}

impl Match {
    /// Reads the header's value; absent is [`Match::Any`].
    ///
    /// ```
    /// # use twin::id::Match;
    /// assert_eq!(Match::parse(None), Match::Any);
    /// assert_eq!(Match::parse(Some("\"*\"")), Match::Any);
    /// assert_eq!(Match::parse(Some("\"abc\"")), Match::Etag("abc".to_owned()));
    /// ```
    pub fn parse(header: Option<&str>) -> Self {
        match header.map(bare_etag) {
            None | Some("*") => Self::Any,
            Some(etag) => Self::Etag(etag.to_owned()),
        }
    }

    /// Whether something whose etag is `current` (without quotes) may be changed.
    pub fn admits(&self, current: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Etag(etag) => etag == current,
        }
    }
}

/// Strips white space, one optional `W/` and one pair of quotes.
fn bare_etag(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix("W/").unwrap_or(text);
    text.strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_documented_characters_make_a_device_id() {
        let all = "azAZ09-.+%_#*?!(),=@$':";
        assert_eq!(DeviceId::parse(all).unwrap().as_str(), all);
        assert_eq!(DeviceId::parse(""), Err(IdError::Empty));
        assert_eq!(
            DeviceId::parse(&"a".repeat(129)),
            Err(IdError::TooLong { length_chars: 129 })
        );
        assert!(DeviceId::parse(&"a".repeat(128)).is_ok());
        for character in ['/', ' ', ';', '"', '\n', 'é', '&', '<'] {
            assert_eq!(
                DeviceId::parse(&format!("d{character}")),
                Err(IdError::Character { character })
            );
        }
    }

    #[test]
    fn a_device_id_is_checked_when_it_is_read_back() {
        let id: DeviceId = serde_json::from_str("\"d-1\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"d-1\"");
        assert!(serde_json::from_str::<DeviceId>("\"a/b\"").is_err());
    }

    #[test]
    fn if_match_is_read_in_every_form_clients_send() {
        for text in ["*", "\"*\"", " * "] {
            assert_eq!(Match::parse(Some(text)), Match::Any, "{text}");
        }
        for text in [
            "AAAAAAAAAAE=",
            "\"AAAAAAAAAAE=\"",
            "W/\"AAAAAAAAAAE=\"",
            "W/AAAAAAAAAAE=",
        ] {
            assert!(Match::parse(Some(text)).admits("AAAAAAAAAAE="), "{text}");
        }
        assert!(!Match::parse(Some("abc")).admits("AAAAAAAAAAE="));
        assert!(!Match::parse(Some("")).admits("AAAAAAAAAAE="));
    }

    proptest! {
        #[test]
        fn an_etag_round_trips(count: u64) {
            prop_assert_eq!(Etag::parse(&Etag(count).to_string()), Some(Etag(count)));
        }

        #[test]
        fn parsing_an_id_keeps_its_text(text in "[a-z0-9.:_-]{1,128}") {
            let id = DeviceId::parse(&text);
            prop_assert_eq!(id.map(String::from), Ok(text));
        }
    }
}

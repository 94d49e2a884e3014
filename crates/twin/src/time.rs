//! Instants on the wire and in storage, and the short durations that people type.
//!
//! ```
//! use twin::time::{Timestamp, parse_duration};
//!
//! let at = Timestamp::parse("2026-11-22T10:00:00.123Z")?;
//! assert_eq!(at.to_string(), "2026-11-22T10:00:00.1230000Z");
//! assert_eq!(at.minus(parse_duration("24h")?).to_string(), "2026-11-21T10:00:00.1230000Z");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! There is no "now" here: whoever needs it takes it as an argument.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// An instant in milliseconds since the Unix epoch, in UTC, from [`Timestamp::NEVER`] to [`Timestamp::MAX`].
///
/// Values beyond either end are taken for that end. Storage holds the integer; the wire holds the text of
/// [`fmt::Display`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "reader", derive(reader::Read))]
#[serde(from = "i64", into = "i64")]
pub struct Timestamp(i64);

impl Timestamp {
    /// `0001-01-01T00:00:00Z`: what the contract shows for "not yet" (5.1).
    pub const NEVER: Self = Self(-62_135_596_800_000);
    /// `9999-12-30T22:00:00.999Z`: the last instant that every offset can express.
    pub const MAX: Self = Self(253_402_207_200_999);

    /// The instant that many milliseconds after the Unix epoch.
    ///
    /// ```
    /// # use twin::time::Timestamp;
    /// assert_eq!(Timestamp::from_ms(1_000).to_string(), "1970-01-01T00:00:01.0000000Z");
    /// ```
    pub const fn from_ms(ms: i64) -> Self {
        if ms < Self::NEVER.0 {
            Self::NEVER
        } else if ms > Self::MAX.0 {
            Self::MAX
        } else {
            Self(ms)
        }
    }

    /// Milliseconds since the Unix epoch, negative before it.
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// Whether this is [`Timestamp::NEVER`].
    pub const fn is_never(self) -> bool {
        self.0 == Self::NEVER.0
    }

    /// Reads an ISO 8601 date and time, with or without fraction; without an offset it is UTC. A bare date is its midnight.
    ///
    /// Digits beyond the millisecond are cut off.
    ///
    /// # Errors
    /// [`TimeError::Timestamp`] when the text is not such a date; the caller fixes the text.
    ///
    /// ```
    /// # use twin::time::Timestamp;
    /// let at = Timestamp::parse("2026-11-22T12:00:00+02:00")?;
    /// assert_eq!(at, Timestamp::parse("2026-11-22T10:00:00")?);
    /// assert_eq!(Timestamp::parse("0001-01-01T00:00:00")?, Timestamp::NEVER);
    /// # Ok::<(), twin::time::TimeError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let text = text.trim();
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Ok(Self::from_instant(instant));
        }
        let civil: jiff::civil::DateTime = text
            .strip_suffix(['Z', 'z'])
            .unwrap_or(text)
            .parse()
            .map_err(|_| TimeError::Timestamp {
                text: shorten(text),
            })?;
        Ok(match Offset::UTC.to_timestamp(civil) {
            Ok(instant) => Self::from_instant(instant),
            Err(_) if civil.year() > 0 => Self::MAX,
            Err(_) => Self::NEVER,
        })
    }

    fn from_instant(instant: jiff::Timestamp) -> Self {
        let ms =
            instant.as_second().saturating_mul(1_000) + i64::from(instant.subsec_millisecond());
        Self::from_ms(ms)
    }

    /// This instant moved later, at most to [`Timestamp::MAX`].
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self::from_ms(self.0.saturating_add(whole_ms(duration)))
    }

    /// This instant moved earlier, at most to [`Timestamp::NEVER`].
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self::from_ms(self.0.saturating_sub(whole_ms(duration)))
    }

    /// The time from `earlier` to this instant; zero when it is not earlier.
    ///
    /// ```
    /// # use twin::time::Timestamp;
    /// let (start, end) = (Timestamp::from_ms(500), Timestamp::from_ms(2_000));
    /// assert_eq!(end.since(start).as_millis(), 1_500);
    /// assert!(start.since(end).is_zero());
    /// ```
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Default for Timestamp {
    /// [`Timestamp::NEVER`].
    fn default() -> Self {
        Self::NEVER
    }
}

impl fmt::Display for Timestamp {
    /// Seven fractional digits as the contract shows (5.6), none for [`Timestamp::NEVER`] (5.1).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_never() {
            return f.write_str("0001-01-01T00:00:00Z");
        }
        let instant = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX);
        let civil = Offset::UTC.to_datetime(instant);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}0000Z",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second(),
            civil.millisecond()
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

impl From<i64> for Timestamp {
    fn from(ms: i64) -> Self {
        Self::from_ms(ms)
    }
}

impl From<Timestamp> for i64 {
    fn from(at: Timestamp) -> Self {
        at.0
    }
}

/// Reads a duration as people type it: `90s`, `15m`, `24h`, `7d`, `250ms`, `2w`, or several in a row (`1h30m`).
///
/// # Errors
/// [`TimeError::Duration`] when a number or a unit is missing, unknown or too large; the caller fixes the text.
///
/// ```
/// # use twin::time::parse_duration;
/// assert_eq!(parse_duration("1h30m")?.as_secs(), 5_400);
/// assert!(parse_duration("90").is_err());
/// # Ok::<(), twin::time::TimeError>(())
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, TimeError> {
    let wrong = || TimeError::Duration {
        text: shorten(text),
    };
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total_ms = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let unit_ms = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            _ => return Err(wrong()),
        };
        let part_ms = number
            .parse::<u64>()
            .ok()
            .and_then(|n| n.checked_mul(unit_ms))
            .ok_or_else(wrong)?;
        total_ms = total_ms.checked_add(part_ms).ok_or_else(wrong)?;
        rest = tail;
    }
    Ok(Duration::from_millis(total_ms))
}

/// Why a text is not a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not an ISO 8601 date and time.
    #[error("'{text}' is not a date and time, write it like 2026-11-22T10:00:00Z")]
    Timestamp {
        /// What was read, cut to 64 characters.
        text: String,
    },
    /// Not a number with a unit.
    #[error("'{text}' is not a duration, write it like 90s, 15m, 24h or 7d")]
    Duration {
        /// What was read, cut to 64 characters.
        text: String,
    },
}

fn whole_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_of_the_contract_are_read() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00:00", 0),
            ("1970-01-01", 0),
            ("1970-01-01T00:00:00.9999999Z", 999),
            ("1969-12-31T23:59:59.500Z", -500),
            ("1970-01-01T01:00:00+01:00", 0),
            ("0001-01-01T00:00:00", Timestamp::NEVER.as_ms()),
            ("0001-01-01T00:00:00Z", Timestamp::NEVER.as_ms()),
            ("9999-12-31T23:59:59.9999999Z", Timestamp::MAX.as_ms()),
        ] {
            assert_eq!(
                Timestamp::parse(text).map(Timestamp::as_ms),
                Ok(ms),
                "{text}"
            );
        }
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "12:00"] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn never_prints_as_the_contract_shows_it() {
        assert_eq!(Timestamp::NEVER.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Timestamp::default(), Timestamp::NEVER);
        assert_eq!(
            Timestamp::NEVER.minus(Duration::from_secs(1)),
            Timestamp::NEVER
        );
        assert_eq!(Timestamp::MAX.plus(Duration::MAX), Timestamp::MAX);
    }

    #[test]
    fn durations_need_a_number_and_a_unit() {
        for (text, ms) in [
            ("90s", 90_000),
            ("15m", 900_000),
            ("24h", 86_400_000),
            ("7d", 604_800_000),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)));
        }
        for text in [
            "",
            "s",
            "5",
            "5x",
            "-5s",
            "1.5h",
            "5 s",
            "99999999999999999999d",
            "1h 5",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_instant_round_trip_and_sort_alike(a in -62_135_596_800_000_i64..253_402_207_200_999, b in -62_135_596_799_999_i64..253_402_207_200_999) {
            let (a, b) = (Timestamp::from_ms(a), Timestamp::from_ms(b));
            prop_assert_eq!(Timestamp::parse(&a.to_string()), Ok(a));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }

        #[test]
        fn plus_and_since_agree(ms in 0_i64..4_000_000_000_000, gap in 0_u64..1_000_000_000) {
            let at = Timestamp::from_ms(ms);
            let gap = Duration::from_millis(gap);
            prop_assert_eq!(at.plus(gap).since(at), gap);
            prop_assert_eq!(at.plus(gap).minus(gap), at);
        }
    }
}

//! How numbers, durations and instants are written for people.
//!
//! Pure and table-tested, because both sides of hydration must write the same text: there is no clock and no
//! locale in here. Commas group digits, a thin space stands before a unit sign, minus is U+2212, times are UTC.
//!
//! ```
//! use app::format;
//!
//! assert_eq!(format::count(1_048_576), "1,048,576");
//! assert_eq!(format::percent(0.9655, 2), "96.55\u{2009}%");
//! ```

mod case;

use std::time::Duration;

use twin::time::Timestamp;

pub use case::{capitalized, lower, upper};

/// Thin space: between a figure and its sign.
pub const THIN: char = '\u{2009}';
/// The minus sign; a hyphen is not one.
pub const MINUS: char = '\u{2212}';
/// What stands where a figure is not known.
pub const UNKNOWN: &str = "—";

/// A whole number with its digits grouped: `1,048,576`.
pub fn count(number: u64) -> String {
    group(&number.to_string())
}

/// A whole number with its sign: `+12`, `−3`, `0`.
pub fn signed(number: i64) -> String {
    match number {
        0 => "0".to_owned(),
        1.. => format!("+{}", count(number.unsigned_abs())),
        _ => format!("{MINUS}{}", count(number.unsigned_abs())),
    }
}

/// A number with that many decimals, at most nine, grouped, with a true minus: `−1,204.5`. One of more than fifteen digits
/// is written in powers of ten: `1.50e30`.
///
/// Every page writes numbers, and what prints an `f64` to its last digit weighs as much as a small page.
pub fn decimal(number: f64, decimals: usize) -> String {
    let mut size = number.abs();
    if !size.is_finite() {
        return UNKNOWN.to_owned();
    }
    let mut power = 0_u32;
    if size >= EXACT {
        while size >= 10.0 {
            size /= 10.0;
            power += 1;
        }
    }
    let decimals = match power {
        0 if size * tens(decimals) < EXACT => decimals.min(DECIMALS_MAX),
        0 => 0,
        _ => 2,
    };
    let steps = (size * tens(decimals)).round_ties_even();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, not negative and below 2^53"
    )]
    let digits = (steps as u64).to_string();
    // A zero stands before the point.
    let digits = "0".repeat((decimals + 1).saturating_sub(digits.len())) + &digits;
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let mut written = String::new();
    if number < 0.0 && steps > 0.0 {
        written.push(MINUS);
    }
    written += &group(whole);
    if decimals > 0 {
        written.push('.');
        written += fraction;
    }
    if power > 0 {
        written.push('e');
        written += &power.to_string();
    }
    written
}

/// The most decimals that are written.
const DECIMALS_MAX: usize = 9;
/// Whole numbers from here on are not all apart as `f64`.
const EXACT: f64 = 1e15;

/// The power of ten of so many decimals.
fn tens(decimals: usize) -> f64 {
    (0..decimals.min(DECIMALS_MAX)).fold(1.0, |power, _| power * 10.0)
}

/// A number as short as it can be said: at most `decimals`, without trailing zeros.
pub fn number(number: f64, decimals: usize) -> String {
    let text = decimal(number, decimals);
    let (figure, power) = text.split_at(text.find('e').unwrap_or(text.len()));
    if figure.contains('.') {
        [figure.trim_end_matches('0').trim_end_matches('.'), power].concat()
    } else {
        text
    }
}

/// A share of one as percent: `96.55 %`. Not quite all is never written as all, nor a few as none.
pub fn percent(share: f64, decimals: usize) -> String {
    format!("{}{THIN}%", percent_figure(share, decimals))
}

/// The figure of [`percent`] without its sign, for places that set the unit apart.
pub fn percent_figure(share: f64, decimals: usize) -> String {
    let step = 0.1_f64.powi(i32::try_from(decimals).unwrap_or(0));
    let percent = share * 100.0;
    let honest = if percent < 100.0 && percent > 100.0 - step {
        100.0 - step
    } else if percent > 0.0 && percent < step {
        step
    } else {
        percent
    };
    decimal(honest, decimals)
}

/// A part of a whole as percent, [`UNKNOWN`] of nothing.
pub fn share(part: u64, whole: u64, decimals: usize) -> String {
    ratio(part, whole).map_or_else(|| UNKNOWN.to_owned(), |share| percent(share, decimals))
}

/// A part of a whole as a share of one; `None` of nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "a share is shown with a few digits; counts stay below 2^52"
)]
pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// An amount of memory, in powers of a thousand: `512 B`, `1.07 MB`, `23.4 GB`.
#[expect(
    clippy::cast_precision_loss,
    reason = "an amount is shown with three digits"
)]
pub fn bytes(bytes: u64) -> String {
    let (unit, size) = match bytes {
        0..1_000 => return format!("{bytes}{THIN}B"),
        1_000..1_000_000 => ("kB", 1e3),
        1_000_000..1_000_000_000 => ("MB", 1e6),
        _ => ("GB", 1e9),
    };
    let amount = bytes as f64 / size;
    let decimals = match amount {
        ..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{}{THIN}{unit}", number(amount, decimals))
}

/// How long, in at most two units: `6 s`, `6 min`, `2 h 4 min`, `3 d 4 h`, `212 d`, `1 y`.
pub fn duration(length: Duration) -> String {
    let seconds = length.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min"),
        3_600..86_400 => two(hours, "h", minutes % 60, "min"),
        86_400..604_800 => two(days, "d", hours % 24, "h"),
        604_800..31_536_000 => format!("{} d", count(days)),
        _ => format!("{} y", count(days / 365)),
    }
}

/// A short time with a fraction: `38 ms`, `1.4 s`, `2 min`.
pub fn took(length: Duration) -> String {
    match length.as_micros() {
        0..1_000 => format!("{}{THIN}ms", decimal(length.as_secs_f64() * 1_000.0, 1)),
        1_000..1_000_000 => format!("{}{THIN}ms", length.as_millis()),
        1_000_000..60_000_000 => format!("{}{THIN}s", number(length.as_secs_f64(), 1)),
        _ => duration(length),
    }
}

/// How long before `as_of`: `6 s ago`, `3 d 4 h ago`, `just now`, `never`.
pub fn ago(at: Timestamp, as_of: Timestamp) -> String {
    if at.is_never() {
        return "never".to_owned();
    }
    let length = as_of.since(at);
    if length.as_secs() == 0 {
        "just now".to_owned()
    } else {
        format!("{} ago", duration(length))
    }
}

/// How long it has lasted at `as_of`; [`UNKNOWN`] when it never began.
pub fn lasting(since: Timestamp, as_of: Timestamp) -> String {
    if since.is_never() {
        UNKNOWN.to_owned()
    } else {
        duration(as_of.since(since))
    }
}

/// The hour and minute, UTC: `14:06`.
pub fn clock(at: Timestamp) -> String {
    at.to_string().get(11..16).unwrap_or(UNKNOWN).to_owned()
}

/// The time of day to the second, UTC: `14:06:22`.
pub fn clock_seconds(at: Timestamp) -> String {
    at.to_string().get(11..19).unwrap_or(UNKNOWN).to_owned()
}

/// The exact instant, for titles of relative times: `22 Nov 2026, 14:06:22 UTC`.
pub fn instant(at: Timestamp) -> String {
    if at.is_never() {
        return "never".to_owned();
    }
    let (year, month, day) = date(at);
    let month = MONTHS.get(month).map_or("", |name| &name[..3]);
    format!("{day} {month} {year}, {} UTC", clock_seconds(at))
}

/// Day and month: `22 Nov`.
pub fn month_day(at: Timestamp) -> String {
    let (_, month, day) = date(at);
    let month = MONTHS.get(month).map_or("", |name| &name[..3]);
    format!("{day} {month}")
}

/// The day that heads a group of entries: `Thursday 19 November`, with the year when it is not that of `as_of`.
pub fn day(at: Timestamp, as_of: Timestamp) -> String {
    let (year, month, day) = date(at);
    let weekday =
        usize::try_from((at.as_ms().div_euclid(86_400_000) + 3).rem_euclid(7)).unwrap_or(0);
    let weekday = WEEKDAYS.get(weekday).copied().unwrap_or("");
    let month = MONTHS.get(month).copied().unwrap_or("");
    if date(as_of).0 == year {
        format!("{weekday} {day} {month}")
    } else {
        format!("{weekday} {day} {month} {year}")
    }
}

/// Whether two instants lie on one UTC day.
pub fn is_same_day(one: Timestamp, other: Timestamp) -> bool {
    date(one) == date(other)
}

/// A count with its noun: `1 device`, `21,414 devices`.
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A long identifier cut in its middle, where it tells least: `am4-5c31…46e8-0a`.
pub fn middle(text: &str, length_max: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= length_max || length_max < 3 {
        return text.to_owned();
    }
    let kept = length_max - 1;
    let (head, tail) = (kept.div_ceil(2), kept / 2);
    let mut cut: String = letters.iter().take(head).collect();
    cut.push('…');
    cut.extend(letters.iter().skip(letters.len() - tail));
    cut
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// Year, month from zero, and day of the month, UTC.
fn date(at: Timestamp) -> (i64, usize, i64) {
    let text = at.to_string();
    let part =
        |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse().ok());
    let month = part(5..7).and_then(|month: i64| usize::try_from(month - 1).ok());
    (
        part(0..4).unwrap_or(0),
        month.unwrap_or(0),
        part(8..10).unwrap_or(0),
    )
}

fn two(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

fn group(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (21_414, "21,414"),
            (1_048_576, "1,048,576"),
        ] {
            assert_eq!(count(number), text);
        }
        assert_eq!(signed(-1_204), "−1,204");
        assert_eq!(signed(3), "+3");
    }

    #[test]
    fn decimals_keep_a_true_minus_and_no_negative_zero() {
        assert_eq!(decimal(-91.0, 0), "−91");
        assert_eq!(decimal(-0.04, 1), "0.0");
        assert_eq!(decimal(12_345.678, 2), "12,345.68");
        assert_eq!(decimal(0.05, 2), "0.05");
        assert_eq!(decimal(0.999, 2), "1.00");
        assert_eq!(decimal(-0.25, 1), "−0.2");
        assert_eq!(decimal(1.0, 12), "1.000000000");
        assert_eq!(decimal(999_999_999_999_999.0, 3), "999,999,999,999,999");
        assert_eq!(decimal(-1.5e30, 1), "−1.50e30");
        assert_eq!(number(1e300, 1), "1e300");
        assert_eq!(decimal(f64::NAN, 1), UNKNOWN);
        assert_eq!(number(1.40, 2), "1.4");
        assert_eq!(number(5_184.0, 1), "5,184");
    }

    #[test]
    fn percent_never_rounds_to_all_or_none() {
        assert_eq!(percent(0.9655, 2), "96.55\u{2009}%");
        assert_eq!(percent(1.0, 1), "100.0\u{2009}%");
        assert_eq!(percent(0.999_99, 1), "99.9\u{2009}%");
        assert_eq!(percent(0.000_001, 1), "0.1\u{2009}%");
        assert_eq!(percent(0.0, 1), "0.0\u{2009}%");
        assert_eq!(share(1, 0, 1), "—");
    }

    #[test]
    fn durations_have_at_most_two_units() {
        let cases = [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (6 * 60 + 5, "6 min"),
            (3_600, "1 h"),
            (2 * 3_600 + 4 * 60, "2 h 4 min"),
            (86_400, "1 d"),
            (3 * 86_400 + 4 * 3_600, "3 d 4 h"),
            (7 * 86_400, "7 d"),
            (212 * 86_400, "212 d"),
            (365 * 86_400, "1 y"),
            (1_000 * 86_400, "2 y"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn short_times_have_fractions() {
        let cases = [
            (400, "0.4\u{2009}ms"),
            (38_000, "38\u{2009}ms"),
            (1_400_000, "1.4\u{2009}s"),
            (2_000_000, "2\u{2009}s"),
            (120_000_000, "2 min"),
        ];
        for (us, text) in cases {
            assert_eq!(took(Duration::from_micros(us)), text);
        }
    }

    #[test]
    fn amounts_of_memory_have_three_digits() {
        for (amount, text) in [
            (0, "0\u{2009}B"),
            (999, "999\u{2009}B"),
            (1_000, "1\u{2009}kB"),
            (1_066_240, "1.07\u{2009}MB"),
            (23_400_000, "23.4\u{2009}MB"),
            (640_000_000, "640\u{2009}MB"),
            (2_345_000_000_000, "2,345\u{2009}GB"),
        ] {
            assert_eq!(bytes(amount), text);
        }
    }

    #[test]
    fn relative_times_are_against_a_given_instant() {
        let now = at("2026-11-22T14:06:22Z");
        assert_eq!(ago(at("2026-11-22T14:06:16Z"), now), "6 s ago");
        assert_eq!(ago(now, now), "just now");
        assert_eq!(ago(Timestamp::NEVER, now), "never");
        assert_eq!(ago(at("2027-01-01T00:00:00Z"), now), "just now");
        assert_eq!(lasting(Timestamp::NEVER, now), "—");
    }

    #[test]
    fn instants_are_utc_and_plain() {
        let then = at("2026-11-19T09:48:07.5Z");
        assert_eq!(clock(then), "09:48");
        assert_eq!(instant(then), "19 Nov 2026, 09:48:07 UTC");
        assert_eq!(day(then, then), "Thursday 19 November");
        assert_eq!(
            day(then, at("2027-01-01T00:00:00Z")),
            "Thursday 19 November 2026"
        );
        assert_eq!(
            day(at("1969-12-31T23:00:00Z"), then),
            "Wednesday 31 December 1969"
        );
        assert!(is_same_day(then, at("2026-11-19T23:59:59Z")));
        assert!(!is_same_day(then, at("2026-11-20T00:00:00Z")));
    }

    #[test]
    fn identifiers_are_cut_in_the_middle() {
        assert_eq!(middle("am4-5c31-46e8-0a", 20), "am4-5c31-46e8-0a");
        assert_eq!(middle("abcdefghij", 7), "abc…hij");
        assert_eq!(middle("abcdefghij", 6), "abc…ij");
    }
}

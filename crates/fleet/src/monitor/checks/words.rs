//! Numbers in the sentences of checks.

use std::time::Duration;

/// A count with its thousands apart.
pub(super) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut written = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

/// So many devices, with the verb for one and for many.
pub(super) fn devices(number: u64, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 device {one}"),
        _ => format!("{} devices {many}", count(number)),
    }
}

/// A length of time in its largest whole unit.
pub(super) fn time(length: Duration) -> String {
    let seconds = length.as_secs();
    let (unit, one, many) = match seconds {
        172_800.. => (86_400, "day", "days"),
        86_400.. => return "a day".to_owned(),
        7_200.. => (3_600, "hour", "hours"),
        3_600.. => return "an hour".to_owned(),
        120.. => (60, "minute", "minutes"),
        _ => (1, "second", "seconds"),
    };
    let number = seconds / unit;
    format!("{number} {}", if number == 1 { one } else { many })
}

/// An amount of storage, to the megabyte below a gigabyte and to a tenth above.
pub(super) fn size(bytes: u64) -> String {
    const MB: u64 = 1_000_000;
    let megabytes = bytes / MB;
    match megabytes {
        1_000.. => format!("{}.{} GB", megabytes / 1_000, megabytes % 1_000 / 100),
        _ => format!("{megabytes} MB"),
    }
}

/// A share in whole percent.
pub(super) fn percent(part: u64, whole: u64) -> String {
    let percent = part.saturating_mul(100) / whole.max(1);
    match percent {
        0 if part > 0 => "under 1\u{2009}%".to_owned(),
        _ => format!("{percent}\u{2009}%"),
    }
}

/// A string of the query language.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A length of time as the query language writes it.
pub(super) fn ago(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        _ if seconds > 0 && seconds.is_multiple_of(3_600) => {
            format!("ago('{}h')", seconds / 3_600)
        }
        _ if seconds > 0 && seconds.is_multiple_of(60) => format!("ago('{}m')", seconds / 60),
        _ => format!("ago('{seconds}s')"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_048_576), "1,048,576");
        assert_eq!(devices(1, "refuses", "refuse"), "1 device refuses");
        assert_eq!(devices(2_100, "refuses", "refuse"), "2,100 devices refuse");
        assert_eq!(size(2_345_678_901), "2.3 GB");
        assert_eq!(size(812_000_000), "812 MB");
        assert_eq!(percent(1, 3), "33\u{2009}%");
        assert_eq!(percent(1, 300), "under 1\u{2009}%");
        assert_eq!(percent(0, 0), "0\u{2009}%");
    }

    #[test]
    fn times_are_said_in_their_largest_whole_unit() {
        let said = |seconds| time(Duration::from_secs(seconds));
        assert_eq!(said(24 * 3_600), "a day");
        assert_eq!(said(72 * 3_600), "3 days");
        assert_eq!(said(3_600), "an hour");
        assert_eq!(said(600), "10 minutes");
        assert_eq!(said(1), "1 second");
    }

    #[test]
    fn times_are_written_as_the_language_reads_them() {
        assert_eq!(ago(Duration::from_hours(24)), "ago('24h')");
        assert_eq!(ago(Duration::from_mins(90)), "ago('90m')");
        assert_eq!(ago(Duration::from_secs(10)), "ago('10s')");
    }
}

//! The periods of reports: a day, an ISO week, a month, all in UTC.
//!
//! A period is known by its text, which is part of the report's address: `2026-11-22`, `2026-W47`, `2026-11`.

use std::fmt;

use jiff::civil::{Date, ISOWeekDate, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};
use twin::time::Timestamp;

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Length {
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday (ISO 8601).
    Week,
    /// A month of the calendar.
    Month,
}

impl Length {
    /// All, shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];
}

/// A day, week or month of the calendar, in UTC, of the years 1970 to 9998.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    length: Length,
    first: Date,
}

impl Period {
    /// The period that an instant lies in.
    pub fn holding(length: Length, at: Timestamp) -> Self {
        let at = jiff::Timestamp::from_millisecond(at.as_ms()).unwrap_or_default();
        Self::of(length, at.to_zoned(TimeZone::UTC).date())
    }

    fn of(length: Length, day: Date) -> Self {
        let first = match length {
            Length::Day => day,
            Length::Week => {
                let since_monday = i64::from(day.weekday().to_monday_zero_offset());
                day.saturating_sub(since_monday.days())
            }
            Length::Month => day.first_of_month(),
        };
        Self { length, first }
    }

    /// The period of a text; `None` when it names none.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |digits: &str| -> Option<i16> {
            let is_number = digits.bytes().all(|digit| digit.is_ascii_digit());
            is_number.then(|| digits.parse().ok()).flatten()
        };
        let (year, rest) = text.split_at_checked(4)?;
        let year = number(year).filter(|year| (1970..=9998).contains(year))?;
        let small = |digits: &str| {
            let number = number(digits).filter(|_| digits.len() == 2)?;
            i8::try_from(number).ok()
        };
        if let Some(week) = rest.strip_prefix("-W") {
            let monday = ISOWeekDate::new(year, small(week)?, Weekday::Monday).ok()?;
            return Some(Self::of(Length::Week, monday.date()));
        }
        let rest = rest.strip_prefix('-')?;
        let (length, month, day) = match rest.split_once('-') {
            Some((month, day)) => (Length::Day, small(month)?, small(day)?),
            None => (Length::Month, small(rest)?, 1),
        };
        Some(Self::of(length, Date::new(year, month, day).ok()?))
    }

    /// How long it is.
    pub fn length(self) -> Length {
        self.length
    }

    /// When it begins.
    pub fn begins(self) -> Timestamp {
        instant(self.first)
    }

    /// When the next one begins.
    pub fn ends(self) -> Timestamp {
        instant(self.next().first)
    }

    /// The one before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self::of(self.length, self.first.saturating_sub(self.span()))
    }

    /// The one after.
    #[must_use]
    pub fn next(self) -> Self {
        Self::of(self.length, self.first.saturating_add(self.span()))
    }

    /// What people call it: `Sunday 22 November 2026`, `Week 47, 16–22 November 2026`, `November 2026`.
    pub fn title(self) -> String {
        match self.length {
            Length::Day => self.first.strftime("%A %-d %B %Y").to_string(),
            Length::Month => self.first.strftime("%B %Y").to_string(),
            Length::Week => {
                let last = self.first.saturating_add(6.days());
                let first = if self.first.year() != last.year() {
                    self.first.strftime("%-d %B %Y – ").to_string()
                } else if self.first.month() != last.month() {
                    self.first.strftime("%-d %B – ").to_string()
                } else {
                    self.first.strftime("%-d–").to_string()
                };
                let week = self.first.iso_week_date().week();
                format!("Week {week}, {first}{}", last.strftime("%-d %B %Y"))
            }
        }
    }

    fn span(self) -> Span {
        match self.length {
            Length::Day => 1.day(),
            Length::Week => 1.week(),
            Length::Month => 1.month(),
        }
    }
}

/// As [`Period::parse`] reads it.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.first;
        match self.length {
            Length::Day => write!(f, "{first}"),
            Length::Week => {
                let week = first.iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            Length::Month => write!(f, "{:04}-{:02}", first.year(), first.month()),
        }
    }
}

fn instant(day: Date) -> Timestamp {
    let since = day.duration_since(date(1970, 1, 1));
    Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_what_its_text_says() {
        for (text, begins, ends, title) in [
            (
                "2026-11-22",
                "2026-11-22",
                "2026-11-23",
                "Sunday 22 November 2026",
            ),
            (
                "2026-W47",
                "2026-11-16",
                "2026-11-23",
                "Week 47, 16–22 November 2026",
            ),
            ("2026-11", "2026-11-01", "2026-12-01", "November 2026"),
            ("2024-02", "2024-02-01", "2024-03-01", "February 2024"),
            (
                "2026-W49",
                "2026-11-30",
                "2026-12-07",
                "Week 49, 30 November – 6 December 2026",
            ),
            (
                "2026-W53",
                "2026-12-28",
                "2027-01-04",
                "Week 53, 28 December 2026 – 3 January 2027",
            ),
        ] {
            let period = Period::parse(text).unwrap();
            let midnight = |day: &str| Timestamp::parse(&format!("{day}T00:00:00Z")).unwrap();
            assert_eq!(period.begins(), midnight(begins), "{text}");
            assert_eq!(period.ends(), midnight(ends), "{text}");
            assert_eq!(period.title(), title);
            assert_eq!(period.to_string(), text);
            assert_eq!(period.next().previous(), period, "{text}");
            assert_eq!(Period::holding(period.length(), period.begins()), period);
            let last = Timestamp::from_ms(period.ends().as_ms() - 1);
            assert_eq!(Period::holding(period.length(), last), period, "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_periods() {
        for text in [
            "",
            "2026",
            "2026-13",
            "2026-1",
            "2026-W54",
            "2025-W53",
            "2026-W7",
            "2026-02-30",
            "2026-11-2",
            "2026-11-22T00",
            "+026-11",
            "1969-11",
            "9999-11",
            "week",
            "20é6-11",
            "2026-W+7",
        ] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }
}

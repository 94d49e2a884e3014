//! Finding entries: an index of letters, one of words, one of people, and the order of numbers, which is that of time.
//!
//! A page ends at its limit and the next one begins there, whatever is asked: every part is carried out from the newest number on.

use std::time::Duration;

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};
use twin::id::Seq;
use twin::time::Timestamp;

use super::{actor, bound, count, device_id, number};
use crate::archive::{ArchiveSearch, ArchivedLine, asked};
use crate::error::Error;
use crate::sql::Bind;
use crate::sqlite::writer::Statement as Query;

/// Numbers are in the order of commits, times in that of clocks: around the bounds of time so much more is looked at.
const SLACK: Duration = Duration::from_hours(1);

/// Primary key of archive and index `succession_by_old`; with a name or words, their index first; with a person, index `archive_by_who`.
const SELECT: &str = "SELECT a.number, a.device_id, a.model_id, a.retired_at, a.actor, a.reason, a.restorable_until, a.restored_at, \
     (SELECT s.device_id FROM succession AS s WHERE s.old_slot = a.slot ORDER BY s.slot DESC LIMIT 1) FROM ";

/// A statement in the making.
pub(super) struct Statement {
    text: String,
    binds: Vec<Bind>,
}

impl Statement {
    /// The statement of a search; `None` when it cannot find anything.
    pub(super) fn of(search: &ArchiveSearch) -> Option<Self> {
        let mut made = Self {
            text: SELECT.to_owned(),
            binds: Vec::new(),
        };
        let name = search.id.as_deref().map(str::trim);
        let name = name.filter(|name| !name.is_empty());
        let words = search.text.as_deref().map(str::trim);
        let words = words.filter(|words| !words.is_empty());
        let key = match (name, words) {
            (None, None) => {
                made.text += "archive AS a WHERE true";
                "a.number"
            }
            (Some(name), None) => {
                made.text += "archive_name AS n CROSS JOIN archive AS a ON a.number = n.rowid WHERE n.archive_name MATCH ";
                made.bind(Bind::Text(quoted(name)?));
                "n.rowid"
            }
            (None, Some(words)) => {
                made.text += "archive_word AS w CROSS JOIN archive AS a ON a.number = w.rowid WHERE w.archive_word MATCH ";
                made.bind(Bind::Text(asked(words)?));
                "w.rowid"
            }
            (Some(name), Some(words)) => {
                made.text += "archive_name AS n CROSS JOIN archive_word AS w ON w.rowid = n.rowid CROSS JOIN archive AS a ON a.number = n.rowid \
                     WHERE n.archive_name MATCH ";
                made.bind(Bind::Text(quoted(name)?));
                made.text += " AND w.archive_word MATCH ";
                made.bind(Bind::Text(asked(words)?));
                "n.rowid"
            }
        };
        if let Some(by) = search.by.as_deref().map(str::trim)
            && !by.is_empty()
        {
            made.text += " AND a.who = ";
            made.bind(Bind::Text(by.to_owned()));
        }
        made.times(search, key);
        if let Some(before) = search.before {
            made.say(&[" AND ", key, " < "]);
            made.bind(Bind::Int(number(before.0)));
        }
        made.say(&[" ORDER BY ", key, " DESC LIMIT "]);
        made.bind(Bind::Int(bound(search.limit)));
        Some(made)
    }

    /// Index `archive_by_time`, once for each bound, to know where in the numbers to look.
    fn times(&mut self, search: &ArchiveSearch, key: &str) {
        if let Some(from) = search.from {
            self.text += " AND a.retired_at >= ";
            self.bind(Bind::Int(from.as_ms()));
            self.say(&[
                " AND ",
                key,
                " >= (SELECT t.number FROM archive AS t WHERE t.retired_at >= ",
            ]);
            self.bind(Bind::Int(from.minus(SLACK).as_ms()));
            self.text += " ORDER BY t.retired_at, t.number LIMIT 1)";
        }
        if let Some(until) = search.until {
            self.text += " AND a.retired_at < ";
            self.bind(Bind::Int(until.as_ms()));
            self.say(&[
                " AND ",
                key,
                " <= (SELECT t.number FROM archive AS t WHERE t.retired_at <= ",
            ]);
            self.bind(Bind::Int(until.plus(SLACK).as_ms()));
            self.text += " ORDER BY t.retired_at DESC, t.number DESC LIMIT 1)";
        }
        if let Some(at) = search.restorable_at {
            self.text += " AND a.restorable_until > ";
            self.bind(Bind::Int(at.as_ms()));
        }
    }

    fn say(&mut self, parts: &[&str]) {
        self.text.extend(parts.iter().copied());
    }

    fn bind(&mut self, value: Bind) {
        self.binds.push(value);
        let number = self.binds.len().to_string();
        self.say(&["?", &number]);
    }

    /// The query with its arguments.
    pub(super) fn query(self) -> Query {
        // The text is made of constants; everything that was written by somebody is an argument.
        self.binds
            .into_iter()
            .fold(
                sqlx::query(AssertSqlSafe(self.text)),
                |query, value| match value {
                    Bind::Int(value) => query.bind(value),
                    Bind::Real(value) => query.bind(value),
                    Bind::Text(value) => query.bind(value),
                    Bind::Bytes(value) => query.bind(value),
                },
            )
    }
}

/// A part of a name as one phrase of its letters.
fn quoted(name: &str) -> Option<String> {
    (name.chars().count() >= ArchiveSearch::ID_CHARS_MIN)
        .then(|| format!("\"{}\"", name.replace('"', "\"\"")))
}

/// Reads a row of a page.
pub(super) fn read(row: &SqliteRow) -> Result<ArchivedLine, Error> {
    let number = Seq(count(row.try_get(0)?));
    let moment = |column: usize| -> Result<Option<Timestamp>, Error> {
        Ok(row
            .try_get::<Option<i64>, _>(column)?
            .map(Timestamp::from_ms))
    };
    let successor: Option<&str> = row.try_get(8)?;
    Ok(ArchivedLine {
        number,
        device_id: device_id(row.try_get(1)?, number)?,
        model_id: row.try_get(2)?,
        retired_at: Timestamp::from_ms(row.try_get(3)?),
        by: actor(row.try_get(4)?).ok_or_else(|| Error::corrupt("archive", "actor", number.0))?,
        reason: row.try_get(5)?,
        restorable_until: moment(6)?,
        restored_at: moment(7)?,
        replaced_by: successor.map(|name| device_id(name, number)).transpose()?,
    })
}

/// The statements of every kind of search, for the test of plans.
#[cfg(test)]
pub(in crate::sqlite) fn every_statement() -> Vec<(String, &'static [&'static str])> {
    let text = |text: &str| Some(text.to_owned());
    let at = Some(Timestamp::from_ms(1));
    let page = || ArchiveSearch {
        before: Some(Seq(9)),
        limit: 3,
        ..ArchiveSearch::default()
    };
    let searches: [(ArchiveSearch, &'static [&'static str]); 5] = [
        (page(), &["SEARCH a USING INTEGER PRIMARY KEY (rowid<?)"]),
        (
            ArchiveSearch {
                from: at,
                until: at,
                ..page()
            },
            &[
                "SEARCH a USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
                "SEARCH t USING COVERING INDEX archive_by_time",
            ],
        ),
        (
            ArchiveSearch {
                by: text("ada"),
                ..page()
            },
            &["SEARCH a USING INDEX archive_by_who (who=? AND number<?)"],
        ),
        (
            ArchiveSearch {
                id: text("abc"),
                from: at,
                ..page()
            },
            &[
                "SCAN n VIRTUAL TABLE",
                "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
            ],
        ),
        (
            ArchiveSearch {
                id: text("abc"),
                text: text("west"),
                ..page()
            },
            &[
                "SCAN n VIRTUAL TABLE",
                "SCAN w VIRTUAL TABLE",
                "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
            ],
        ),
    ];
    let made = searches
        .into_iter()
        .filter_map(|(search, parts)| Some((Statement::of(&search)?.text, parts)));
    made.collect()
}

//! Searching the archive, in the words of a form.

use std::time::Duration;

use store::{ArchiveSearch, ArchivedLine};
use twin::id::Seq;
use twin::time::Timestamp;

use super::{ArchivePage, Line, midnight};
use crate::api::{Caller, Code, Problem, refuse};
use crate::format;
use crate::routes::Archive;

/// Entries of a page.
const PAGE_ROWS: usize = 50;

impl Caller {
    /// A page of the archive.
    pub(crate) async fn archive(&self, search: &Archive) -> Result<ArchivePage, Problem> {
        let now = self.fleet.clock().now();
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let last = day("until", &search.until)?;
        let wanted = ArchiveSearch {
            id: text(&search.id),
            text: text(&search.text),
            by: text(&search.by),
            from: day("from", &search.from)?,
            until: last.map(|last| last.plus(Duration::from_hours(24))),
            restorable_at: (!search.restorable.is_empty()).then_some(now),
            before: search.before.parse().ok().map(Seq),
            limit: PAGE_ROWS,
        };
        let page = self.fleet.retire().archive(&self.principal, wanted).await;
        let page = page.map_err(|error| {
            let is_short = matches!(error, fleet::Error::Invalid(_));
            let problem = Problem::from(error);
            if is_short { problem.at("id") } else { problem }
        })?;
        Ok(ArchivePage {
            next: page.next.map(|number| number.0),
            lines: page
                .lines
                .into_iter()
                .map(|line| line_of(line, now))
                .collect(),
        })
    }
}

fn line_of(line: ArchivedLine, now: Timestamp) -> Line {
    let is_restored = line.restored_at.is_some();
    let is_restorable = line.restorable_until.is_some_and(|until| now < until);
    let standing = match (line.restored_at, line.restorable_until, line.replaced_by) {
        (Some(at), ..) => format!("Restored {}", format::instant(at)),
        (None, _, Some(by)) => format!("Replaced by {by}"),
        (None, Some(until), None) if now < until => {
            format!("Can be restored for {}", format::duration(until.since(now)))
        }
        (None, ..) => "Retired for good".to_owned(),
    };
    Line {
        number: line.number.0,
        id: line.device_id.as_str().to_owned(),
        model: line.model_id,
        at: format::instant(line.retired_at),
        by: super::record::who(&line.by),
        reason: line.reason,
        is_restorable,
        is_restored,
        standing,
    }
}

/// A day as a form gives it.
fn day(field: &str, text: &str) -> Result<Option<Timestamp>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    midnight(text).map(Some).ok_or_else(|| {
        let sentence = format!("“{text}” is not a day. Write it as 2026-11-22.");
        refuse(Problem::new(Code::Invalid, sentence).at(field))
    })
}

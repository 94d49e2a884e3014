//! Reading the archive: searching it, one entry with its past, and how many devices went.

use store::{ArchiveSearch, Archived, ArchivedLine, Succession};
use twin::id::{DeviceId, Seq, Slot};
use twin::time::Timestamp;

use super::Retire;
use crate::Error;
use crate::access::{Action, Principal, authorize};
use crate::monitor::{Timeline, place_of};

/// A page of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivePage {
    /// The entries, newest first.
    pub lines: Vec<ArchivedLine>,
    /// Where the next page begins; `None` when there is no more.
    pub next: Option<Seq>,
}

/// An entry of the archive with what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchivedDevice {
    /// The entry.
    pub entry: Archived,
    /// From whom it took over, and who took over from it.
    pub succession: Succession,
    /// Whether a device of its name is registered now.
    pub is_name_taken: bool,
}

impl ArchivedDevice {
    /// Whether it can be restored at that time.
    pub fn is_restorable(&self, now: Timestamp) -> bool {
        let until = self.entry.retirement.restorable_until;
        self.entry.restored.is_none()
            && !self.is_name_taken
            && until.is_some_and(|until| now < until)
    }
}

impl Retire {
    /// A page of the archive, newest first. `search.before` is the `next` of the page before.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the part of an id is too short to search by.
    pub async fn archive(
        &self,
        principal: &Principal,
        search: ArchiveSearch,
    ) -> Result<ArchivePage, Error> {
        authorize(principal, Action::ReadDevice)?;
        let id_chars = search
            .id
            .as_deref()
            .map_or(0, |id| id.trim().chars().count());
        if (1..ArchiveSearch::ID_CHARS_MIN).contains(&id_chars) {
            return Err(Error::Invalid(format!(
                "Write at least {} characters of the device id.",
                ArchiveSearch::ID_CHARS_MIN
            )));
        }
        let limit = search
            .limit
            .clamp(1, self.core.limits.console_page_rows_max);
        let search = ArchiveSearch {
            limit: limit + 1,
            ..search
        };
        let mut lines = self.core.store.search_archive(&search).await?;
        let is_more = lines.len() > limit;
        lines.truncate(limit);
        Ok(ArchivePage {
            next: lines.last().filter(|_| is_more).map(|line| line.number),
            lines,
        })
    }

    /// One entry of the archive; `None` when there is none of that number.
    pub async fn archived(
        &self,
        principal: &Principal,
        number: Seq,
    ) -> Result<Option<ArchivedDevice>, Error> {
        authorize(principal, Action::ReadDevice)?;
        let store = &self.core.store;
        let Some(entry) = store.archived(number).await? else {
            return Ok(None);
        };
        Ok(Some(ArchivedDevice {
            succession: store.succession(entry.record.slot).await?,
            is_name_taken: store
                .device(&entry.record.identity.device_id)
                .await?
                .is_some(),
            entry,
        }))
    }

    /// The number of the newest entry of a device of that name.
    pub async fn newest(&self, principal: &Principal, id: &DeviceId) -> Result<Option<Seq>, Error> {
        authorize(principal, Action::ReadDevice)?;
        Ok(self.core.store.newest_archived(id).await?)
    }

    /// From whom a device took over, and who took over from it.
    pub async fn succession(&self, principal: &Principal, slot: Slot) -> Result<Succession, Error> {
        authorize(principal, Action::ReadDevice)?;
        Ok(self.core.store.succession(slot).await?)
    }

    /// A page of what happened to a retired device until it was retired, as long as retention keeps it.
    /// `before` is the `next` of the page before.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `before` is not such a text.
    pub async fn timeline(
        &self,
        principal: &Principal,
        number: Seq,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Timeline, Error> {
        authorize(principal, Action::ReadDevice)?;
        let limit = limit.clamp(1, self.core.limits.console_page_rows_max);
        let place = place_of(before)?;
        let store = &self.core.store;
        let changes = store.archived_history(number, place.0, limit + 1).await?;
        let events = store.archived_events(number, place.1, limit + 1).await?;
        Ok(Timeline::merged(changes, events, place, limit))
    }

    /// How many devices were retired from `from` until before `until`, those that were restored too.
    pub async fn count_between(
        &self,
        principal: &Principal,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<u64, Error> {
        authorize(principal, Action::ReadFleet)?;
        Ok(self.core.store.retired_between(from, until).await?)
    }
}

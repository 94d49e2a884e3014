//! The twin document: tags, desired and reported with versions and metadata, and the two ways it changes.
//!
//! People and jobs change tags and desired by [`Twin::apply_service`]; the device changes reported by
//! [`Twin::apply_reported`]. Both check everything first and then apply, so that a refused change leaves the twin untouched
//! (contract 5.2 to 5.6).
//!
//! ```
//! use serde_json::json;
//! use twin::document::Twin;
//! use twin::time::Timestamp;
//!
//! let mut twin = Twin::new(Timestamp::from_ms(0));
//! let patch = json!({ "battery_pct": 87 });
//! let applied = twin.apply_reported(patch.as_object().expect("an object"), None, Timestamp::from_ms(5))?;
//! assert_eq!((twin.version, twin.reported.version, twin.etag.0), (3, 2, 1));
//! assert_eq!(applied.edits[0].new, Some(json!(87)));
//! # Ok::<(), twin::document::TwinError>(())
//! ```
//!
//! It does not judge `If-Match`: whoever loads the twin compares etags before it calls.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::id::Etag;
use crate::limits::{DESIRED_SIZE_BYTES_MAX, REPORTED_SIZE_BYTES_MAX, TAGS_SIZE_BYTES_MAX};
use crate::time::Timestamp;
use crate::value::{self, ValueError};
use crate::{Map, Value, patch};

mod change;
mod merge;
mod metadata;

pub use change::{Change, ServiceChange};
pub use metadata::Metadata;

/// Everything that is known about a device beside its identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Twin {
    /// Counts changes of tags and desired; reported changes leave it alone (contract 5.2).
    pub etag: Etag,
    /// Counts all changes, from 2 (contract 5.1, 5.2).
    pub version: u64,
    /// What people say about the device; the device never sees it.
    pub tags: Map,
    /// What is asked of the device.
    pub desired: Section,
    /// What the device answers.
    pub reported: Section,
    /// The device's model as announced at connect; empty when unknown.
    pub model_id: String,
}

/// One half of the properties: desired or reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The values, without `$version` and `$metadata`.
    pub values: Map,
    /// When each value was last written.
    pub metadata: Metadata,
    /// `$version`: counts the changes of this section, from 1.
    pub version: u64,
}

impl Section {
    fn new(now: Timestamp) -> Self {
        Self {
            values: Map::new(),
            metadata: Metadata::leaf(now, None),
            version: 1,
        }
    }
}

impl Twin {
    /// The twin of a device created at `now`: version 2, etag 1, empty sections at version 1 (contract 5.1).
    ///
    /// ```
    /// # use twin::{document::Twin, time::Timestamp};
    /// assert_eq!(Twin::new(Timestamp::from_ms(0)).etag.to_string(), "AAAAAAAAAAE=");
    /// ```
    pub fn new(now: Timestamp) -> Self {
        Self {
            etag: Etag(1),
            version: 2,
            tags: Map::new(),
            desired: Section::new(now),
            reported: Section::new(now),
            model_id: String::new(),
        }
    }

    /// Applies what a service client, a person or a job asks for.
    ///
    /// A section whose change says nothing (absent, or an empty patch) stays as it is. Any other change counts even when it
    /// rewrites identical values: `version` and `etag` grow by one, `desired.version` by one when desired was part of it, and
    /// [`Applied::desired_notification`] is what a connected device must hear (contract 2.7, 5.2).
    ///
    /// # Errors
    /// [`TwinError::Value`] and [`TwinError::TooLarge`]; the caller fixes the change. The twin is then untouched.
    ///
    /// ```
    /// # use serde_json::json;
    /// # use twin::{document::{ServiceChange, Twin}, time::Timestamp};
    /// # let now = Timestamp::from_ms(0);
    /// let mut twin = Twin::new(now);
    /// let change = ServiceChange::from_patch_body(&json!({ "tags": { "site": "Breda-West" }, "properties": { "desired": { "on": true } } }))?;
    /// let applied = twin.apply_service(&change, now)?;
    /// assert_eq!(applied.desired_notification.map(serde_json::Value::from), Some(json!({ "on": true, "$version": 2 })));
    /// assert_eq!((twin.version, twin.etag.0), (3, 2));
    /// # Ok::<(), twin::document::TwinError>(())
    /// ```
    pub fn apply_service(
        &mut self,
        change: &ServiceChange,
        now: Timestamp,
    ) -> Result<Applied, TwinError> {
        let tags = plan(&self.tags, change.tags.as_ref(), SectionName::Tags)?;
        let desired = plan(
            &self.desired.values,
            change.desired.as_ref(),
            SectionName::Desired,
        )?;
        let mut applied = Applied {
            changed: tags.is_some() || desired.is_some(),
            ..Applied::default()
        };
        if !applied.changed {
            return Ok(applied);
        }
        self.version += 1;
        self.etag.0 += 1;
        if let Some(patch) = tags {
            merge::into_tags(&mut self.tags, &patch, &mut applied.edits);
        }
        if let Some(patch) = desired {
            let version = self.desired.version + 1;
            merge::into_section(
                &mut self.desired,
                SectionName::Desired,
                &patch,
                (now, Some(version)),
                &mut applied.edits,
            );
            let mut notification = patch.into_owned();
            notification.insert("$version".to_owned(), Value::from(version));
            applied.desired_notification = Some(notification);
        }
        Ok(applied)
    }

    /// Applies what the device reports.
    ///
    /// `version` and `reported.version` grow by one, the etag stays. An empty patch changes nothing.
    ///
    /// # Errors
    /// [`TwinError::VersionConflict`] when `expected_version` is given and is not the current `reported.version`;
    /// [`TwinError::Value`] and [`TwinError::TooLarge`]. The device fixes the patch. The twin is then untouched.
    pub fn apply_reported(
        &mut self,
        patch: &Map,
        expected_version: Option<u64>,
        now: Timestamp,
    ) -> Result<Applied, TwinError> {
        let found = self.reported.version;
        if let Some(expected) = expected_version.filter(|expected| *expected != found) {
            return Err(TwinError::VersionConflict { expected, found });
        }
        check_patch(&self.reported.values, patch, SectionName::Reported)?;
        let mut applied = Applied {
            changed: !patch.is_empty(),
            ..Applied::default()
        };
        if applied.changed {
            self.version += 1;
            merge::into_section(
                &mut self.reported,
                SectionName::Reported,
                patch,
                (now, None),
                &mut applied.edits,
            );
        }
        Ok(applied)
    }
}

/// The merge patch that a change comes down to; `None` when it changes nothing.
fn plan<'a>(
    values: &Map,
    change: Option<&'a Change>,
    section: SectionName,
) -> Result<Option<Cow<'a, Map>>, TwinError> {
    let patch = match change {
        None => return Ok(None),
        Some(Change::Patch(Some(patch))) if patch.is_empty() => return Ok(None),
        Some(Change::Patch(Some(patch))) => Cow::Borrowed(patch),
        Some(Change::Patch(None)) => {
            return Ok(Some(Cow::Owned(patch::replacement(values, &Map::new()))));
        }
        Some(Change::Replace(new)) => {
            value::check(new)?;
            Cow::Owned(patch::replacement(values, new))
        }
    };
    check_patch(values, &patch, section)?;
    Ok(Some(patch))
}

/// Checks names, values and sizes of a patch; a section over its limit may still shrink (contract 5.5).
fn check_patch(values: &Map, patch: &Map, section: SectionName) -> Result<(), TwinError> {
    value::check(patch)?;
    let change = patch::size_change(values, patch);
    if change.added_bytes <= change.removed_bytes {
        return Ok(());
    }
    let size_bytes = value::size(values) + change.added_bytes - change.removed_bytes;
    let limit_bytes = section.size_bytes_max();
    if size_bytes > limit_bytes {
        Err(TwinError::TooLarge {
            section,
            size_bytes,
            limit_bytes,
        })
    } else {
        Ok(())
    }
}

/// What a change did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    /// Every leaf whose value is now another one; empty when the change rewrote identical values.
    pub edits: Vec<Edit>,
    /// What the device must hear when desired was changed: the changed members, `null` for removed ones, and `$version`.
    /// Merged into the device's copy it gives the server's desired (contract 2.7).
    pub desired_notification: Option<Map>,
    /// Whether the change counted, that is, moved a version.
    pub changed: bool,
}

/// One leaf that a change gave another value: a scalar, an array or an empty object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// Where the leaf lives.
    pub section: SectionName,
    /// Names from the section down to the leaf, joined by dots.
    pub path: String,
    /// The value before; `None` when there was none.
    pub old: Option<Value>,
    /// The value after; `None` when it was removed.
    pub new: Option<Value>,
}

/// The three sections of a twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SectionName {
    /// `tags`.
    Tags,
    /// `properties.desired`.
    Desired,
    /// `properties.reported`.
    Reported,
}

impl SectionName {
    /// The section as clients write it in documents and queries.
    ///
    /// ```
    /// assert_eq!(twin::document::SectionName::Desired.path(), "properties.desired");
    /// ```
    pub const fn path(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Desired => "properties.desired",
            Self::Reported => "properties.reported",
        }
    }

    /// The section's size limit, in bytes of [`crate::value::size`] (contract 5.5).
    pub const fn size_bytes_max(self) -> usize {
        match self {
            Self::Tags => TAGS_SIZE_BYTES_MAX,
            Self::Desired => DESIRED_SIZE_BYTES_MAX,
            Self::Reported => REPORTED_SIZE_BYTES_MAX,
        }
    }
}

/// Why a change is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TwinError {
    /// A body or a section of it is not an object.
    #[error("'{path}' is {found}, send a JSON object")]
    NotAnObject {
        /// Which part: `body`, `tags`, `properties` or `properties.desired`.
        path: &'static str,
        /// What stands there instead, with its article.
        found: &'static str,
    },
    /// A name or a value breaks a rule.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// The change would make the section larger than its limit.
    #[error("{} would have {size_bytes} bytes, at most {limit_bytes} fit: remove properties first or send less", section.path())]
    TooLarge {
        /// Which section.
        section: SectionName,
        /// What it would measure, in bytes of [`crate::value::size`].
        size_bytes: usize,
        /// What it may measure, in the same bytes.
        limit_bytes: usize,
    },
    /// The change was made for another version of the reported properties.
    #[error(
        "the reported properties are at version {found}, not {expected}: get the twin and try again"
    )]
    VersionConflict {
        /// The version that the change was made for.
        expected: u64,
        /// The version that is there.
        found: u64,
    },
}

#[cfg(test)]
mod tests;

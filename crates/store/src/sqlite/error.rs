//! What SQLite and the driver report, as one of the store's errors.

use std::sync::Arc;

use crate::error::Error;

/// An error of the driver or the file system that has no better name.
pub(super) fn driver(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Driver(Arc::new(error))
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Busy
            }
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Conflict,
            sqlx::Error::Database(database) if is_locked(database.code().as_deref()) => Self::Busy,
            _ => driver(error),
        }
    }
}

/// `SQLITE_BUSY`, `SQLITE_LOCKED` and their extended forms, which keep them in the low byte.
fn is_locked(code: Option<&str>) -> bool {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| matches!(code & 0xff, BUSY | LOCKED))
}

//! The time after a start during which the columns do not hold the whole fleet yet: how far they are, and
//! what becomes of questions meanwhile.
//!
//! Documents are not read instead: at a million devices that takes longer than the columns do, and holds
//! them up. People are told at once how far it is; service clients wait a little first.

use std::sync::Arc;
use std::time::Duration;

use columns::Columns;
use serde::Serialize;

use super::question::QueryError;
use crate::core::Core;
use crate::limits::Limits;

/// When to ask again at the soonest, at the latest, and while nothing is known.
const RETRY_AFTER_MIN: Duration = Duration::from_secs(1);
const RETRY_AFTER_MAX: Duration = Duration::from_mins(1);
const RETRY_AFTER_UNKNOWN: Duration = Duration::from_secs(5);

/// The columns are being built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Building {
    /// Devices read.
    pub done: u64,
    /// Devices that there are.
    pub total: u64,
    /// Time since it began.
    pub elapsed: Duration,
}

impl Building {
    /// When to ask again: in about the time that is left, as far as the time until now tells; from one
    /// second to a minute.
    pub fn retry_after(&self) -> Duration {
        let left = u128::from(self.total.saturating_sub(self.done));
        let left_ms = (self.elapsed.as_millis() * left).checked_div(u128::from(self.done));
        let left = left_ms.and_then(|ms| u64::try_from(ms).ok());
        left.map_or(RETRY_AFTER_UNKNOWN, Duration::from_millis)
            .clamp(RETRY_AFTER_MIN, RETRY_AFTER_MAX)
    }
}

/// Who asks: what is too long for a person, a program waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A person in front of a page.
    Person,
    /// A service client.
    Service,
}

impl Asker {
    /// How long an answer may wait for the columns.
    fn patience(self, limits: &Limits) -> Duration {
        match self {
            Self::Person => limits.console_columns_wait,
            Self::Service => limits.service_columns_wait,
        }
    }
}

impl Core {
    /// How far the columns are; `None` when they are whole.
    pub(crate) fn building(&self) -> Option<Building> {
        let progress = self.index.progress();
        (!progress.is_complete).then(|| Building {
            done: progress.loaded,
            // Devices that came since it began are read too.
            total: progress.total.max(progress.loaded),
            elapsed: self.clock.monotonic().saturating_sub(progress.began),
        })
    }

    /// Asks the columns; `None` when they cannot answer, because a property has no column.
    ///
    /// # Errors
    /// [`QueryError::Building`] when they do not hold the whole fleet soon enough.
    pub(super) async fn ask_columns<T: Send + 'static>(
        self: &Arc<Self>,
        asker: Asker,
        ask: impl FnOnce(&Columns) -> Option<T> + Send + 'static,
    ) -> Result<Option<T>, QueryError> {
        if !self.index.is_complete() {
            let patience = asker.patience(&self.limits);
            // Whether it was in time is seen below.
            let _ = tokio::time::timeout(patience, self.index.complete()).await;
            if let Some(building) = self.building() {
                return Err(QueryError::Building(building));
            }
        }
        Ok(self.index.pass(self, ask).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_try_is_when_the_rest_is_read() {
        let retry_after_ms = |done, total, elapsed_ms| {
            let building = Building {
                done,
                total,
                elapsed: Duration::from_millis(elapsed_ms),
            };
            building.retry_after().as_millis()
        };
        assert_eq!(retry_after_ms(400_000, 1_000_000, 4_000), 6_000);
        assert_eq!(retry_after_ms(999_000, 1_000_000, 10_000), 1_000);
        assert_eq!(retry_after_ms(1_000, 1_000_000, 10_000), 60_000);
        assert_eq!(retry_after_ms(0, 1_000_000, 10), 5_000);
    }
}

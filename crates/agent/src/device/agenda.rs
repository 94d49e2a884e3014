//! What a device is going to do, by time.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// An instant that does not come while anybody watches.
const FAR_AWAY: Duration = Duration::from_hours(8760);

/// Something to do at its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Report readings.
    Report,
    /// Send telemetry.
    Telemetry,
    /// Take over the settings at these paths.
    Settle(Vec<String>),
    /// The running step of a firmware update ends.
    FirmwareStep,
    /// Restart, whether the last word was answered or not.
    Leave,
    /// Start again.
    Boot,
    /// Stop blinking.
    IdentifyEnd,
    /// Lose power.
    LosePower,
    /// Mains are back.
    PowerBack,
    /// Go away for a spell.
    FallSilent,
}

/// Tasks by time, in order of planning where times are equal.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    tasks: BTreeMap<(Instant, u64), Task>,
    planned: u64,
}

impl Agenda {
    /// Plans a task `after` this long.
    pub(super) fn plan(&mut self, after: Duration, task: Task) {
        self.planned += 1;
        self.tasks
            .insert((Instant::now() + after, self.planned), task);
    }

    /// When the first task is due; far away when there is none.
    pub(super) fn next_at(&self) -> Instant {
        self.tasks
            .first_key_value()
            .map_or_else(|| Instant::now() + FAR_AWAY, |((at, _), _)| *at)
    }

    /// Takes the first task if it is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Task> {
        let entry = self.tasks.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    /// Removes all tasks like this one.
    pub(super) fn cancel(&mut self, task: &Task) {
        self.tasks.retain(|_, planned| planned != task);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.tasks.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn tasks_come_at_their_time_and_in_order() {
        let mut agenda = Agenda::default();
        agenda.plan(Duration::from_secs(2), Task::Report);
        agenda.plan(Duration::from_secs(1), Task::Telemetry);
        agenda.plan(Duration::from_secs(1), Task::Boot);
        assert_eq!(agenda.pop_due(Instant::now()), None);
        tokio::time::sleep_until(agenda.next_at()).await;
        assert_eq!(agenda.pop_due(Instant::now()), Some(Task::Telemetry));
        assert_eq!(agenda.pop_due(Instant::now()), Some(Task::Boot));
        assert_eq!(agenda.pop_due(Instant::now()), None);
        agenda.cancel(&Task::Report);
        assert!(agenda.next_at() > Instant::now() + FAR_AWAY / 2);
    }
}

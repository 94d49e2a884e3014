//! The direct methods of one device that wait for its answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fleet::{MethodAnswer, MethodError};
use tokio::sync::oneshot;

use super::{Line, Rid};

type Answer = Result<MethodAnswer, MethodError>;

/// Calls under way, by request id.
#[derive(Debug)]
pub(crate) struct Calls {
    open: Mutex<HashMap<Rid, oneshot::Sender<Answer>>>,
    max: usize,
}

/// As many calls as may be under way are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

impl Calls {
    pub(super) fn new(max: usize) -> Self {
        Self {
            open: Mutex::default(),
            max,
        }
    }

    /// Hands the device's answer to whoever waits for it; an answer that nobody waits for (any more) is dropped.
    pub(crate) fn answer(&self, rid: Rid, answer: Answer) {
        if let Some(caller) = self.open().remove(&rid) {
            // The caller may have timed out this very moment.
            let _ = caller.send(answer);
        }
    }

    /// Ends all calls: their callers learn that the device went away.
    pub(super) fn abandon(&self) {
        self.open().clear();
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Rid, oneshot::Sender<Answer>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call under way; forgotten when dropped.
#[derive(Debug)]
pub(crate) struct Call {
    line: Arc<Line>,
    rid: Rid,
    answer: oneshot::Receiver<Answer>,
}

impl Call {
    pub(crate) fn open(line: Arc<Line>, rid: Rid) -> Result<Self, TooMany> {
        let (caller, answer) = oneshot::channel();
        {
            let mut open = line.calls.open();
            if open.len() >= line.calls.max {
                return Err(TooMany);
            }
            open.insert(rid, caller);
        }
        Ok(Self { line, rid, answer })
    }

    /// Waits for the answer.
    pub(crate) async fn answer(&mut self) -> Answer {
        (&mut self.answer)
            .await
            .unwrap_or(Err(MethodError::Disconnected))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.line.calls.open().remove(&self.rid);
    }
}

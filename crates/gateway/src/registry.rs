//! Who is connected: one [`Line`] for each device, found by name.
//!
//! A connection [claims](Registry::claim) its device and holds an [`Attached`] for as long as it lives; dropping that is
//! what makes the device unreachable. Claiming displaces an older connection of the same device (contract section
//! 1.7): the older one is told to go and has gone before the claim succeeds, so at any time one session owns a device's
//! state. A connection younger than the takeover pace is not displaced yet; that alone turns two clients that fight
//! over one identity from a storm into a slow alternation.
//!
//! The registry knows nothing of MQTT: what a letter becomes on the wire is the session's business.

mod calls;

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use twin::id::DeviceId;
use twin::time::Timestamp;
use twin::{Map, Value};

use crate::limits::Limits;
use crate::mailbox::Mailbox;

pub(crate) use calls::{Call, Calls, TooMany};

const SHARDS: usize = 64;

/// Something for one connected device.
#[derive(Debug)]
pub(crate) enum Letter {
    /// Its desired properties changed.
    Desired {
        /// Changed members, `null` for removed ones, and `$version`.
        notification: Arc<Map>,
        /// The new desired version.
        version: u64,
    },
    /// A direct method.
    Method {
        /// Tells the answer apart from others.
        rid: Rid,
        /// The method's name.
        name: String,
        /// Its payload; `None` when the caller gave none.
        payload: Option<Value>,
    },
}

/// Why the hub ends a connection of its own accord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Goodbye {
    /// A newer connection of the same device has taken its place.
    TakenOver,
    /// The fleet wants it gone: the device was disabled, removed or got new keys.
    Dismissed(String),
    /// It does not look at what it is sent.
    TooSlow,
    /// The hub stops.
    Shutdown,
}

/// The request id of a direct method: unique across restarts, so that a late answer never meets a newer question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Rid(u64);

impl Rid {
    /// Reads what a device echoed; `None` when the hub never said such a thing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        u64::from_str_radix(text, 16).ok().map(Self)
    }
}

impl fmt::Display for Rid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

/// One connection, as everybody else sees it.
#[derive(Debug)]
pub(crate) struct Line {
    since: Instant,
    pub(crate) mailbox: Mailbox<Letter, Goodbye>,
    pub(crate) calls: Calls,
    takes_methods: AtomicBool,
    is_gone: AtomicBool,
    gone: Notify,
}

impl Line {
    fn new(limits: &Limits) -> Self {
        Self {
            since: Instant::now(),
            mailbox: Mailbox::new(limits.mailbox_messages_max),
            calls: Calls::new(limits.methods_in_flight_max),
            takes_methods: AtomicBool::new(false),
            is_gone: AtomicBool::new(false),
            gone: Notify::new(),
        }
    }

    /// Whether the device has subscribed to methods.
    pub(crate) fn takes_methods(&self) -> bool {
        self.takes_methods.load(Ordering::Acquire)
    }

    async fn gone(&self) {
        loop {
            let gone = self.gone.notified();
            let mut gone = std::pin::pin!(gone);
            gone.as_mut().enable();
            if self.is_gone.load(Ordering::Acquire) {
                return;
            }
            gone.await;
        }
    }
}

type Shard = HashMap<DeviceId, Arc<Line>>;
type Waiting = HashMap<DeviceId, Vec<oneshot::Sender<()>>>;

/// All connected devices.
#[derive(Debug)]
pub(crate) struct Registry {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    /// Callers that wait for a device to take methods.
    waiting: Mutex<Waiting>,
    connected: AtomicUsize,
    next_rid: AtomicU64,
    limits: Arc<Limits>,
}

impl Registry {
    /// An empty registry. `now` only seeds request ids.
    pub(crate) fn new(limits: Arc<Limits>, now: Timestamp) -> Self {
        let seed = u64::try_from(now.as_ms()).unwrap_or_default();
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            waiting: Mutex::default(),
            connected: AtomicUsize::new(0),
            next_rid: AtomicU64::new(seed << 16),
            limits,
        }
    }

    /// How many devices are connected.
    pub(crate) fn connected(&self) -> usize {
        self.connected.load(Ordering::Relaxed)
    }

    /// The connection of a device, when it has one.
    pub(crate) fn line(&self, device: &DeviceId) -> Option<Arc<Line>> {
        self.shard(device).get(device).cloned()
    }

    /// Makes the calling connection the one of this device, after an older one has gone.
    ///
    /// The result may be closed already, when a still newer connection or the fleet was quicker.
    pub(crate) async fn claim(self: &Arc<Self>, device: &DeviceId) -> Attached {
        let (attached, previous) = loop {
            match self.try_claim(device) {
                Ok(claimed) => break claimed,
                Err(patience) => tokio::time::sleep(patience).await,
            }
        };
        if let Some(previous) = previous {
            previous.mailbox.close(Goodbye::TakenOver);
            previous.gone().await;
        }
        attached
    }

    /// The new line and the one it displaces, or how long the present one may still stay.
    fn try_claim(
        self: &Arc<Self>,
        device: &DeviceId,
    ) -> Result<(Attached, Option<Arc<Line>>), Duration> {
        let mut shard = self.shard(device);
        if let Some(present) = shard.get(device) {
            let age = present.since.elapsed();
            if age < self.limits.takeover_pace && present.mailbox.closed().is_none() {
                return Err(self.limits.takeover_pace.saturating_sub(age));
            }
        }
        let line = Arc::new(Line::new(&self.limits));
        let previous = shard.insert(device.clone(), Arc::clone(&line));
        if previous.is_none() {
            self.connected.fetch_add(1, Ordering::Relaxed);
        }
        Ok((
            Attached {
                registry: Arc::clone(self),
                device: device.clone(),
                line,
            },
            previous,
        ))
    }

    /// Waits until the device takes methods; `false` when it did not in time.
    pub(crate) async fn wait_for_methods(&self, device: &DeviceId, timeout: Duration) -> bool {
        let is_ready = || self.line(device).is_some_and(|line| line.takes_methods());
        if is_ready() || timeout.is_zero() {
            return is_ready();
        }
        let (sender, mut ready) = oneshot::channel();
        self.waiting()
            .entry(device.clone())
            .or_default()
            .push(sender);
        // The device may have come between the first look and the entry.
        let came = is_ready()
            || tokio::time::timeout(timeout, &mut ready)
                .await
                .is_ok_and(|woken| woken.is_ok());
        drop(ready);
        let mut waiting = self.waiting();
        if let Some(callers) = waiting.get_mut(device) {
            callers.retain(|caller| !caller.is_closed());
            if callers.is_empty() {
                waiting.remove(device);
            }
        }
        came
    }

    /// A request id that was never used before.
    pub(crate) fn next_rid(&self) -> Rid {
        Rid(self.next_rid.fetch_add(1, Ordering::Relaxed))
    }

    /// Tells every connection to go.
    pub(crate) fn close_all(&self, why: &Goodbye) {
        for shard in &self.shards {
            for line in shard
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .values()
            {
                line.mailbox.close(why.clone());
            }
        }
    }

    fn shard(&self, device: &DeviceId) -> MutexGuard<'_, Shard> {
        let hash = self.hasher.hash_one(device);
        let index = usize::try_from(hash % SHARDS as u64).unwrap_or_default();
        self.shards[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right of a connection to be its device's; given up by dropping it.
#[derive(Debug)]
pub(crate) struct Attached {
    registry: Arc<Registry>,
    device: DeviceId,
    line: Arc<Line>,
}

impl Attached {
    /// The connection as others see it.
    pub(crate) fn line(&self) -> &Line {
        &self.line
    }

    /// Says whether the device takes methods, and wakes those that waited for it.
    pub(crate) fn set_takes_methods(&self, takes: bool) {
        self.line.takes_methods.store(takes, Ordering::Release);
        if takes {
            let callers = self
                .registry
                .waiting()
                .remove(&self.device)
                .unwrap_or_default();
            for caller in callers {
                // A caller that has given up is no loss.
                let _ = caller.send(());
            }
        }
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.line.mailbox.close(Goodbye::Shutdown);
        self.line.calls.abandon();
        {
            let mut shard = self.registry.shard(&self.device);
            if shard
                .get(&self.device)
                .is_some_and(|present| Arc::ptr_eq(present, &self.line))
            {
                shard.remove(&self.device);
                self.registry.connected.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.line.is_gone.store(true, Ordering::Release);
        self.line.gone.notify_waiters();
    }
}

#[cfg(test)]
mod tests;

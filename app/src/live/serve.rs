//! The server's end of the channel: one loop per tab, over any pair of text streams.
//!
//! The loop holds what the tab shows and the last answers it gave; [`fleet::live::Feed`] says what to read again,
//! at most four times a second. While a slow tab takes its time, changes fold together in the feed: the tab always
//! gets the latest state, and nothing grows.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use fleet::Fleet;
use fleet::access::Principal;
use fleet::live::{Dirty, Feed, Interests as FeedInterests};
use futures::{Sink, SinkExt, Stream, StreamExt};
use query::Path;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use twin::id::{DeviceId, Seq};

use super::protocol::{Ask, COLUMNS_MAX, COUNTS_MAX, Count, Delta, Interests, ROWS_MAX, Say};
use crate::api::devices::{Row, cells};
use crate::api::overview::Field;
use crate::api::{Caller, Problem};

/// Figures and counts of conditions are taken at most so often.
const COUNT_EVERY: Duration = Duration::from_secs(1);
/// The squares of the field are sent at most so often.
const FIELD_EVERY: Duration = Duration::from_secs(5);
/// A pulse goes out at least so often, so that a tab knows that the server lives.
const PULSE_EVERY: Duration = Duration::from_secs(10);
/// How many changes were held is said at most so often.
const HELD_EVERY: Duration = Duration::from_secs(1);

/// How long the feed folds changes together.
const FOLDED: Duration = Duration::from_millis(250);
/// Subscriptions are heard at most so often: a page gathers what it watches into one.
const HEAR_EVERY: Duration = Duration::from_millis(100);

/// Speaks with one tab until either side ends.
///
/// `incoming` are the text frames of the tab, `outgoing` takes those for it. `build` names the build that this
/// server serves. The caller has checked the origin and the session; what the principal may not read is not sent.
///
/// When something cannot be read, the connection ends: the tab comes back with the last sequence it saw and gets
/// what it missed.
pub async fn serve<I, O>(
    fleet: Fleet,
    principal: Principal,
    build: String,
    incoming: I,
    outgoing: O,
) where
    I: Stream<Item = String> + Send,
    O: Sink<String> + Send,
{
    let (mut incoming, outgoing) = (pin!(incoming), pin!(outgoing));
    let seq = fleet.live().seq().0;
    let mut tab = Tab::new(Caller { fleet, principal }, outgoing);
    let mut done = tab.say(&Say::Hello { seq, build }).await;
    let mut pulse = interval(PULSE_EVERY);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while done.is_ok() {
        let owed = tab.owed_at();
        done = tokio::select! {
            text = incoming.next() => match text.as_deref().map(serde_json::from_str) {
                Some(Ok(ask)) => tab.hear(ask).await,
                // A tab of another build; the greeting told it to reload.
                Some(Err(_)) => Ok(()),
                None => return,
            },
            dirty = tab.feed.next() => tab.look(&dirty).await,
            () = sleep_until(owed.unwrap_or_else(Instant::now)), if owed.is_some() => tab.settle().await,
            _ = pulse.tick() => tab.beat().await,
        };
    }
    if let Err(End::Unreadable(problem)) = done {
        tracing::info!(code = ?problem.code, "A tab was let go: what it watches could not be read.");
    }
}

/// Why a conversation ends.
enum End {
    /// The tab took its end away.
    Gone,
    /// Something could not be read.
    Unreadable(Problem),
}

impl From<Problem> for End {
    fn from(problem: Problem) -> Self {
        Self::Unreadable(problem)
    }
}

/// One tab as the server knows it.
struct Tab<O> {
    caller: Caller,
    outgoing: O,
    feed: Feed,
    interests: Interests,
    /// The further columns of rows.
    columns: Vec<Path>,
    heard_at: Option<Instant>,
    /// Changes counted while a person holds them back, and when that was last said.
    held: Option<u64>,
    held_said_at: Option<Instant>,
    /// What was last said of each count, when, and whether it may have changed since.
    counts: BTreeMap<String, u64>,
    counted_at: Option<Instant>,
    is_count_owed: bool,
    /// The squares that the tab has, and when they were last looked at.
    field: Option<Field>,
    field_at: Option<Instant>,
    /// When the last look began, and how long it took until the tab had it.
    looked_at: Option<Instant>,
    busy: Duration,
    seq: u64,
}

impl<O: Sink<String> + Unpin> Tab<O> {
    fn new(caller: Caller, outgoing: O) -> Self {
        let live = caller.fleet.live();
        Self {
            feed: live.feed(),
            seq: live.seq().0,
            caller,
            outgoing,
            interests: Interests::default(),
            columns: Vec::new(),
            heard_at: None,
            held: None,
            held_said_at: None,
            counts: BTreeMap::new(),
            counted_at: None,
            is_count_owed: false,
            field: None,
            field_at: None,
            looked_at: None,
            busy: Duration::ZERO,
        }
    }

    async fn say(&mut self, say: &Say) -> Result<(), End> {
        // Plain data always has a text.
        let text = serde_json::to_string(say).map_err(|_| End::Gone)?;
        self.outgoing.send(text).await.map_err(|_| End::Gone)
    }

    /// Takes what the tab says.
    async fn hear(&mut self, ask: Ask) -> Result<(), End> {
        match ask {
            Ask::Subscribe(interests) => {
                if let Some(heard_at) = self.heard_at {
                    sleep_until(heard_at + HEAR_EVERY).await;
                }
                self.heard_at = Some(Instant::now());
                self.subscribe(interests);
                Ok(())
            }
            Ask::Hold => {
                self.held = Some(0);
                Ok(())
            }
            Ask::Resume if self.held.take().is_some() => {
                let everything = self.everything();
                self.look(&everything).await
            }
            Ask::Resume => Ok(()),
        }
    }

    /// Watches something else. The feed begins where the tab stands, so that nothing between its reading of the
    /// page and now is missed.
    fn subscribe(&mut self, mut interests: Interests) {
        interests.rows.truncate(ROWS_MAX);
        interests.counts.truncate(COUNTS_MAX);
        interests.columns.truncate(COLUMNS_MAX);
        // A place for each, so that cells stay where they belong.
        let path = |text: &String| Path::parse(text).unwrap_or_else(|| Path::new([""]));
        self.columns = interests.columns.iter().map(path).collect();
        self.feed = self.caller.fleet.live().feed_since(Seq(interests.since));
        let named = interests.rows.iter().chain(&interests.device);
        self.feed.set_interests(FeedInterests {
            overview: interests.overview,
            devices: named.filter_map(|id| DeviceId::parse(id).ok()).collect(),
            conditions: !interests.counts.is_empty(),
        });
        self.counts
            .retain(|condition, _| interests.counts.contains(condition));
        self.is_count_owed = interests
            .counts
            .iter()
            .any(|condition| !self.counts.contains_key(condition));
        if self.is_count_owed {
            self.counted_at = None;
        }
        if interests.overview && !self.interests.overview {
            (self.field, self.field_at) = (None, None);
        }
        self.interests = interests;
    }

    /// Reads what may have changed and says it.
    async fn look(&mut self, dirty: &Dirty) -> Result<(), End> {
        if let Some(changes) = &mut self.held {
            let devices = u64::try_from(dirty.devices.len()).unwrap_or(u64::MAX);
            *changes += devices.max(u64::from(dirty.any_change));
            let said = Say::Held { changes: *changes };
            if self
                .held_said_at
                .is_none_or(|said_at| said_at.elapsed() >= HELD_EVERY)
            {
                self.held_said_at = Some(Instant::now());
                return self.say(&said).await;
            }
            return Ok(());
        }
        let looked_at = Instant::now();
        let oldest_at = self.oldest_at(dirty, looked_at);
        self.looked_at = Some(looked_at);
        let mut delta = Delta {
            seq: dirty.seq.0,
            ..Delta::default()
        };
        if dirty.overview {
            delta.overview = Some(self.caller.overview().await?);
            if self
                .field_at
                .is_none_or(|sent_at| sent_at.elapsed() >= FIELD_EVERY)
            {
                self.field_at = Some(Instant::now());
                delta.field = self.field().await?;
            }
        }
        for id in &dirty.devices {
            let (is_row, is_device) = (
                self.interests.rows.iter().any(|row| row == id.as_str()),
                self.interests.device.as_deref() == Some(id.as_str()),
            );
            match self.caller.live(id).await? {
                Some(live) => {
                    if is_row {
                        delta.rows.push(Row {
                            cells: cells(&live, &self.columns),
                            ..Row::of(&live)
                        });
                    }
                    if is_device {
                        delta.device = Some(self.caller.device_of(&live));
                    }
                }
                None => delta.gone.push(id.as_str().to_owned()),
            }
        }
        self.is_count_owed |= dirty.any_change && !self.interests.counts.is_empty();
        if self
            .owed_at()
            .is_some_and(|owed_at| owed_at <= Instant::now())
        {
            delta.counts = self.count().await?;
        }
        self.send(delta, oldest_at).await?;
        self.busy = looked_at.elapsed();
        Ok(())
    }

    /// When the oldest change of an answer can have happened, at the earliest: after the last answer, and not before
    /// the feed began to fold changes together, or this loop was busy.
    fn oldest_at(&self, dirty: &Dirty, now: Instant) -> Instant {
        if dirty.seq.0 <= self.seq {
            return now;
        }
        let folded = if dirty.devices.is_empty() {
            COUNT_EVERY
        } else {
            FOLDED
        };
        let since = self
            .looked_at
            .map_or(Duration::ZERO, |looked_at| now - looked_at);
        now - since.min(folded + self.busy)
    }

    /// Says the counts that were left owing.
    async fn settle(&mut self) -> Result<(), End> {
        let counts = self.count().await?;
        if counts.is_empty() {
            return Ok(());
        }
        self.send(
            Delta {
                seq: self.seq,
                counts,
                ..Delta::default()
            },
            Instant::now(),
        )
        .await
    }

    /// Says that the server lives.
    async fn beat(&mut self) -> Result<(), End> {
        self.send(
            Delta {
                seq: self.seq,
                ..Delta::default()
            },
            Instant::now(),
        )
        .await
    }

    async fn send(&mut self, mut delta: Delta, oldest_at: Instant) -> Result<(), End> {
        self.seq = self.seq.max(delta.seq);
        delta.pulse = self.caller.pulse().await?;
        delta.pulse.behind_ms = u64::try_from(oldest_at.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.say(&Say::Delta(delta)).await
    }

    /// Counts the watched conditions anew; gives those that changed. A condition that cannot be counted is the
    /// page's to explain: it is left out here, and tried again when it is only too early.
    async fn count(&mut self) -> Result<Vec<Count>, End> {
        self.is_count_owed = false;
        self.counted_at = Some(Instant::now());
        let mut changed = Vec::new();
        for condition in &self.interests.counts {
            let total = match self.caller.count(condition).await {
                Ok(total) => total,
                Err(problem) => {
                    self.is_count_owed |= problem.code.is_passing();
                    continue;
                }
            };
            if self.counts.insert(condition.clone(), total) != Some(total) {
                changed.push(Count {
                    condition: condition.clone(),
                    total,
                });
            }
        }
        Ok(changed)
    }

    /// The squares, when they are not those that the tab has.
    async fn field(&mut self) -> Result<Option<Field>, End> {
        let field = self.caller.field().await?;
        let is_known =
            |known: &Field| (known.square, &known.regions) == (field.square, &field.regions);
        if self.field.as_ref().is_some_and(is_known) {
            return Ok(None);
        }
        self.field = Some(field.clone());
        Ok(Some(field))
    }

    /// When counts are due; `None` while nothing is owed.
    fn owed_at(&self) -> Option<Instant> {
        let is_owed = self.is_count_owed && self.held.is_none();
        is_owed.then(|| {
            self.counted_at
                .map_or_else(Instant::now, |counted_at| counted_at + COUNT_EVERY)
        })
    }

    /// As if everything that is watched had changed.
    fn everything(&mut self) -> Dirty {
        self.counts.clear();
        self.counted_at = None;
        (self.field, self.field_at) = (None, None);
        let named = self.interests.rows.iter().chain(&self.interests.device);
        Dirty {
            seq: self.caller.fleet.live().seq(),
            overview: self.interests.overview,
            devices: named.filter_map(|id| DeviceId::parse(id).ok()).collect(),
            any_change: true,
            lost: false,
            waited: Duration::ZERO,
        }
    }
}

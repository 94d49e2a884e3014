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
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use twin::id::{DeviceId, Seq};

use super::protocol::{Ask, COUNTS_MAX, Count, Delta, Interests, Pulse, ROWS_MAX, Say};
use crate::api::Caller;

/// Counts of conditions are taken at most so often.
const COUNT_EVERY: Duration = Duration::from_secs(1);
/// The squares of the field are sent at most so often.
const FIELD_EVERY: Duration = Duration::from_secs(5);
/// A pulse goes out at least so often, so that a tab knows that the server lives.
const PULSE_EVERY: Duration = Duration::from_secs(10);
/// How many changes were held is said at most so often.
const HELD_EVERY: Duration = Duration::from_secs(1);

/// Speaks with one tab until either side ends.
///
/// `incoming` are the text frames of the tab, `outgoing` takes those for it. `build` names the build that this
/// server serves. The caller has checked the origin and the session; whatever the principal may not read is not
/// sent.
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
    if tab.say(&Say::Hello { seq, build }).await.is_err() {
        return;
    }
    let mut pulse = interval(PULSE_EVERY);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let done = tokio::select! {
            text = incoming.next() => match text {
                Some(text) => match serde_json::from_str(&text) {
                    Ok(ask) => tab.hear(ask).await,
                    // A tab of another build; the greeting told it to reload.
                    Err(_) => Ok(()),
                },
                None => return,
            },
            dirty = tab.feed.next() => tab.look(&dirty).await,
            _ = pulse.tick() => tab.pulse().await,
        };
        if done.is_err() {
            return;
        }
    }
}

/// The tab took its end away.
struct Gone;

/// One tab as the server knows it.
struct Tab<O> {
    caller: Caller,
    outgoing: O,
    feed: Feed,
    interests: Interests,
    /// Changes counted while a person holds them back.
    held: Option<u64>,
    held_said: Instant,
    /// What was last said of each count.
    counts: BTreeMap<String, u64>,
    counted: Option<Instant>,
    field_sent: Option<Instant>,
    seq: Seq,
}

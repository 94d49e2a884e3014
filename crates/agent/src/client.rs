//! A small device client: MQTT 3.1.1 over TLS, as the contract asks of devices, and cheap enough that one process
//! can run ten thousand of them.
//!
//! [`connect`] gives three parts: a [`Client`] to send with, a receiver of [`Event`]s to listen to, and a [`Driver`]
//! whose `run` keeps the connection alive. Nothing spawns a task by itself, so a device and its client can share one.
//! Every queue is bounded: sending waits for room, and what the hub says is held back as `outbox` describes.
//!
//! The client connects with CleanSession=0, subscribes to twin responses, desired notifications and methods, reconnects
//! with exponential backoff and full jitter, renews its token before it expires, and sends again what was not answered.
//! It does not keep anything on disk, receives no cloud-to-device messages and never publishes at `QoS` 2.
//!
//! For load generation there is [`Pipeline`], which keeps a window of reported patches in flight and does nothing else.
//!
//! **Source**: contract sections 1.1, 1.6 to 1.8, 2.1 to 2.8 and 5.8.

mod dial;
mod driver;
mod event;
mod link;
mod login;
mod outbox;
mod pipeline;
mod session;
mod unanswered;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use twin::{Map, Value};

use crate::backoff::{Backoff, Policy};
use crate::chance::Chance;
use crate::clock::Clock;
use crate::method::Answer;
use crate::tally::Tally;
use session::{Absence, Order, Session};

pub use dial::{Dial, Endpoint, EndpointError};
pub use driver::Driver;
pub use event::{ClientError, Event, Loss, MethodCall};
pub use link::Stream;
pub use login::{Login, LoginError};
pub use pipeline::{Answered, Pipeline};

/// Orders that wait for the connection, at most.
const ORDERS_MAX: usize = 16;
/// Requests that the hub has not answered, at most.
const WAITING_MAX: usize = 32;

/// How a client connects.
pub struct Settings {
    /// Where to.
    pub dial: Arc<dyn Dial>,
    /// As whom.
    pub login: Login,
    /// How long a SAS token is valid; it is renewed after nine tenths of that.
    pub token_validity: Duration,
    /// MQTT keep-alive, in whole seconds.
    pub keep_alive: Duration,
    /// How long to wait between tries.
    pub backoff: Policy,
    /// Jitter of the waits.
    pub chance: Chance,
    /// The time of day, for tokens.
    pub clock: Clock,
    /// Where to count.
    pub tally: Arc<Tally>,
}

impl Settings {
    /// The settings of an ordinary device.
    pub fn new(dial: Arc<dyn Dial>, login: Login, chance: Chance) -> Self {
        Self {
            dial,
            login,
            token_validity: Duration::from_hours(1),
            keep_alive: Duration::from_mins(1),
            backoff: Policy::default(),
            chance,
            clock: Clock::System,
            tally: Arc::default(),
        }
    }
}

/// Makes a client. Nothing happens until the driver runs.
pub fn connect(settings: Settings) -> (Client, mpsc::Receiver<Event>, Driver) {
    let (orders, orders_taken) = mpsc::channel(ORDERS_MAX);
    let (absences, absences_taken) = mpsc::channel(1);
    let (events, events_told) = mpsc::channel(1);
    let session = Session::new(
        settings.login.device_id(),
        settings.keep_alive,
        WAITING_MAX,
        Arc::clone(&settings.tally),
    );
    let driver = Driver {
        dial: settings.dial,
        login: settings.login,
        token_validity: settings.token_validity,
        keep_alive: settings.keep_alive,
        clock: settings.clock,
        backoff: Backoff::new(settings.backoff, settings.chance),
        session,
        orders: orders_taken,
        absences: absences_taken,
        events,
    };
    (
        Client {
            orders,
            absences,
            tally: settings.tally,
        },
        events_told,
        driver,
    )
}

/// The sending side of a client; clones share the connection.
#[derive(Clone, Debug)]
pub struct Client {
    orders: mpsc::Sender<Order>,
    absences: mpsc::Sender<Absence>,
    tally: Arc<Tally>,
}

impl Client {
    /// Queues a telemetry message (`QoS` 1), waiting for room; the returned future resolves with its acknowledgment.
    ///
    /// # Errors
    /// [`ClientError::Stopped`] when the driver has ended.
    pub async fn telemetry(&self, message: Message) -> Result<Pending<()>, ClientError> {
        let (done, pending) = oneshot::channel();
        self.order(Order::Telemetry { message, done }).await?;
        Ok(Pending(pending))
    }

    /// Queues a telemetry message if there is room now.
    ///
    /// # Errors
    /// [`ClientError::Full`] when there is not; the message is counted as dropped.
    pub fn try_telemetry(&self, message: Message) -> Result<Pending<()>, ClientError> {
        let (done, pending) = oneshot::channel();
        match self.orders.try_send(Order::Telemetry { message, done }) {
            Ok(()) => Ok(Pending(pending)),
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.tally.telemetry_dropped.tick();
                Err(ClientError::Full)
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Err(ClientError::Stopped),
        }
    }

    /// Fetches the twin.
    ///
    /// # Errors
    /// [`ClientError`]: the hub refused, or the driver ended.
    pub async fn twin(&self) -> Result<Document, ClientError> {
        let (done, pending) = oneshot::channel();
        self.order(Order::Twin { done }).await?;
        Pending(pending).await
    }

    /// Sends a reported patch; returns the version of the reported properties after it.
    ///
    /// # Errors
    /// [`ClientError`]: the hub refused the patch, or the driver ended before it answered.
    pub async fn report(&self, patch: &Map) -> Result<u64, ClientError> {
        let patch = serde_json::to_vec(patch).map_err(|_| ClientError::Unreadable)?;
        let (done, pending) = oneshot::channel();
        self.order(Order::Report {
            patch: patch.into(),
            done,
        })
        .await?;
        Pending(pending).await
    }

    /// Answers a method call. An answer on another connection than the call's is dropped: nobody waits for it.
    ///
    /// # Errors
    /// [`ClientError::Stopped`] when the driver has ended.
    pub async fn answer(&self, call: MethodCall, answer: Answer) -> Result<(), ClientError> {
        self.order(Order::Answer { call, answer }).await
    }

    /// Disconnects for a while: in order when the device restarts, without a word when it loses power. A client that is
    /// not connected does not try to connect for that long.
    ///
    /// # Errors
    /// [`ClientError::Stopped`] when the driver has ended.
    pub async fn leave(&self, lasting: Duration, farewell: bool) -> Result<(), ClientError> {
        let absence = Absence { lasting, farewell };
        self.absences
            .send(absence)
            .await
            .map_err(|_| ClientError::Stopped)
    }

    async fn order(&self, order: Order) -> Result<(), ClientError> {
        self.orders
            .send(order)
            .await
            .map_err(|_| ClientError::Stopped)
    }
}

/// The hub's answer to a request that is under way. Dropping it does not take the request back.
#[derive(Debug)]
pub struct Pending<T>(oneshot::Receiver<Result<T, ClientError>>);

impl<T> Future for Pending<T> {
    type Output = Result<T, ClientError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|answer| answer.unwrap_or(Err(ClientError::Stopped)))
    }
}

/// A telemetry message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Its bytes.
    pub body: Bytes,
    /// The device's own properties.
    pub properties: Vec<(String, String)>,
    /// Content type, such as `application/json`.
    pub content_type: Option<String>,
    /// Content encoding, such as `utf-8`.
    pub content_encoding: Option<String>,
}

impl Message {
    /// A message with a JSON body, marked as such.
    pub fn json(body: &Value) -> Self {
        Self {
            body: body.to_string().into(),
            content_type: Some("application/json".to_owned()),
            content_encoding: Some("utf-8".to_owned()),
            ..Self::default()
        }
    }
}

/// A twin as its device sees it (contract section 5.7).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// What is asked of the device.
    pub desired: Map,
    /// The version of that.
    pub desired_version: u64,
    /// What the device has reported.
    pub reported: Map,
    /// The version of that.
    pub reported_version: u64,
}

impl Document {
    /// Reads the body of a twin response.
    fn parse(body: &[u8]) -> Option<Self> {
        let mut document: Map = serde_json::from_slice(body).ok()?;
        let mut section = |name: &str| match document.remove(name) {
            Some(Value::Object(mut values)) => {
                let version = values
                    .remove("$version")
                    .and_then(|version| version.as_u64())?;
                Some((values, version))
            }
            _ => None,
        };
        let (desired, desired_version) = section("desired")?;
        let (reported, reported_version) = section("reported")?;
        Some(Self {
            desired,
            desired_version,
            reported,
            reported_version,
        })
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

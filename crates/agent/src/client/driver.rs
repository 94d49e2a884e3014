//! The loop that keeps a client connected: dial, converse, wait, dial again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::Dial;
use super::event::{Event, Loss};
use super::link::Link;
use super::login::Login;
use super::session::{Absence, Order, Session};
use crate::backoff::Backoff;
use crate::clock::Clock;

/// How long opening a stream may take.
const DIAL_LIMIT: Duration = Duration::from_secs(30);
/// How long a last word may take to be written.
const FAREWELL_LIMIT: Duration = Duration::from_secs(2);
/// A connection that lasted this long has proved that all is well.
const STABLE_AFTER: Duration = Duration::from_secs(10);

/// The running part of a client; [`Driver::run`] must be polled for anything to happen.
pub struct Driver {
    pub(super) dial: Arc<dyn Dial>,
    pub(super) login: Login,
    pub(super) token_validity: Duration,
    pub(super) keep_alive: Duration,
    pub(super) clock: Clock,
    pub(super) backoff: Backoff,
    pub(super) session: Session,
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) absences: mpsc::Receiver<Absence>,
    pub(super) events: mpsc::Sender<Event>,
}

/// What the loop woke up for.
enum Wake {
    Received,
    Ordered(Order),
    Leave(Absence),
    Timer,
    Renewal,
    Stop,
}

impl Driver {
    /// Connects and stays connected until `shutdown` is cancelled or the device lets go of its side.
    pub async fn run(mut self, shutdown: CancellationToken) {
        loop {
            let dialed = Instant::now();
            let (why, online_for) = match self.dial(&shutdown).await {
                Ok(link) => {
                    let why = self.converse(link, &shutdown).await;
                    (
                        why,
                        if self.session.is_online() {
                            dialed.elapsed()
                        } else {
                            Duration::ZERO
                        },
                    )
                }
                Err(why) => (why, Duration::ZERO),
            };
            if online_for >= STABLE_AFTER {
                self.backoff.reset();
            }
            let pause = match &why {
                Loss::Stopped | Loss::Renewal => Duration::ZERO,
                Loss::Ordered(lasting) => *lasting,
                _ => self.backoff.after_failure(),
            };
            let is_over = matches!(why, Loss::Stopped);
            tracing::debug!(
                why = why.name(),
                pause_ms = pause.as_millis(),
                "Connection ended."
            );
            self.session.lost(why);
            if is_over || !self.pause(pause, &shutdown).await {
                return;
            }
        }
    }

    /// Waits between connections; `false` when it is time to stop.
    async fn pause(&mut self, lasting: Duration, shutdown: &CancellationToken) -> bool {
        let mut end = Instant::now() + lasting;
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return false,
                told = tell(&mut self.session, &self.events) => if !told { return false },
                Some(absence) = self.absences.recv() => end = Instant::now() + absence.lasting,
                () = sleep_until(end) => return true,
            }
        }
    }

    async fn dial(&mut self, shutdown: &CancellationToken) -> Result<Link, Loss> {
        let dial = Arc::clone(&self.dial);
        let mut opening = std::pin::pin!(timeout(DIAL_LIMIT, dial.dial()));
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return Err(Loss::Stopped),
                told = tell(&mut self.session, &self.events) => if !told { return Err(Loss::Stopped) },
                Some(absence) = self.absences.recv() => return Err(Loss::Ordered(absence.lasting)),
                opened = &mut opening => return match opened {
                    Ok(Ok(stream)) => Ok(Link::new(stream)),
                    Ok(Err(error)) => Err(Loss::Unreachable(error)),
                    Err(_) => Err(Loss::NoAnswer(DIAL_LIMIT)),
                },
            }
        }
    }

    /// One connection, from CONNECT to its end.
    async fn converse(&mut self, mut link: Link, shutdown: &CancellationToken) -> Loss {
        let connect = self
            .login
            .connect(self.clock.now(), self.token_validity, self.keep_alive);
        self.session.opened(connect, Instant::now());
        // Renewed early enough that neither a slow clock nor a slow network lets it expire.
        let renewal = Instant::now() + self.token_validity * 9 / 10;
        loop {
            for packet in self.session.take_out() {
                if let Err(error) = link.queue(packet) {
                    return error.into();
                }
            }
            let timer = self.session.deadline().unwrap_or(renewal);
            let wake = tokio::select! {
                biased;
                () = shutdown.cancelled() => Wake::Stop,
                received = link.exchange() => match received {
                    Ok(()) => Wake::Received,
                    Err(error) => return error.into(),
                },
                told = tell(&mut self.session, &self.events) => if told { continue } else { Wake::Stop },
                // Orders come before absences: what was asked before leaving is still sent.
                order = self.orders.recv(), if self.session.has_room() => order.map_or(Wake::Stop, Wake::Ordered),
                Some(absence) = self.absences.recv() => Wake::Leave(absence),
                () = sleep_until(timer.min(renewal)) => if Instant::now() >= renewal { Wake::Renewal } else { Wake::Timer },
            };
            let now = Instant::now();
            let outcome = match wake {
                Wake::Received => self.receive(&mut link, now),
                Wake::Timer => self.session.tick(now),
                Wake::Leave(Absence { lasting, farewell }) => {
                    if farewell {
                        say_farewell(link).await;
                    }
                    return Loss::Ordered(lasting);
                }
                Wake::Ordered(order) => {
                    self.session.order(order, now);
                    Ok(())
                }
                Wake::Renewal => {
                    say_farewell(link).await;
                    return Loss::Renewal;
                }
                Wake::Stop => {
                    say_farewell(link).await;
                    return Loss::Stopped;
                }
            };
            if let Err(why) = outcome {
                return why;
            }
        }
    }

    fn receive(&mut self, link: &mut Link, now: Instant) -> Result<(), Loss> {
        while let Some(packet) = link.next_packet()? {
            self.session.packet(packet, now)?;
        }
        Ok(())
    }
}

/// Tells the device the next event, once there is one and the device listens; `false` when it does not any more.
async fn tell(session: &mut Session, events: &mpsc::Sender<Event>) -> bool {
    if session.outbox.is_empty() {
        return std::future::pending().await;
    }
    let Ok(permit) = events.reserve().await else {
        return false;
    };
    if let Some(event) = session.outbox.pop() {
        permit.send(event);
    }
    true
}

/// Ends a connection in order, without waiting long for a hub that does not read.
async fn say_farewell(mut link: Link) {
    if link.queue(rmqtt_codec::v3::Packet::Disconnect).is_ok() {
        // The connection is over either way.
        let _ = timeout(FAREWELL_LIMIT, link.close()).await;
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver")
            .field("backoff", &self.backoff)
            .finish_non_exhaustive()
    }
}

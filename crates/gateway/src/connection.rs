//! The loop around one [`Session`]: everything that can happen becomes an action, everything that the session wants is
//! carried out.
//!
//! Reading goes on while a batch is on its way into the store, so pings are answered and acknowledgments taken, but only
//! until the session has no room for more; then the socket is left alone and TCP pushes back on the device.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use crate::figures;
use crate::inlet::Inlet;
use crate::limits::Limits;
use crate::mailbox::Received;
use crate::registry::{Attached, Goodbye};
use crate::session::{Action, Ending, Outcome, Outputs, Parked, Session};
use crate::transport::{Heard, Transport};

/// Time to say goodbye to a socket that is closed at once.
const HANG_UP_TIMEOUT: Duration = Duration::from_millis(500);

/// A connected device: its session and everything that the session acts through.
#[derive(Debug)]
pub(crate) struct Connection<S> {
    session: Session,
    /// `None` when the socket was closed before the session was over.
    transport: Option<Transport<S>>,
    attached: Attached,
    inlet: Inlet,
    limits: Arc<Limits>,
    /// When the connection began; the session counts from here.
    began: Instant,
    /// Steps on their way into the store, at most one batch.
    work: Option<Work>,
}

/// Outcomes to come.
struct Work(BoxFuture<'static, Vec<Outcome>>);

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Work(…)")
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(crate) fn new(
        session: Session,
        transport: Transport<S>,
        attached: Attached,
        inlet: Inlet,
        limits: Arc<Limits>,
        began: Instant,
    ) -> Self {
        Self {
            session,
            transport: Some(transport),
            attached,
            inlet,
            limits,
            began,
            work: None,
        }
    }

    /// Serves the device until one side ends it. What the device had sent by then is stored before this returns, unless
    /// the store takes longer than the drain time-out.
    ///
    /// Returns why it ended and what the device's next connection has to send.
    pub(crate) async fn run(&mut self, mut first: Outputs) -> (Ending, Parked) {
        let ending = match self.carry_out(&mut first) {
            Some(ending) => ending,
            None => self.serve().await,
        };
        self.attached.set_takes_methods(false);
        let parked = Box::pin(self.finish(&ending)).await;
        (ending, parked)
    }

    async fn serve(&mut self) -> Ending {
        let mut outputs = Outputs::default();
        let mut timer = std::pin::pin!(tokio::time::sleep_until(
            self.began + self.session.deadline()
        ));
        let mut may_have_packets = true;
        loop {
            if may_have_packets {
                may_have_packets = self.take_packets(&mut outputs);
            }
            if let Some(ending) = self.carry_out(&mut outputs) {
                return ending;
            }
            self.submit();
            if may_have_packets && self.session.has_room() {
                // A full batch was taken and more is here already: others' turn first.
                tokio::task::yield_now().await;
                continue;
            }

            let Some(transport) = &mut self.transport else {
                return Ending::Lost;
            };
            let has_air = transport.unsent() < self.limits.unsent_bytes_max;
            let is_reading = has_air && self.session.has_room();
            tokio::select! {
                biased;
                letter = self.attached.line().mailbox.receive(has_air) => match letter {
                    Received::Letter(letter) => self.session.apply(Action::Letter(letter), &mut outputs),
                    Received::Closed(goodbye) => return Ending::Goodbye(goodbye),
                },
                outcomes = settled(&mut self.work) => {
                    self.session.apply(Action::Settled(outcomes), &mut outputs);
                }
                heard = transport.drive(is_reading) => match heard {
                    Ok(Heard::Bytes) => {
                        self.session.heard(self.began.elapsed());
                        may_have_packets = true;
                    }
                    Ok(Heard::End) | Err(_) => return Ending::Lost,
                },
                () = timer.as_mut() => {
                    let now = self.began.elapsed();
                    if has_air && !is_reading {
                        // The silence is ours: the store is slow, and the socket waits for it.
                        figures::session_stalled();
                        self.session.heard(now);
                    }
                    self.session.apply(Action::Tick(now), &mut outputs);
                    timer.as_mut().reset(self.began + self.session.deadline());
                }
            }
        }
    }

    /// Applies the packets that have arrived, as many as there is room for. Whether there may be more.
    fn take_packets(&mut self, outputs: &mut Outputs) -> bool {
        let Some(transport) = &mut self.transport else {
            return false;
        };
        while outputs.ending.is_none() {
            if !self.session.has_room() {
                return true;
            }
            match transport.next_packet() {
                Ok(Some(packet)) => {
                    figures::packet_received();
                    self.session.apply(Action::Packet(packet), outputs);
                }
                Ok(None) => return false,
                Err(_) => outputs.ending = Some(Ending::Violation("it sent a malformed packet")),
            }
        }
        false
    }

    /// Starts work on the session's steps, when none is under way.
    fn submit(&mut self) {
        if self.work.is_none() {
            let steps = self.session.take_steps();
            if !steps.is_empty() {
                self.work = Some(Work(self.inlet.clone().perform(steps).boxed()));
            }
        }
    }

    fn carry_out(&mut self, outputs: &mut Outputs) -> Option<Ending> {
        if let Some(transport) = &mut self.transport {
            for packet in outputs.packets.drain(..) {
                figures::packet_sent();
                if transport.send(packet).is_err() {
                    return Some(Ending::Lost);
                }
            }
        }
        for (rid, answer) in outputs.answers.drain(..) {
            self.attached.line().calls.answer(rid, answer);
        }
        if let Some(takes) = outputs.takes_methods.take() {
            self.attached.set_takes_methods(takes);
        }
        outputs.ending.take()
    }

    /// Stores what the device had sent and closes its socket: at once when it broke the rules or was displaced, otherwise
    /// after it got its acknowledgments.
    async fn finish(&mut self, ending: &Ending) -> Parked {
        let until = Instant::now() + self.limits.drain_timeout;
        let is_polite = match ending {
            Ending::Disconnected | Ending::TokenExpired | Ending::Goodbye(Goodbye::Shutdown) => {
                true
            }
            Ending::Lost
            | Ending::Silent
            | Ending::Violation(_)
            | Ending::StoreUnavailable
            | Ending::Goodbye(Goodbye::TakenOver | Goodbye::Dismissed(_) | Goodbye::TooSlow) => {
                false
            }
        };
        if !is_polite {
            self.hang_up(Instant::now() + HANG_UP_TIMEOUT).await;
        }
        if tokio::time::timeout_at(until, self.drain()).await.is_err() {
            figures::drain_timed_out();
        }
        self.hang_up(until).await;
        let (will, parked) = self.session.close(ending);
        if let Some(will) = will {
            // A will that cannot be kept in time is lost with the device that left it.
            let _ = tokio::time::timeout_at(until, self.inlet.clone().perform(vec![will])).await;
        }
        parked
    }

    /// Waits for all outcomes, and sends what follows from them while there is a socket.
    async fn drain(&mut self) {
        let mut outputs = Outputs::default();
        loop {
            self.submit();
            if self.work.is_none() {
                return;
            }
            let outcomes = settled(&mut self.work).await;
            self.session.apply(Action::Settled(outcomes), &mut outputs);
            if self.carry_out(&mut outputs).is_some() {
                return;
            }
        }
    }

    async fn hang_up(&mut self, until: Instant) {
        if let Some(transport) = self.transport.take() {
            // The other side may be gone; there is nobody left to tell.
            let _ = tokio::time::timeout_at(until, transport.shutdown()).await;
        }
    }
}

/// Waits for the outcomes of the work under way; without any, for ever.
async fn settled(work: &mut Option<Work>) -> Vec<Outcome> {
    let Some(under_way) = work else {
        return std::future::pending().await;
    };
    let outcomes = (&mut under_way.0).await;
    *work = None;
    outcomes
}

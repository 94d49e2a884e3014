//! One client's side of the conversation, without I/O: what goes out for what came in.
//!
//! The session outlives connections. Requests that a lost connection left unanswered go out again, in order, on the
//! next one (telemetry marked as a duplicate; a reported patch is a merge patch and may be applied twice). Answers to
//! method calls do not: the hub has given those calls up.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rmqtt_codec::types::{Publish, QoS};
use rmqtt_codec::v3::{ConnectAck, ConnectAckReason, Packet, SubscribeReturnCode};
use tokio::sync::oneshot;
use tokio::time::Instant;
use twin::{Map, Value};
use wire::topic::{Filter, FromDevice, ToDevice};

use super::event::{ClientError, Event, Loss, MethodCall};
use super::outbox::Outbox;
use super::unanswered::{Done, Request, Unanswered, fire};
use super::{Document, Message};
use crate::method::Answer;
use crate::tally::Tally;

/// How long the hub may take to answer before the connection counts as dead.
const ANSWER_LIMIT: Duration = Duration::from_mins(1);
/// How long the handshake may take after the stream is open.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(30);
/// How long the hub may take to answer a ping.
const PONG_LIMIT: Duration = Duration::from_secs(20);

/// What a device wants done.
pub(super) enum Order {
    Telemetry {
        message: Message,
        done: oneshot::Sender<Result<(), ClientError>>,
    },
    Twin {
        done: oneshot::Sender<Result<Document, ClientError>>,
    },
    Report {
        patch: Bytes,
        done: oneshot::Sender<Result<u64, ClientError>>,
    },
    Answer {
        call: MethodCall,
        answer: Answer,
    },
}

/// A wish to be disconnected for a while; it holds whether there is a connection or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Absence {
    pub(super) lasting: Duration,
    /// Whether the hub is told.
    pub(super) farewell: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No connection.
    Down,
    /// CONNECT is sent.
    Greeting { since: Instant },
    /// SUBSCRIBE is sent.
    Subscribing {
        since: Instant,
        packet_id: NonZeroU16,
    },
    /// Everything is in place.
    Online,
}

/// The state of one client.
pub(super) struct Session {
    device_id: String,
    keep_alive: Duration,
    waiting_max: usize,
    phase: Phase,
    /// Counts connections; the first is 1.
    connection: u64,
    was_online: bool,
    unanswered: Unanswered,
    last_sent: Instant,
    pong_due: Option<Instant>,
    out: Vec<Packet>,
    tally: Arc<Tally>,
    /// What the device has to be told.
    pub(super) outbox: Outbox,
}

impl Session {
    pub(super) fn new(
        device_id: &str,
        keep_alive: Duration,
        waiting_max: usize,
        tally: Arc<Tally>,
    ) -> Self {
        Self {
            device_id: device_id.to_owned(),
            keep_alive,
            waiting_max,
            phase: Phase::Down,
            connection: 0,
            was_online: false,
            unanswered: Unanswered::default(),
            last_sent: Instant::now(),
            pong_due: None,
            out: Vec::new(),
            tally,
            outbox: Outbox::default(),
        }
    }

    /// A stream is open: the conversation begins with `connect`.
    pub(super) fn opened(&mut self, connect: Packet, now: Instant) {
        self.connection += 1;
        self.pong_due = None;
        self.phase = Phase::Greeting { since: now };
        self.send(connect, now);
    }

    /// The connection is gone, or could not be made.
    pub(super) fn lost(&mut self, why: Loss) {
        self.phase = Phase::Down;
        self.out.clear();
        self.tally.losses.tick(why.name());
        self.outbox.push_connection(Event::Offline { why });
    }

    /// Whether another order can be taken now.
    pub(super) fn has_room(&self) -> bool {
        self.phase == Phase::Online && self.unanswered.len() < self.waiting_max
    }

    /// Whether the handshake is done.
    pub(super) fn is_online(&self) -> bool {
        self.phase == Phase::Online
    }

    /// Packets to be written, in order.
    pub(super) fn take_out(&mut self) -> std::vec::Drain<'_, Packet> {
        self.out.drain(..)
    }

    /// When [`Session::tick`] wants to be called, if nothing happens before.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Down => None,
            Phase::Greeting { since } | Phase::Subscribing { since, .. } => {
                Some(since + HANDSHAKE_LIMIT)
            }
            Phase::Online => {
                let ping = self
                    .pong_due
                    .unwrap_or(self.last_sent + self.keep_alive * 3 / 4);
                let answer = self.unanswered.oldest().map(|sent| sent + ANSWER_LIMIT);
                Some(answer.map_or(ping, |answer| answer.min(ping)))
            }
        }
    }

    /// A deadline has passed: ping, or give the connection up.
    pub(super) fn tick(&mut self, now: Instant) -> Result<(), Loss> {
        match self.phase {
            Phase::Down => Ok(()),
            Phase::Greeting { since } | Phase::Subscribing { since, .. } => {
                if now >= since + HANDSHAKE_LIMIT {
                    Err(Loss::NoAnswer(HANDSHAKE_LIMIT))
                } else {
                    Ok(())
                }
            }
            Phase::Online => {
                if self.pong_due.is_some_and(|due| now >= due) {
                    return Err(Loss::NoAnswer(PONG_LIMIT));
                }
                if self
                    .unanswered
                    .oldest()
                    .is_some_and(|sent| now >= sent + ANSWER_LIMIT)
                {
                    return Err(Loss::NoAnswer(ANSWER_LIMIT));
                }
                if self.pong_due.is_none() && now >= self.last_sent + self.keep_alive * 3 / 4 {
                    self.send(Packet::PingRequest, now);
                    self.pong_due = Some(now + PONG_LIMIT);
                }
                Ok(())
            }
        }
    }

    /// Carries out an order; the connection must be online.
    pub(super) fn order(&mut self, order: Order, now: Instant) {
        match order {
            Order::Telemetry { message, done } => {
                let packet = self
                    .unanswered
                    .telemetry(&self.device_id, message, done, now);
                self.send(packet, now);
            }
            Order::Twin { done } => {
                let packet = self.unanswered.twin(done, now);
                self.send(packet, now);
            }
            Order::Report { patch, done } => {
                let packet = self.unanswered.report(patch, done, now);
                self.send(packet, now);
            }
            Order::Answer { call, answer } => {
                if call.connection == self.connection {
                    self.tally.methods.tick(&call.name);
                    self.answer(&call.rid, &answer, now);
                }
            }
        }
    }

    /// Takes a packet from the hub.
    pub(super) fn packet(&mut self, packet: Packet, now: Instant) -> Result<(), Loss> {
        match (self.phase, packet) {
            (Phase::Greeting { since }, Packet::ConnectAck(acceptance)) => {
                self.greeted(acceptance, since, now)
            }
            (
                Phase::Subscribing { packet_id, .. },
                Packet::SubscribeAck {
                    packet_id: id,
                    status,
                },
            ) if id == packet_id => {
                if status.contains(&SubscribeReturnCode::Failure) {
                    return Err(Loss::Protocol("a subscription was refused".to_owned()));
                }
                self.go_online(false, now);
                Ok(())
            }
            // Notifications may arrive before the SUBACK, and what was sent on an earlier connection at any time.
            (Phase::Subscribing { .. } | Phase::Online, Packet::Publish(publish)) => {
                self.published(&publish, now);
                Ok(())
            }
            (Phase::Online, Packet::PublishAck { packet_id }) => {
                self.acknowledged(packet_id, now);
                Ok(())
            }
            (Phase::Online, Packet::PingResponse) => {
                self.pong_due = None;
                Ok(())
            }
            (_, Packet::SubscribeAck { .. } | Packet::UnsubscribeAck { .. }) => Ok(()),
            (phase, packet) => Err(Loss::Protocol(format!(
                "packet {:#04x} in {phase:?}",
                packet.packet_type()
            ))),
        }
    }

    fn greeted(
        &mut self,
        acceptance: ConnectAck,
        since: Instant,
        now: Instant,
    ) -> Result<(), Loss> {
        if acceptance.return_code != ConnectAckReason::ConnectionAccepted {
            return Err(Loss::Refused(acceptance.return_code));
        }
        self.tally.connect_latency.record(now - since);
        if self.was_online {
            self.tally.reconnects.tick();
        } else {
            self.tally.connects.tick();
        }
        // The first connection of a process subscribes even into a kept session: it may be another program's.
        if acceptance.session_present && self.was_online {
            self.tally.resumed.tick();
            self.go_online(true, now);
            return Ok(());
        }
        let packet_id = self.unanswered.next_packet_id();
        self.phase = Phase::Subscribing {
            since: now,
            packet_id,
        };
        let topic_filters = [Filter::TwinResponses, Filter::Desired, Filter::Methods]
            .map(|filter| (filter.to_string().into(), QoS::AtLeastOnce))
            .to_vec();
        self.send(
            Packet::Subscribe {
                packet_id,
                topic_filters,
            },
            now,
        );
        Ok(())
    }

    fn go_online(&mut self, resumed: bool, now: Instant) {
        self.phase = Phase::Online;
        self.was_online = true;
        self.outbox.push_connection(Event::Online { resumed });
        for packet in self.unanswered.again(now) {
            self.send(packet, now);
        }
    }

    fn published(&mut self, publish: &Publish, now: Instant) {
        match ToDevice::parse(&publish.topic) {
            Some(ToDevice::TwinResponse {
                status,
                rid,
                version,
            }) => self.answered(status, rid, version, &publish.payload, now),
            Some(ToDevice::DesiredChanged { version }) => {
                if let Ok(Value::Object(patch)) = serde_json::from_slice(&publish.payload) {
                    self.tally.desired.tick();
                    if !self.outbox.push_desired(Event::Desired { version, patch }) {
                        self.tally.desired_collapsed.tick();
                    }
                }
            }
            Some(ToDevice::MethodRequest { name, rid }) => {
                self.called(name, rid, &publish.payload, now);
            }
            Some(ToDevice::Message { .. }) | None => {
                tracing::debug!(topic = %publish.topic, "Message on an unknown topic ignored.");
            }
        }
        if let Some(packet_id) = publish.packet_id {
            self.send(Packet::PublishAck { packet_id }, now);
        }
    }

    fn called(&mut self, name: &str, rid: &str, payload: &[u8], now: Instant) {
        let payload = if payload.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_slice(payload)
        };
        let Ok(payload) = payload else {
            return self.answer(rid, &Answer::bad_request("the payload is not JSON"), now);
        };
        let (name, rid) = (name.to_owned(), rid.to_owned());
        let call = MethodCall {
            name,
            payload,
            rid,
            connection: self.connection,
        };
        if let Err(Event::Method(call)) = self.outbox.push_call(Event::Method(call)) {
            self.answer(&call.rid, &Answer::busy(), now);
        }
    }

    fn answer(&mut self, rid: &str, answer: &Answer, now: Instant) {
        let payload = Bytes::from(answer.payload.to_string());
        let topic = FromDevice::MethodResponse {
            status: &answer.status.to_string(),
            rid,
        }
        .to_string();
        self.send(fire(topic, payload), now);
    }

    fn acknowledged(&mut self, packet_id: NonZeroU16, now: Instant) {
        if let Some(Request {
            done: Done::Telemetry(done),
            sent,
            ..
        }) = self.unanswered.take_packet(packet_id)
        {
            self.tally.telemetry.tick();
            self.tally.telemetry_latency.record(now - sent);
            // The device may not care to wait.
            let _ = done.send(Ok(()));
        }
    }

    fn answered(
        &mut self,
        status: u16,
        rid: &str,
        version: Option<u64>,
        payload: &[u8],
        now: Instant,
    ) {
        let Some(request) = self.unanswered.take_request(rid) else {
            return;
        };
        let refusal = (status >= 300).then(|| ClientError::Refused {
            status,
            message: message_of(payload),
        });
        match request.done {
            Done::Report(done) => {
                self.tally.report_latency.record(now - request.sent);
                if refusal.is_none() {
                    self.tally.reports.tick();
                } else {
                    self.tally.reports_refused.tick();
                }
                let _ = done.send(refusal.map_or(version.ok_or(ClientError::Unreadable), Err));
            }
            Done::Twin(done) => {
                let document = Document::parse(payload).ok_or(ClientError::Unreadable);
                let _ = done.send(refusal.map_or(document, Err));
            }
            Done::Telemetry(_) => {}
        }
    }

    fn send(&mut self, packet: Packet, now: Instant) {
        self.last_sent = now;
        self.out.push(packet);
    }
}

/// The text of an error body (contract section 2.5).
fn message_of(payload: &[u8]) -> String {
    let body: Option<Map> = serde_json::from_slice(payload).ok();
    let message = body
        .as_ref()
        .and_then(|body| body.get("message"))
        .and_then(Value::as_str);
    message.unwrap_or("no explanation").to_owned()
}

//! One connected device as a state machine: an [`Action`] in, [`Outputs`] out, no waiting in between.
//!
//! [`Session::apply`] is synchronous and touches nothing: what must be stored or read it hands out as [`Step`]s, which
//! the loop around it ([`crate::connection`]) carries out in order and brings back as [`Action::Settled`]. Three
//! promises to the device live here:
//!
//! - **A PUBACK means stored.** Replies to what needs the store wait in one queue, in the order of the packets, and leave
//!   when their outcome is known. Packets that need no outcome queue behind them.
//! - **A request is answered before it is acknowledged.** A twin response goes out at QoS 0 right before the PUBACK of its
//!   request: a client that saw no PUBACK asks again, so no answer can be lost, and none needs an acknowledgment.
//! - **No change of desired is missed.** A notification waits while a SUBACK or a twin read is on its way, so a device
//!   that subscribes and then reads has either read a change or is notified of it afterwards (contract section 5.8).

mod outbox;
mod patience;
mod publish;
mod subscriptions;

use std::collections::VecDeque;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fleet::{MethodAnswer, MethodError};
use rmqtt_codec::types::{Publish, QoS};
use rmqtt_codec::v3::{Packet, SubscribeReturnCode};
use twin::Map;
use twin::id::DeviceId;
use wire::status::ErrorCode;
use wire::topic::ToDevice;

use crate::limits::Limits;
use crate::registry::{Goodbye, Letter, Rid};

pub(crate) use outbox::{Message, Outbox, Parked};
pub(crate) use patience::Patience;
pub(crate) use publish::Stamp;
pub(crate) use subscriptions::{Subject, Subscriptions};

/// Something that happens to a session.
#[derive(Debug)]
pub(crate) enum Action {
    /// The device sent a packet.
    Packet(Packet),
    /// The outcomes of the steps that were taken last, in their order.
    Settled(Vec<Outcome>),
    /// Somebody has something for the device.
    Letter(Letter),
    /// It is this late, counted from the start of the connection.
    Tick(Duration),
}

/// What a session wants done outside.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    /// To write, in order.
    pub(crate) packets: Vec<Packet>,
    /// Answers to direct methods.
    pub(crate) answers: Vec<(Rid, Result<MethodAnswer, MethodError>)>,
    /// Whether the device takes methods from now on.
    pub(crate) takes_methods: Option<bool>,
    /// The session is over.
    pub(crate) ending: Option<Ending>,
}

/// Work for the store, in the order of the packets that asked for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// Merge into the reported properties.
    Report {
        patch: Map,
        expected_version: Option<u64>,
    },
    /// Keep a message.
    Keep {
        properties: Map,
        system: Map,
        body: Bytes,
    },
    /// Read the twin as the device may see it.
    ReadTwin,
    /// Keep the subscriptions for later connections.
    Remember(Subscriptions),
    /// Nothing to do; the device is told why.
    Refuse(Refusal),
}

impl Step {
    fn size(&self) -> usize {
        match self {
            Self::Keep { body, .. } => body.len(),
            Self::Report { .. } | Self::ReadTwin | Self::Remember(_) | Self::Refuse(_) => 0,
        }
    }
}

/// What became of a [`Step`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// The report is stored, and this is the new version of the reported properties.
    Reported { version: u64 },
    /// The message, or the subscriptions, are stored.
    Kept,
    /// The twin as JSON text.
    Twin(Bytes),
    /// It was not done: the status and the JSON text of the error body (contract section 2.5).
    Refused { status: u16, body: Bytes },
    /// It cannot be said whether it was done; the device must try again on another connection.
    Unknown,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

/// Why a session is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The device said DISCONNECT.
    Disconnected,
    /// The connection broke.
    Lost,
    /// Nothing was heard for too long.
    Silent,
    /// The token that opened it is not valid any more.
    TokenExpired,
    /// The device did what the contract forbids.
    Violation(&'static str),
    /// The store did not say whether it kept what the device sent.
    StoreUnavailable,
    /// The hub ends it.
    Goodbye(Goodbye),
}

impl Ending {
    /// For metrics.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Lost => "lost",
            Self::Silent => "silent",
            Self::TokenExpired => "token_expired",
            Self::Violation(_) => "violation",
            Self::StoreUnavailable => "store_unavailable",
            Self::Goodbye(Goodbye::TakenOver) => "taken_over",
            Self::Goodbye(Goodbye::Dismissed(_)) => "dismissed",
            Self::Goodbye(Goodbye::TooSlow) => "too_slow",
            Self::Goodbye(Goodbye::Shutdown) => "shutdown",
        }
    }

    /// For the event log, in words that follow "because".
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Disconnected => "the device disconnected",
            Self::Lost => "the connection was lost",
            Self::Silent => "the device was silent for too long",
            Self::TokenExpired => "its token expired",
            Self::Violation(what) => what,
            Self::StoreUnavailable => "the hub could not store what it sent",
            Self::Goodbye(Goodbye::TakenOver) => "a newer connection took its place",
            Self::Goodbye(Goodbye::Dismissed(why)) => why,
            Self::Goodbye(Goodbye::TooSlow) => "it did not take its messages",
            Self::Goodbye(Goodbye::Shutdown) => "the hub stopped",
        }
    }
}

/// What a session starts with.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) device: DeviceId,
    pub(crate) stamp: Stamp,
    /// Whether subscriptions and unacknowledged messages outlive the connection (CleanSession = 0).
    pub(crate) is_persistent: bool,
    /// What an earlier connection has subscribed to; `None` when nothing is kept of one.
    pub(crate) remembered: Option<Subscriptions>,
    pub(crate) parked: Parked,
    pub(crate) will: Option<Step>,
    pub(crate) patience: Patience,
}

/// One connected device.
#[derive(Debug)]
pub(crate) struct Session {
    device: DeviceId,
    stamp: Stamp,
    is_persistent: bool,
    subscriptions: Subscriptions,
    /// What the store knows of them.
    remembered: Option<Subscriptions>,
    outbox: Outbox,
    steps: Vec<Step>,
    steps_bytes: usize,
    /// Replies in the order of their packets; see the head of the module.
    replies: VecDeque<Reply>,
    /// SUBACKs and twin reads among them.
    holds: usize,
    will: Option<Step>,
    patience: Patience,
    limits: Arc<Limits>,
}

/// What a packet of the device gets back.
#[derive(Debug)]
enum Reply {
    /// Needs nothing but its turn.
    Ready(Packet),
    /// Telemetry.
    Kept { acknowledge: Option<NonZeroU16> },
    /// A reported patch.
    Reported {
        rid: String,
        acknowledge: Option<NonZeroU16>,
    },
    /// A twin read.
    Twin {
        rid: String,
        acknowledge: Option<NonZeroU16>,
    },
    /// A changed set of subscriptions.
    Remembered(Packet),
    /// The first connection of a session: nobody waits for it to be kept.
    Silent,
}

impl Session {
    /// The session, and what it wants done first: right after the CONNACK, unacknowledged messages go out again.
    pub(crate) fn open(opening: Opening, limits: Arc<Limits>) -> (Self, Outputs) {
        let subscriptions = opening.remembered.unwrap_or_default();
        let mut session = Self {
            device: opening.device,
            stamp: opening.stamp,
            is_persistent: opening.is_persistent,
            subscriptions,
            remembered: opening.remembered,
            outbox: Outbox::new(opening.parked, limits.window, limits.outbox_messages_max),
            steps: Vec::new(),
            steps_bytes: 0,
            replies: VecDeque::new(),
            holds: 0,
            will: opening.will,
            patience: opening.patience,
            limits,
        };
        let mut outputs = Outputs::default();
        outputs.packets.extend(session.outbox.resend());
        session.send_waiting(&mut outputs);
        if session.is_persistent && session.remembered.is_none() {
            session.remember(Reply::Silent);
        }
        if subscriptions.has(Subject::Methods) {
            outputs.takes_methods = Some(true);
        }
        (session, outputs)
    }

    /// Takes an action. Once `outputs.ending` is set, only [`close`](Self::close) may follow.
    pub(crate) fn apply(&mut self, action: Action, outputs: &mut Outputs) {
        match action {
            Action::Packet(packet) => self.take_packet(packet, outputs),
            Action::Settled(outcomes) => self.settle(outcomes, outputs),
            Action::Letter(letter) => self.deliver(letter, outputs),
            Action::Tick(now) => {
                outputs.ending = outputs.ending.take().or_else(|| self.patience.verdict(now));
            }
        }
    }

    /// Something arrived from the device, or could not because the hub did not read.
    pub(crate) fn heard(&mut self, now: Duration) {
        self.patience.heard(now);
    }

    /// When [`Action::Tick`] is due, counted from the start of the connection.
    pub(crate) fn deadline(&self) -> Duration {
        self.patience.deadline()
    }

    /// The work that has come up since the last call.
    pub(crate) fn take_steps(&mut self) -> Vec<Step> {
        self.steps_bytes = 0;
        std::mem::take(&mut self.steps)
    }

    /// Whether another packet may be applied before the store has answered: the bound on what one device has under way.
    pub(crate) fn has_room(&self) -> bool {
        self.steps.len() < self.limits.batch_events_max
            && self.steps_bytes < self.limits.batch_bytes_max
            && self.replies.len() < 2 * self.limits.batch_events_max
    }

    /// Ends the session: the last step, if the device has left a will that is due, and what its next connection needs.
    pub(crate) fn close(&mut self, ending: &Ending) -> (Option<Step>, Parked) {
        let will = self.will.take().filter(|_| *ending != Ending::Disconnected);
        let parked = if self.is_persistent {
            self.outbox.park()
        } else {
            Parked::default()
        };
        (will, parked)
    }

    fn take_packet(&mut self, packet: Packet, outputs: &mut Outputs) {
        match packet {
            Packet::Publish(publish) => self.take_publish(*publish, outputs),
            Packet::PublishAck { packet_id } => {
                self.outbox.acknowledge(packet_id);
                self.send_waiting(outputs);
            }
            Packet::Subscribe {
                packet_id,
                topic_filters,
            } => {
                let mut status = Vec::with_capacity(topic_filters.len());
                for (filter, asked) in topic_filters {
                    status.push(match Subject::parse(&filter, &self.device) {
                        Some(subject) => {
                            SubscribeReturnCode::Success(self.subscriptions.grant(subject, asked))
                        }
                        None => SubscribeReturnCode::Failure,
                    });
                }
                self.change_subscriptions(Packet::SubscribeAck { packet_id, status }, outputs);
            }
            Packet::Unsubscribe {
                packet_id,
                topic_filters,
            } => {
                for filter in topic_filters {
                    if let Some(subject) = Subject::parse(&filter, &self.device) {
                        self.subscriptions.revoke(subject);
                    }
                }
                self.change_subscriptions(Packet::UnsubscribeAck { packet_id }, outputs);
            }
            Packet::PingRequest => outputs.packets.push(Packet::PingResponse),
            Packet::Disconnect => outputs.ending = Some(Ending::Disconnected),
            Packet::Connect(_) => {
                outputs.ending = Some(Ending::Violation("it sent a second CONNECT"));
            }
            Packet::PublishReceived { .. }
            | Packet::PublishRelease { .. }
            | Packet::PublishComplete { .. } => {
                outputs.ending = Some(Ending::Violation("it used QoS 2"));
            }
            Packet::ConnectAck(_)
            | Packet::SubscribeAck { .. }
            | Packet::UnsubscribeAck { .. }
            | Packet::PingResponse => {
                outputs.ending = Some(Ending::Violation("it sent a packet that only servers send"));
            }
        }
    }

    /// Keeps the subscriptions when somebody will come back for them, then acknowledges.
    fn change_subscriptions(&mut self, acknowledgment: Packet, outputs: &mut Outputs) {
        if !self.subscriptions.has(Subject::Methods) {
            outputs.takes_methods = Some(false);
        }
        if self.is_persistent && self.remembered != Some(self.subscriptions) {
            self.holds += 1;
            self.remember(Reply::Remembered(acknowledgment));
        } else {
            self.reply(acknowledgment, outputs);
            self.announce_methods(outputs);
        }
    }

    fn remember(&mut self, reply: Reply) {
        self.remembered = Some(self.subscriptions);
        self.ask(Step::Remember(self.subscriptions), reply);
    }

    fn announce_methods(&self, outputs: &mut Outputs) {
        if self.subscriptions.has(Subject::Methods) {
            outputs.takes_methods = Some(true);
        }
    }

    /// Puts a step and the reply to it into their queues.
    fn ask(&mut self, step: Step, reply: Reply) {
        self.steps_bytes += step.size();
        self.steps.push(step);
        self.replies.push_back(reply);
    }

    /// Sends a packet in its turn.
    fn reply(&mut self, packet: Packet, outputs: &mut Outputs) {
        if self.replies.is_empty() {
            outputs.packets.push(packet);
        } else {
            self.replies.push_back(Reply::Ready(packet));
        }
    }

    fn settle(&mut self, outcomes: Vec<Outcome>, outputs: &mut Outputs) {
        for outcome in outcomes {
            self.send_ready(outputs);
            if let Some(reply) = self.replies.pop_front() {
                self.finish(reply, outcome, outputs);
            }
            if outputs.ending.is_some() {
                return;
            }
        }
        self.send_ready(outputs);
        if self.replies.is_empty() {
            self.replies = VecDeque::new();
        }
        self.send_waiting(outputs);
    }

    fn send_ready(&mut self, outputs: &mut Outputs) {
        while let Some(Reply::Ready(packet)) = self
            .replies
            .pop_front_if(|reply| matches!(reply, Reply::Ready(_)))
        {
            outputs.packets.push(packet);
        }
    }

    /// Answers one packet now that its outcome is known.
    fn finish(&mut self, reply: Reply, outcome: Outcome, outputs: &mut Outputs) {
        match reply {
            Reply::Ready(packet) => outputs.packets.push(packet),
            Reply::Kept { acknowledge } => match outcome {
                Outcome::Kept => acknowledge_publish(acknowledge, outputs),
                Outcome::Refused { .. } => {
                    outputs.ending = Some(Ending::Violation("its message was refused"));
                }
                _ => outputs.ending = Some(Ending::StoreUnavailable),
            },
            Reply::Remembered(acknowledgment) => {
                self.holds -= 1;
                if outcome == Outcome::Kept {
                    outputs.packets.push(acknowledgment);
                    self.announce_methods(outputs);
                } else {
                    outputs.ending = Some(Ending::StoreUnavailable);
                }
            }
            Reply::Silent => {
                if outcome != Outcome::Kept {
                    outputs.ending = Some(Ending::StoreUnavailable);
                }
            }
            Reply::Reported { rid, acknowledge } => {
                let (status, version, body) = match outcome {
                    Outcome::Reported { version } => (204, Some(version), Bytes::new()),
                    Outcome::Refused { status, body } => (status, None, body),
                    _ => {
                        outputs.ending = Some(Ending::StoreUnavailable);
                        return;
                    }
                };
                self.respond(
                    &ToDevice::TwinResponse {
                        status,
                        rid: &rid,
                        version,
                    },
                    body,
                    outputs,
                );
                acknowledge_publish(acknowledge, outputs);
            }
            Reply::Twin { rid, acknowledge } => {
                self.holds -= 1;
                let (status, body) = match outcome {
                    Outcome::Twin(body) => (200, body),
                    Outcome::Refused { status, body } => (status, body),
                    _ => {
                        outputs.ending = Some(Ending::StoreUnavailable);
                        return;
                    }
                };
                self.respond(
                    &ToDevice::TwinResponse {
                        status,
                        rid: &rid,
                        version: None,
                    },
                    body,
                    outputs,
                );
                acknowledge_publish(acknowledge, outputs);
            }
        }
    }

    /// A twin response, when the device has subscribed to them.
    fn respond(&self, topic: &ToDevice<'_>, body: Bytes, outputs: &mut Outputs) {
        if self.subscriptions.has(Subject::TwinResponses) {
            outputs.packets.push(unacknowledged(topic, body));
        }
    }

    fn deliver(&mut self, letter: Letter, outputs: &mut Outputs) {
        match letter {
            Letter::Desired {
                notification,
                version,
            } => {
                let Some(granted) = self.subscriptions.granted(Subject::Desired) else {
                    return;
                };
                let message = Message {
                    topic: ToDevice::DesiredChanged { version }.to_string(),
                    // A map of JSON values always has a text.
                    payload: serde_json::to_vec(notification.as_ref())
                        .unwrap_or_default()
                        .into(),
                    is_acknowledged: granted == QoS::AtLeastOnce,
                };
                if self.outbox.push(message).is_err() {
                    outputs.ending = Some(Ending::Goodbye(Goodbye::TooSlow));
                    return;
                }
                self.send_waiting(outputs);
            }
            // At QoS 0 whatever was granted: a request that is repeated later would meet a caller who has given up.
            Letter::Method { rid, name, payload } => {
                let rid = rid.to_string();
                let topic = ToDevice::MethodRequest {
                    name: &name,
                    rid: &rid,
                };
                let body = payload.unwrap_or_default().to_string();
                outputs.packets.push(unacknowledged(&topic, body.into()));
            }
        }
    }

    /// Sends what waits in the outbox, unless a SUBACK or a twin response must come first.
    fn send_waiting(&mut self, outputs: &mut Outputs) {
        if self.holds == 0 {
            while let Some(packet) = self.outbox.next() {
                outputs.packets.push(packet);
            }
        }
    }
}

fn acknowledge_publish(packet_id: Option<NonZeroU16>, outputs: &mut Outputs) {
    if let Some(packet_id) = packet_id {
        outputs.packets.push(Packet::PublishAck { packet_id });
    }
}

fn unacknowledged(topic: &ToDevice<'_>, payload: Bytes) -> Packet {
    Packet::Publish(Box::new(Publish {
        dup: false,
        retain: false,
        qos: QoS::AtMostOnce,
        topic: topic.to_string().into(),
        packet_id: None,
        payload,
        properties: None,
    }))
}

#[cfg(test)]
mod tests;

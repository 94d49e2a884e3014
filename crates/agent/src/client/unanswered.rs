//! The requests that the hub has not answered, in the order in which they were made.
//!
//! A request knows the packet it is, so that it can be sent again as it was. Telemetry is known by its packet id and goes
//! at `QoS` 1; what asks for the twin or reports is known by its request id and goes at `QoS` 0, since its answer says more
//! than an acknowledgment would.

use std::collections::VecDeque;
use std::num::NonZeroU16;

use bytes::Bytes;
use rmqtt_codec::types::{Publish, QoS};
use rmqtt_codec::v3::Packet;
use tokio::sync::oneshot;
use tokio::time::Instant;
use wire::property_bag::PropertyBag;
use wire::topic::FromDevice;

use super::{ClientError, Document, Message};

/// A request under way.
pub(super) struct Request {
    id: Id,
    topic: String,
    payload: Bytes,
    /// When it was last sent.
    pub(super) sent: Instant,
    /// Who waits for the answer.
    pub(super) done: Done,
}

#[derive(Clone, Copy, PartialEq)]
enum Id {
    /// Acknowledged by packet id.
    Packet(NonZeroU16),
    /// Answered by request id.
    Request(u64),
}

/// Where an answer goes.
pub(super) enum Done {
    Telemetry(oneshot::Sender<Result<(), ClientError>>),
    Twin(oneshot::Sender<Result<Document, ClientError>>),
    Report(oneshot::Sender<Result<u64, ClientError>>),
}

/// All requests under way.
#[derive(Default)]
pub(super) struct Unanswered {
    requests: VecDeque<Request>,
    last_packet_id: u16,
    last_rid: u64,
}

impl Unanswered {
    pub(super) fn telemetry(
        &mut self,
        device_id: &str,
        message: Message,
        done: oneshot::Sender<Result<(), ClientError>>,
        sent: Instant,
    ) -> Packet {
        let topic = telemetry_topic(device_id, &message);
        let id = Id::Packet(self.next_packet_id());
        self.push(Request {
            id,
            topic,
            payload: message.body,
            sent,
            done: Done::Telemetry(done),
        })
    }

    pub(super) fn twin(
        &mut self,
        done: oneshot::Sender<Result<Document, ClientError>>,
        sent: Instant,
    ) -> Packet {
        let rid = self.next_rid();
        let topic = FromDevice::TwinGet {
            rid: &rid.to_string(),
        }
        .to_string();
        let payload = Bytes::from_static(b" ");
        self.push(Request {
            id: Id::Request(rid),
            topic,
            payload,
            sent,
            done: Done::Twin(done),
        })
    }

    pub(super) fn report(
        &mut self,
        patch: Bytes,
        done: oneshot::Sender<Result<u64, ClientError>>,
        sent: Instant,
    ) -> Packet {
        let rid = self.next_rid();
        let topic = report_topic(rid);
        self.push(Request {
            id: Id::Request(rid),
            topic,
            payload: patch,
            sent,
            done: Done::Report(done),
        })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    /// When the oldest was sent.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.requests.front().map(|request| request.sent)
    }

    /// All of them once more, in order, for a new connection.
    pub(super) fn again(&mut self, now: Instant) -> Vec<Packet> {
        for request in &mut self.requests {
            request.sent = now;
        }
        self.requests
            .iter()
            .map(|request| request.packet(true))
            .collect()
    }

    /// Takes the request that was sent with this packet id.
    pub(super) fn take_packet(&mut self, packet_id: NonZeroU16) -> Option<Request> {
        self.take(Id::Packet(packet_id))
    }

    /// Takes the request with this request id, as the hub echoed it.
    pub(super) fn take_request(&mut self, rid: &str) -> Option<Request> {
        self.take(Id::Request(rid.parse().ok()?))
    }

    /// The next packet id that no unacknowledged message uses.
    pub(super) fn next_packet_id(&mut self) -> NonZeroU16 {
        loop {
            self.last_packet_id = self.last_packet_id.wrapping_add(1);
            if let Some(id) = NonZeroU16::new(self.last_packet_id)
                && !self
                    .requests
                    .iter()
                    .any(|request| request.id == Id::Packet(id))
            {
                return id;
            }
        }
    }

    fn next_rid(&mut self) -> u64 {
        self.last_rid += 1;
        self.last_rid
    }

    fn push(&mut self, request: Request) -> Packet {
        let packet = request.packet(false);
        self.requests.push_back(request);
        packet
    }

    fn take(&mut self, id: Id) -> Option<Request> {
        // The hub answers mostly in order, so the first is mostly it.
        let index = self.requests.iter().position(|request| request.id == id)?;
        self.requests.remove(index)
    }
}

impl Request {
    /// The packet that carries it, marked as a duplicate when it is sent again.
    fn packet(&self, again: bool) -> Packet {
        let (topic, payload) = (self.topic.clone(), self.payload.clone());
        match self.id {
            Id::Packet(packet_id) => Packet::Publish(Box::new(Publish {
                dup: again,
                retain: false,
                qos: QoS::AtLeastOnce,
                topic: topic.into(),
                packet_id: Some(packet_id),
                payload,
                properties: None,
            })),
            Id::Request(_) => fire(topic, payload),
        }
    }
}

/// A message at `QoS` 0.
pub(super) fn fire(topic: String, payload: Bytes) -> Packet {
    Packet::Publish(Box::new(Publish {
        dup: false,
        retain: false,
        qos: QoS::AtMostOnce,
        topic: topic.into(),
        packet_id: None,
        payload,
        properties: None,
    }))
}

/// The topic of a reported patch.
pub(super) fn report_topic(rid: u64) -> String {
    FromDevice::ReportedPatch {
        rid: &rid.to_string(),
        version: None,
    }
    .to_string()
}

/// The topic of a telemetry message, with its properties.
fn telemetry_topic(device_id: &str, message: &Message) -> String {
    let mut bag = PropertyBag::default();
    let system = [
        ("$.ct", &message.content_type),
        ("$.ce", &message.content_encoding),
    ];
    for (key, value) in system {
        if let Some(value) = value {
            bag.push(key, Some(value));
        }
    }
    for (key, value) in &message.properties {
        bag.push(key, Some(value));
    }
    FromDevice::Message {
        device_id,
        module_id: None,
        properties: &bag.to_string(),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn packet_ids_are_never_zero_nor_shared() {
        let mut unanswered = Unanswered {
            last_packet_id: u16::MAX - 1,
            ..Unanswered::default()
        };
        let mut ids = Vec::new();
        for _ in 0..4 {
            let (done, _) = oneshot::channel();
            let packet = unanswered.telemetry("d", Message::default(), done, Instant::now());
            let Packet::Publish(publish) = packet else {
                panic!("{packet:?}")
            };
            ids.push(publish.packet_id.unwrap().get());
        }
        assert_eq!(ids, [u16::MAX, 1, 2, 3]);
        unanswered.last_packet_id = 0;
        unanswered.take_packet(NonZeroU16::new(2).unwrap()).unwrap();
        assert_eq!(
            unanswered.next_packet_id().get(),
            2,
            "1 is taken, 2 is free again"
        );
        assert!(
            unanswered
                .take_packet(NonZeroU16::new(2).unwrap())
                .is_none()
        );
    }
}

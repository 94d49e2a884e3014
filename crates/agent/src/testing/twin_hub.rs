//! A hub for one device, with a real twin: it accepts, answers, and writes down what it sees.

use rmqtt_codec::types::Publish;
use rmqtt_codec::v3::{ConnectAckReason, Packet, SubscribeReturnCode};
use serde_json::{Value, json};
use tokio::time::Instant;
use twin::Map;
use twin::document::{ServiceChange, Twin};
use wire::topic::{FromDevice, ToDevice};

use super::{FakeHub, MORNING, Peer};

/// What a hub saw of its device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    /// It connected.
    Connected,
    /// It said goodbye.
    Farewell,
    /// The stream ended without a word.
    Dropped,
    /// It reported this.
    Reported(Map),
    /// It sent this message.
    Telemetry(Value),
    /// It answered a method.
    Answered(i64, Value),
}

/// A hub that serves one device until it is dropped.
pub(crate) struct TwinHub {
    hub: FakeHub,
    /// The device's twin.
    pub(crate) twin: Twin,
    peer: Option<Peer>,
    was_connected: bool,
    calls: u64,
    began: Instant,
    /// Everything seen so far, with the time since the beginning in milliseconds.
    pub(crate) seen: Vec<(u128, Seen)>,
}

impl TwinHub {
    pub(crate) fn new(hub: FakeHub) -> Self {
        let twin = Twin::new(MORNING);
        Self {
            hub,
            twin,
            peer: None,
            was_connected: false,
            calls: 0,
            began: Instant::now(),
            seen: Vec::new(),
        }
    }

    /// The hub's door, for another process of the same device.
    pub(crate) fn fake(&self) -> FakeHub {
        self.hub.clone()
    }

    /// Serves until `done` says that enough was seen; it is asked after every event.
    pub(crate) async fn serve_until(&mut self, mut done: impl FnMut(&Self) -> bool) {
        while !done(self) {
            self.step().await;
        }
    }

    /// Serves for some time.
    pub(crate) async fn serve_for(&mut self, lasting: std::time::Duration) {
        let end = Instant::now() + lasting;
        while tokio::time::timeout_at(end, self.step()).await.is_ok() {}
    }

    /// Serves one event.
    async fn step(&mut self) {
        if let Some(peer) = &mut self.peer {
            if let Some(packet) = peer.next().await {
                self.take(packet).await;
            } else {
                self.peer = None;
                self.note(Seen::Dropped);
            }
        } else {
            let mut peer = self.hub.arrival().await;
            peer.expect_connect().await;
            peer.answer_connect(ConnectAckReason::ConnectionAccepted, self.was_connected)
                .await;
            self.was_connected = true;
            self.peer = Some(peer);
            self.note(Seen::Connected);
        }
    }

    async fn take(&mut self, packet: Packet) {
        match packet {
            Packet::Publish(publish) => self.published(&publish).await,
            Packet::PingRequest => {
                self.peer().send(Packet::PingResponse).await;
            }
            Packet::Subscribe {
                packet_id,
                topic_filters,
            } => {
                let status = topic_filters
                    .iter()
                    .map(|(_, qos)| SubscribeReturnCode::Success(*qos))
                    .collect();
                self.peer()
                    .send(Packet::SubscribeAck { packet_id, status })
                    .await;
            }
            Packet::Disconnect => {
                self.peer = None;
                self.note(Seen::Farewell);
            }
            other => panic!("{other:?} was not expected"),
        }
    }

    async fn published(&mut self, publish: &Publish) {
        let topic = publish.topic.to_string();
        match FromDevice::parse(&topic).expect("a topic of the contract") {
            FromDevice::TwinGet { rid } => {
                let body = twin::view::device_twin(&self.twin).to_string();
                let topic = ToDevice::TwinResponse {
                    status: 200,
                    rid,
                    version: None,
                };
                self.peer().tell(topic, body).await;
            }
            FromDevice::ReportedPatch { rid, .. } => {
                let patch: Map = serde_json::from_slice(&publish.payload).unwrap();
                self.twin
                    .apply_reported(&patch, None, MORNING)
                    .expect("a patch that a twin takes");
                let version = Some(self.twin.reported.version);
                let topic = ToDevice::TwinResponse {
                    status: 204,
                    rid,
                    version,
                };
                self.peer().tell(topic, "").await;
                self.note(Seen::Reported(patch));
            }
            FromDevice::Message { .. } => {
                self.peer().acknowledge(publish).await;
                self.note(Seen::Telemetry(
                    serde_json::from_slice(&publish.payload).unwrap(),
                ));
            }
            FromDevice::MethodResponse { status, .. } => {
                let payload = serde_json::from_slice(&publish.payload).unwrap();
                self.note(Seen::Answered(status.parse().unwrap(), payload));
            }
        }
    }

    /// Asks for something; tells the device when it is connected.
    pub(crate) async fn desire(&mut self, desired: Value) {
        let body = json!({ "properties": { "desired": desired } });
        let change = ServiceChange::from_patch_body(&body).unwrap();
        let applied = self.twin.apply_service(&change, MORNING).unwrap();
        let version = self.twin.desired.version;
        if let (Some(notification), Some(peer)) = (applied.desired_notification, &mut self.peer) {
            let body = Value::Object(notification).to_string();
            peer.tell(ToDevice::DesiredChanged { version }, body).await;
        }
    }

    /// Calls a method and returns the device's answer.
    pub(crate) async fn call(&mut self, name: &str, payload: Value) -> (i64, Value) {
        self.calls += 1;
        let rid = format!("call-{}", self.calls);
        let topic = ToDevice::MethodRequest { name, rid: &rid };
        self.peer().tell(topic, payload.to_string()).await;
        let before = self.answers().len();
        self.serve_until(|hub| hub.answers().len() > before).await;
        self.answers().pop().unwrap()
    }

    fn answers(&self) -> Vec<(i64, Value)> {
        self.seen
            .iter()
            .filter_map(|(_, seen)| match seen {
                Seen::Answered(status, payload) => Some((*status, payload.clone())),
                _ => None,
            })
            .collect()
    }

    /// Cuts the connection.
    pub(crate) fn cut(&mut self) {
        self.peer = None;
    }

    /// How often an event of this sort was seen.
    pub(crate) fn count(&self, of: impl Fn(&Seen) -> bool) -> usize {
        self.seen.iter().filter(|(_, seen)| of(seen)).count()
    }

    /// A reported value at a dotted path; `null` when there is none.
    pub(crate) fn reported(&self, path: &str) -> Value {
        let parts: Vec<&str> = path.split('.').collect();
        twin::value::lookup(&self.twin.reported.values, &parts)
            .cloned()
            .unwrap_or(Value::Null)
    }

    fn peer(&mut self) -> &mut Peer {
        self.peer.as_mut().expect("the device is connected")
    }

    fn note(&mut self, seen: Seen) {
        self.seen.push((self.began.elapsed().as_millis(), seen));
    }
}

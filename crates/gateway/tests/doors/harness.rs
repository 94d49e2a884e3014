//! A gateway over a real fleet and a real SQLite store in a temporary directory, with a clock that stands still; and the
//! client's ends of its connections.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use bytes::BytesMut;
use fleet::clock::{ManualClock, SeededRng};
use fleet::provision::NewDevice;
use fleet::{Fleet, Parts, Principal, SealingKey};
use gateway::Limits;
use gateway::mock::Mock;
use rmqtt_codec::types::{Publish, QoS};
use rmqtt_codec::v3::{Codec, Connect, ConnectAck, ConnectAckReason, Packet};
use serde_json::Value;
use store::Maintenance as _;
use store::sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_util::codec::{Decoder as _, Encoder as _};
use twin::id::DeviceId;
use twin::time::Timestamp;

/// The host, key and device of the test vectors in contract section 1.1.
pub(crate) const HOST: &str = "localhost";
pub(crate) const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
pub(crate) const DEVICE: &str = "dev-1";
pub(crate) const SYSTEM: Principal = Principal::System("test");
/// Long enough for a loaded machine; no test waits for it unless it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A fleet in a temporary directory.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
    pub(crate) fleet: Fleet,
    pub(crate) clock: Arc<ManualClock>,
    store: Arc<SqliteStore>,
}

/// A fleet with a gateway in memory.
pub(crate) struct House {
    pub(crate) home: Home,
    pub(crate) gateway: Mock,
}

impl Deref for House {
    type Target = Home;

    fn deref(&self) -> &Home {
        &self.home
    }
}

impl House {
    /// With the device of the test vectors.
    pub(crate) async fn open() -> Self {
        Self::open_with(limits()).await
    }

    pub(crate) async fn open_with(limits: Limits) -> Self {
        let home = Home::open().await;
        let gateway = Mock::new(home.fleet.clone(), HOST, limits);
        Self { home, gateway }
    }

    /// Closes everything and opens it again over the same files.
    pub(crate) async fn restart(self) -> Self {
        let Self { home, gateway } = self;
        assert!(gateway.shutdown(PATIENCE).await);
        assert!(home.fleet.shutdown(PATIENCE).await);
        home.store.close().await;
        let home = Home::open_in(home.folder).await;
        let gateway = Mock::new(home.fleet.clone(), HOST, limits());
        Self { home, gateway }
    }

    pub(crate) fn client(&self) -> Client {
        Client {
            stream: self.gateway.connect(),
            codec: Codec::new(0),
            unread: BytesMut::new(),
        }
    }

    /// A client that was let in with CleanSession = 0, and whether it found its session.
    pub(crate) async fn online(&self, name: &str) -> (Client, bool) {
        let mut client = self.client();
        client.send(connect(name)).await;
        let session_present = client.accepted().await;
        (client, session_present)
    }

    /// Asks as `iothubowner`.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        if_match: Option<&str>,
        body: Option<Value>,
    ) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(format!(
                "{path}{}api-version=2021-04-12",
                if path.contains('?') { '&' } else { '?' }
            ))
            .header("authorization", self.token("iothubowner"));
        if let Some(etag) = if_match {
            request = request.header("if-match", etag);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.gateway.call(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        }
    }
}

impl Home {
    /// With the device of the test vectors.
    pub(crate) async fn open() -> Self {
        let home = Self::open_in(TempDir::new().unwrap()).await;
        home.register(DEVICE).await;
        home
    }

    async fn open_in(folder: TempDir) -> Self {
        let start = Timestamp::parse("2026-11-22T10:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::new(start));
        let store = store::sqlite::open(&database(folder.path())).await.unwrap();
        let fleet = Fleet::open(Parts {
            store: Arc::clone(&store) as Arc<dyn store::Store>,
            clock: Arc::clone(&clock) as Arc<dyn fleet::clock::Clock>,
            rng: Arc::new(SeededRng::new(7)),
            sealing_key: SealingKey::new([7; 32]),
            host_name: HOST.to_owned(),
            limits: fleet::Limits::default(),
        })
        .await
        .unwrap();
        Self {
            folder,
            fleet,
            clock,
            store,
        }
    }

    /// Registers a device with the key of the test vectors.
    pub(crate) async fn register(&self, name: &str) -> DeviceId {
        let id = DeviceId::parse(name).unwrap();
        let new = NewDevice {
            keys: Some((KEY.to_owned(), KEY.to_owned())),
            ..NewDevice::new(id.clone())
        };
        self.fleet.provision().create(&SYSTEM, new).await.unwrap();
        id
    }

    /// Keeps the store from committing until it is released.
    pub(crate) async fn stall(&self) -> Stall {
        use sqlx::Connection as _;
        let mut connection = sqlx::SqliteConnection::connect(&database(self.folder.path()))
            .await
            .unwrap();
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut connection)
            .await
            .unwrap();
        Stall(connection)
    }

    /// The twin as service clients see it.
    pub(crate) async fn twin(&self, name: &str) -> Value {
        let id = DeviceId::parse(name).unwrap();
        self.fleet
            .monitor()
            .record(&SYSTEM, &id)
            .await
            .unwrap()
            .unwrap()
            .service_twin()
    }

    pub(crate) async fn patch(&self, name: &str, body: Value) {
        let id = DeviceId::parse(name).unwrap();
        let change = twin::document::ServiceChange::from_patch_body(&body).unwrap();
        self.fleet
            .configure()
            .change_twin(&SYSTEM, &id, change, twin::id::Match::Any, None)
            .await
            .unwrap();
    }

    /// A token of a policy for the whole hub.
    pub(crate) fn token(&self, policy: &str) -> String {
        let policy = self.fleet.access().policy(policy).unwrap();
        wire::sas::build(HOST, &policy.primary_key, Some(&policy.name), far_away())
    }
}

/// A write lock on the database.
pub(crate) struct Stall(sqlx::SqliteConnection);

impl Stall {
    /// Lets the store commit again.
    pub(crate) async fn release(mut self) {
        sqlx::query("ROLLBACK").execute(&mut self.0).await.unwrap();
    }
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self.body
    }

    /// Asserts the shape of contract section 4.1 and gives status and code.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, String) {
        let header = self.headers["iothub-errorcode"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(
            self.headers["content-type"],
            "application/json; charset=utf-8"
        );
        let message = self.body["Message"].as_str().unwrap();
        let (code, text) = message.split_once(';').unwrap();
        assert_eq!(code, format!("ErrorCode:{header}"));
        assert!(!text.is_empty() && !text.contains(';'));
        assert!(
            self.body["ExceptionMessage"]
                .as_str()
                .unwrap()
                .starts_with("Tracking ID:")
        );
        (self.status.as_u16(), header)
    }
}

/// The client's end of a connection.
pub(crate) struct Client {
    stream: DuplexStream,
    codec: Codec,
    unread: BytesMut,
}

impl Client {
    pub(crate) async fn send(&mut self, packet: Packet) {
        let mut bytes = BytesMut::new();
        self.codec.encode(packet, &mut bytes).unwrap();
        self.send_bytes(&bytes).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Sends bytes to a hub that may have hung up already.
    pub(crate) async fn try_send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Ends the connection without a word and waits until the hub has done the same.
    pub(crate) async fn hang_up(mut self) {
        let _ = self.stream.shutdown().await;
        let mut rest = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut rest))
            .await
            .expect("the hub hangs up too");
    }

    /// The next packet, or `None` when the hub has hung up.
    pub(crate) async fn next(&mut self) -> Option<Packet> {
        tokio::time::timeout(PATIENCE, self.read())
            .await
            .expect("the hub says something")
    }

    async fn read(&mut self) -> Option<Packet> {
        loop {
            if let Some((packet, _)) = self.codec.decode(&mut self.unread).unwrap() {
                return Some(packet);
            }
            if self.stream.read_buf(&mut self.unread).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    /// The next packet in short; see [`short`].
    pub(crate) async fn hears(&mut self) -> String {
        self.next()
            .await
            .map_or_else(|| "closed".to_owned(), |packet| short(&packet))
    }

    /// Asserts that the CONNECT was accepted; whether a session was found.
    pub(crate) async fn accepted(&mut self) -> bool {
        match self.next().await {
            Some(Packet::ConnectAck(ConnectAck {
                return_code: ConnectAckReason::ConnectionAccepted,
                session_present,
            })) => session_present,
            other => panic!("not accepted: {other:?}"),
        }
    }

    /// Subscribes to everything a device can, at QoS 1.
    pub(crate) async fn subscribe_all(&mut self) {
        let filters = [
            "$iothub/methods/POST/#",
            "$iothub/twin/res/#",
            "$iothub/twin/PATCH/properties/desired/#",
        ];
        let topic_filters = filters
            .map(|filter| (filter.into(), QoS::AtLeastOnce))
            .to_vec();
        self.send(Packet::Subscribe {
            packet_id: 1.try_into().unwrap(),
            topic_filters,
        })
        .await;
        let suback = self.hears().await;
        assert!(suback.starts_with("suback 1"), "{suback}");
    }

    /// At QoS 1, or at QoS 0 with packet id 0.
    pub(crate) async fn publish(&mut self, packet_id: u16, topic: &str, payload: &str) {
        self.send(publish(packet_id, topic, payload)).await;
    }

    /// Sends a ping and asserts that nothing else comes before its answer.
    pub(crate) async fn is_silent(&mut self) {
        self.send(Packet::PingRequest).await;
        assert_eq!(self.hears().await, "pong");
    }

    /// Sends a ping and passes over what an earlier connection has left, until it is answered.
    pub(crate) async fn is_silent_after_leftovers(&mut self) {
        self.send(Packet::PingRequest).await;
        while self.hears().await != "pong" {}
    }

    pub(crate) async fn disconnect(mut self) {
        self.send(Packet::Disconnect).await;
        assert_eq!(self.hears().await, "closed");
    }
}

pub(crate) fn publish(packet_id: u16, topic: &str, payload: &str) -> Packet {
    let packet_id = packet_id.try_into().ok();
    Packet::Publish(Box::new(Publish {
        dup: false,
        retain: false,
        qos: if packet_id.is_some() {
            QoS::AtLeastOnce
        } else {
            QoS::AtMostOnce
        },
        topic: topic.into(),
        packet_id,
        payload: payload.to_owned().into(),
        properties: None,
    }))
}

/// A packet from the hub as text: topics with their payload, acknowledgments with their id.
pub(crate) fn short(packet: &Packet) -> String {
    match packet {
        Packet::ConnectAck(ack) => format!("connack {}", u8::from(ack.return_code)),
        Packet::Publish(publish) => {
            let body = std::str::from_utf8(&publish.payload).unwrap();
            let id = publish
                .packet_id
                .map(|id| format!(" #{id}"))
                .unwrap_or_default();
            format!(
                "{} {body}{id}{}",
                publish.topic,
                if publish.dup { " again" } else { "" }
            )
        }
        Packet::PublishAck { packet_id } => format!("puback {packet_id}"),
        Packet::SubscribeAck { packet_id, status } => format!("suback {packet_id} {status:?}"),
        Packet::UnsubscribeAck { packet_id } => format!("unsuback {packet_id}"),
        Packet::PingResponse => "pong".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A CONNECT as the SDKs write it.
pub(crate) fn connect(name: &str) -> Packet {
    Packet::Connect(Box::new(connect_fields(name)))
}

pub(crate) fn connect_fields(name: &str) -> Connect {
    Connect {
        clean_session: false,
        keep_alive: 60,
        client_id: name.into(),
        username: Some(format!("{HOST}/{name}/?api-version=2021-04-12").into()),
        password: Some(device_token(name, far_away()).into()),
        ..Connect::default()
    }
}

pub(crate) fn device_token(name: &str, expires_at: Timestamp) -> String {
    let key = wire::sas::decode_key(KEY).unwrap();
    wire::sas::build(
        &wire::sas::resource_of_device(HOST, name),
        &key,
        None,
        expires_at,
    )
}

pub(crate) fn far_away() -> Timestamp {
    Timestamp::parse("2030-01-01T00:00:00Z").unwrap()
}

/// Without the pause between two connections of one device.
pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.takeover_pace = Duration::ZERO;
    limits
}

/// A packet of a fixture file.
pub(crate) fn fixture(file: &str, name: &str) -> Vec<u8> {
    let lines = file
        .lines()
        .skip_while(|line| line.trim() != format!("{name} ="));
    let hex = lines.skip(1).take_while(|line| line.starts_with("  "));
    let bytes: Vec<u8> = hex
        .flat_map(str::split_whitespace)
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect();
    assert!(!bytes.is_empty(), "the fixture has no {name}");
    bytes
}

fn database(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("tandem.db").display())
}

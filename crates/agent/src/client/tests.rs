//! The client against a hub that the test plays, packet by packet, in simulated time.

use std::time::Duration;

use rmqtt_codec::types::QoS;
use rmqtt_codec::v3::{ConnectAckReason, Packet};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::topic::ToDevice;

use super::*;
use crate::model::object;
use crate::testing::{FakeHub, Peer, publish};

/// A running client with the test's end of everything.
struct Stage {
    hub: FakeHub,
    client: Client,
    events: mpsc::Receiver<Event>,
    tally: Arc<Tally>,
    shutdown: CancellationToken,
    running: JoinHandle<()>,
}

fn stage_with(settings: impl FnOnce(&mut Settings)) -> Stage {
    let hub = FakeHub::new();
    let mut of_client = hub.settings("dev-1");
    settings(&mut of_client);
    let tally = Arc::clone(&of_client.tally);
    let (client, events, driver) = connect(of_client);
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(driver.run(shutdown.clone()));
    Stage {
        hub,
        client,
        events,
        tally,
        shutdown,
        running,
    }
}

/// A client that is connected.
async fn online() -> (Stage, Peer) {
    let mut stage = stage_with(|_| {});
    let mut peer = stage.hub.arrival().await;
    peer.welcome().await;
    assert!(matches!(
        stage.events.recv().await,
        Some(Event::Online { resumed: false })
    ));
    (stage, peer)
}

async fn answer_twin(peer: &mut Peer, status: u16, version: Option<u64>, body: &str) {
    let request = peer.expect_publish().await;
    let (_, rid) = request.topic.split_once("$rid=").unwrap();
    peer.tell(
        ToDevice::TwinResponse {
            status,
            rid,
            version,
        },
        body.to_owned(),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_introduces_itself_as_the_contract_asks() {
    let stage = stage_with(|_| {});
    let mut peer = stage.hub.arrival().await;
    let connect = peer.expect_connect().await;
    assert_eq!(connect.client_id, "dev-1");
    assert_eq!((connect.clean_session, connect.keep_alive), (false, 60));
    assert!(
        connect
            .username
            .unwrap()
            .starts_with("localhost/dev-1/?api-version=")
    );
    let password = String::from_utf8(connect.password.unwrap().to_vec()).unwrap();
    assert!(
        password.contains("sr=localhost%2Fdevices%2Fdev-1&") && password.contains("&se=1795338000"),
        "{password}"
    );
    peer.answer_connect(ConnectAckReason::ConnectionAccepted, false)
        .await;
    let filters = peer.grant_subscriptions().await;
    assert_eq!(
        filters,
        [
            "$iothub/twin/res/#",
            "$iothub/twin/PATCH/properties/desired/#",
            "$iothub/methods/POST/#"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn telemetry_is_acknowledged_when_the_hub_says_so() {
    let (stage, mut peer) = online().await;
    let message = Message {
        properties: vec![("alarm".to_owned(), "a/b".to_owned())],
        ..Message::json(&json!({ "v": 1 }))
    };
    let mut pending = stage.client.telemetry(message).await.unwrap();
    let sent = peer.expect_publish().await;
    assert_eq!(sent.qos, QoS::AtLeastOnce);
    assert_eq!(
        sent.topic,
        "devices/dev-1/messages/events/%24.ct=application%2Fjson&%24.ce=utf-8&alarm=a%2Fb"
    );
    assert_eq!(sent.payload, r#"{"v":1}"#);
    assert!(
        tokio::time::timeout(Duration::from_secs(1), &mut pending)
            .await
            .is_err()
    );
    peer.acknowledge(&sent).await;
    assert_eq!(pending.await, Ok(()));
    assert_eq!(stage.tally.telemetry.get(), 1);
    assert!(stage.tally.telemetry_latency.max() >= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn requests_find_their_answers_in_any_order() {
    let (stage, mut peer) = online().await;
    let client = stage.client.clone();
    let hub = async {
        let (first, second) = (peer.expect_publish().await, peer.expect_publish().await);
        let rid = |topic: &str| topic.split_once("$rid=").unwrap().1.to_owned();
        assert!(
            second
                .topic
                .starts_with("$iothub/twin/PATCH/properties/reported/?$rid=")
        );
        assert_eq!(second.payload, r#"{"a":1}"#);
        peer.tell(
            ToDevice::TwinResponse {
                status: 204,
                rid: &rid(&second.topic),
                version: Some(8),
            },
            "",
        )
        .await;
        let body = r#"{"desired":{"x":1,"$version":4},"reported":{"y":2,"$version":7}}"#;
        peer.tell(
            ToDevice::TwinResponse {
                status: 200,
                rid: "no-such",
                version: None,
            },
            body,
        )
        .await;
        peer.tell(
            ToDevice::TwinResponse {
                status: 200,
                rid: &rid(&first.topic),
                version: None,
            },
            body,
        )
        .await;
    };
    let patch = object!({ "a": 1 });
    let (document, version, ()) = tokio::join!(client.twin(), client.report(&patch), hub);
    assert_eq!(version, Ok(8));
    let document = document.unwrap();
    assert_eq!(
        (document.desired_version, document.reported_version),
        (4, 7)
    );
    assert_eq!(
        (document.desired, document.reported),
        (object!({ "x": 1 }), object!({ "y": 2 }))
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_brings_the_hubs_words() {
    let (stage, mut peer) = online().await;
    let patch = object!({ "$version": 1 });
    let (outcome, ()) = tokio::join!(
        stage.client.report(&patch),
        answer_twin(
            &mut peer,
            400,
            None,
            r#"{"errorCode":400004,"message":"$version is not yours."}"#
        )
    );
    assert_eq!(
        outcome,
        Err(ClientError::Refused {
            status: 400,
            message: "$version is not yours.".to_owned()
        })
    );
    let (outcome, ()) = tokio::join!(
        stage.client.twin(),
        answer_twin(&mut peer, 200, None, "not a twin")
    );
    assert_eq!(outcome, Err(ClientError::Unreadable));
}

#[tokio::test(start_paused = true)]
async fn notifications_and_calls_reach_the_device() {
    let (mut stage, mut peer) = online().await;
    let topic = ToDevice::DesiredChanged { version: 5 };
    peer.send(publish(
        topic,
        r#"{"a":null,"$version":5}"#,
        std::num::NonZeroU16::new(9),
    ))
    .await;
    let Some(Event::Desired { version: 5, patch }) = stage.events.recv().await else {
        panic!("a notification")
    };
    assert_eq!(patch["a"], Value::Null);
    assert_eq!(
        peer.next().await,
        Some(Packet::PublishAck {
            packet_id: std::num::NonZeroU16::new(9).unwrap()
        })
    );

    for (payload, expected) in [
        ("null", json!(null)),
        (r#""""#, json!("")),
        ("{}", json!({})),
        ("[1]", json!([1])),
        ("5", json!(5)),
        ("", json!(null)),
    ] {
        peer.tell(
            ToDevice::MethodRequest {
                name: "echo",
                rid: "r-1",
            },
            payload,
        )
        .await;
        let Some(Event::Method(call)) = stage.events.recv().await else {
            panic!("a call")
        };
        assert_eq!((call.name.as_str(), &call.payload), ("echo", &expected));
        stage
            .client
            .answer(
                call,
                Answer {
                    status: 299,
                    payload: expected.clone(),
                },
            )
            .await
            .unwrap();
        let answer = peer.expect_publish().await;
        assert_eq!(answer.topic, "$iothub/methods/res/299/?$rid=r-1");
        assert_eq!(answer.payload, expected.to_string());
    }
    peer.tell(
        ToDevice::MethodRequest {
            name: "echo",
            rid: "r-2",
        },
        "{not json",
    )
    .await;
    assert_eq!(
        peer.expect_publish().await.topic,
        "$iothub/methods/res/400/?$rid=r-2"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_not_answered_is_sent_again_and_a_kept_session_is_not_subscribed_again() {
    let (mut stage, mut peer) = online().await;
    let pending = stage
        .client
        .telemetry(Message::json(&json!(1)))
        .await
        .unwrap();
    let client = stage.client.clone();
    let report = tokio::spawn(async move { client.report(&object!({ "a": 1 })).await });
    let (telemetry, patch) = (peer.expect_publish().await, peer.expect_publish().await);
    assert!(!telemetry.dup);
    drop(peer);
    assert!(matches!(
        stage.events.recv().await,
        Some(Event::Offline { why: Loss::Closed })
    ));

    let mut peer = stage.hub.arrival().await;
    peer.expect_connect().await;
    peer.answer_connect(ConnectAckReason::ConnectionAccepted, true)
        .await;
    let (again, patch_again) = (peer.expect_publish().await, peer.expect_publish().await);
    assert!(again.dup);
    assert_eq!(
        (again.packet_id, &again.payload),
        (telemetry.packet_id, &telemetry.payload)
    );
    assert_eq!(
        (&patch_again.topic, &patch_again.payload),
        (&patch.topic, &patch.payload)
    );
    assert!(matches!(
        stage.events.recv().await,
        Some(Event::Online { resumed: true })
    ));
    peer.acknowledge(&again).await;
    let rid = patch_again.topic.split_once("$rid=").unwrap().1.to_owned();
    peer.tell(
        ToDevice::TwinResponse {
            status: 204,
            rid: &rid,
            version: Some(2),
        },
        "",
    )
    .await;
    assert_eq!(pending.await, Ok(()));
    assert_eq!(report.await.unwrap(), Ok(2));
    assert_eq!(
        (
            stage.tally.connects.get(),
            stage.tally.reconnects.get(),
            stage.tally.resumed.get()
        ),
        (1, 1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_that_the_hub_forgot_is_subscribed_again() {
    let (stage, peer) = online().await;
    drop(peer);
    let mut peer = stage.hub.arrival().await;
    peer.expect_connect().await;
    peer.answer_connect(ConnectAckReason::ConnectionAccepted, false)
        .await;
    assert_eq!(peer.grant_subscriptions().await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn answers_to_calls_of_a_lost_connection_are_dropped() {
    let (mut stage, mut peer) = online().await;
    peer.tell(
        ToDevice::MethodRequest {
            name: "slow",
            rid: "old",
        },
        "null",
    )
    .await;
    let Some(Event::Method(call)) = stage.events.recv().await else {
        panic!("a call")
    };
    drop(peer);
    let mut peer = stage.hub.arrival().await;
    peer.welcome().await;
    stage
        .client
        .answer(call, Answer::ok(Value::Null))
        .await
        .unwrap();
    let pending = stage
        .client
        .telemetry(Message::json(&json!(1)))
        .await
        .unwrap();
    let next = peer.expect_publish().await;
    assert!(next.topic.starts_with("devices/"), "{}", next.topic);
    drop(pending);
}

#[tokio::test(start_paused = true)]
async fn an_idle_client_pings_and_gives_up_on_a_mute_hub() {
    let (mut stage, mut peer) = online().await;
    let began = Instant::now();
    for _ in 0..3 {
        assert_eq!(peer.next().await, Some(Packet::PingRequest));
        peer.send(Packet::PingResponse).await;
    }
    assert_eq!(began.elapsed().as_secs(), 3 * 45);
    assert_eq!(peer.next().await, Some(Packet::PingRequest));
    assert_eq!(peer.next().await, None);
    assert!(matches!(
        stage.events.recv().await,
        Some(Event::Offline {
            why: Loss::NoAnswer(_)
        })
    ));
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_request_ends_the_connection() {
    let (mut stage, mut peer) = online().await;
    let pending = stage
        .client
        .telemetry(Message::json(&json!(1)))
        .await
        .unwrap();
    peer.expect_publish().await;
    // The hub answers pings, and nothing else.
    while let Some(packet) = peer.next().await {
        assert_eq!(packet, Packet::PingRequest);
        peer.send(Packet::PingResponse).await;
    }
    assert!(matches!(
        stage.events.recv().await,
        Some(Event::Offline {
            why: Loss::NoAnswer(_)
        })
    ));
    drop(pending);
}

#[tokio::test(start_paused = true)]
async fn the_token_is_renewed_before_it_expires() {
    let mut stage = stage_with(|settings| {
        settings.token_validity = Duration::from_secs(100);
        settings.keep_alive = Duration::from_mins(10);
    });
    let expiry = |connect: rmqtt_codec::v3::Connect| -> u64 {
        let password = String::from_utf8(connect.password.unwrap().to_vec()).unwrap();
        password.split_once("&se=").unwrap().1.parse().unwrap()
    };
    let mut peer = stage.hub.arrival().await;
    let first = expiry(peer.welcome().await);
    assert!(matches!(
        stage.events.recv().await,
        Some(Event::Online { .. })
    ));
    let connected = Instant::now();
    assert_eq!(peer.next().await, Some(Packet::Disconnect));
    assert_eq!(connected.elapsed().as_secs(), 90);
    assert!(matches!(
        stage.events.recv().await,
        Some(Event::Offline { why: Loss::Renewal })
    ));
    let mut peer = stage.hub.arrival().await;
    assert_eq!(connected.elapsed().as_secs(), 90, "a renewal does not wait");
    assert_eq!(expiry(peer.welcome().await), first + 90);
}

#[tokio::test(start_paused = true)]
async fn refused_connections_are_tried_again_within_the_backoffs_bounds() {
    let mut stage = stage_with(|settings| {
        settings.backoff = Policy {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(8),
        };
    });
    let mut ceiling = Duration::from_secs(1);
    let mut waited = Duration::ZERO;
    for _ in 0..12 {
        let mut peer = stage.hub.arrival().await;
        peer.expect_connect().await;
        peer.answer_connect(ConnectAckReason::NotAuthorized, false)
            .await;
        let Some(Event::Offline {
            why: Loss::Refused(ConnectAckReason::NotAuthorized),
        }) = stage.events.recv().await
        else {
            panic!("a refusal");
        };
        let before = Instant::now();
        drop(peer);
        let peer = stage.hub.arrival().await;
        let wait = before.elapsed();
        assert!(
            wait <= ceiling,
            "waited {wait:?} where {ceiling:?} is the most"
        );
        waited += wait;
        ceiling = (ceiling * 4).min(Duration::from_secs(8));
        // This arrival is refused by hanging up.
        drop(peer);
        assert!(matches!(
            stage.events.recv().await,
            Some(Event::Offline { why: Loss::Closed })
        ));
    }
    assert!(waited > Duration::from_secs(4), "only {waited:?} in all");
    assert_eq!(stage.tally.losses.all()["refused"], 12);
}

#[tokio::test(start_paused = true)]
async fn a_hub_that_does_not_finish_the_handshake_is_left() {
    let mut stage = stage_with(|_| {});
    let mut peer = stage.hub.arrival().await;
    peer.expect_connect().await;
    assert_eq!(peer.next().await, None);
    assert!(matches!(
        stage.events.recv().await,
        Some(Event::Offline {
            why: Loss::NoAnswer(_)
        })
    ));
}

#[tokio::test(start_paused = true)]
async fn nonsense_ends_the_connection_and_not_the_client() {
    let (mut stage, mut peer) = online().await;
    peer.send_raw(&[0xff, 0x01, 0x00]).await;
    assert!(matches!(
        stage.events.recv().await,
        Some(Event::Offline {
            why: Loss::Protocol(_)
        })
    ));
    let mut peer = stage.hub.arrival().await;
    peer.welcome().await;
    // A second CONNACK is out of place.
    peer.answer_connect(ConnectAckReason::ConnectionAccepted, false)
        .await;
    assert_eq!(peer.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_flood_is_bounded_calls_are_refused_and_notifications_collapse() {
    let (mut stage, mut peer) = online().await;
    for version in 2..40 {
        let topic = ToDevice::DesiredChanged { version };
        peer.tell(topic, format!(r#"{{"a":1,"$version":{version}}}"#))
            .await;
    }
    for call in 0..10 {
        peer.tell(
            ToDevice::MethodRequest {
                name: "m",
                rid: &format!("{call}"),
            },
            "null",
        )
        .await;
    }
    // The device is not listening; what does not fit is answered at once.
    let answer = peer.expect_publish().await;
    assert!(
        answer.topic.starts_with("$iothub/methods/res/429/?$rid="),
        "{}",
        answer.topic
    );
    let mut notifications = 0;
    loop {
        match stage.events.recv().await {
            Some(Event::Desired { .. }) => notifications += 1,
            Some(Event::Stale) => break,
            Some(Event::Method(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(
        (1..38).contains(&notifications),
        "{notifications} notifications"
    );
    assert!(stage.tally.desired_collapsed.get() > 0);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_says_so() {
    let stage = stage_with(|_| {});
    let mut accepted = Vec::new();
    let error = loop {
        match stage.client.try_telemetry(Message::json(&json!(1))) {
            Ok(pending) => accepted.push(pending),
            Err(error) => break error,
        }
        assert!(accepted.len() < 1_000, "the queue has no bound");
    };
    assert_eq!(error, ClientError::Full);
    assert_eq!(stage.tally.telemetry_dropped.get(), 1);
    // What was accepted goes out once the hub is there.
    let mut peer = stage.hub.arrival().await;
    peer.welcome().await;
    for _ in 0..accepted.len() {
        let sent = peer.expect_publish().await;
        peer.acknowledge(&sent).await;
    }
    for pending in accepted {
        assert_eq!(pending.await, Ok(()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_may_leave_with_or_without_a_word() {
    let (mut stage, mut peer) = online().await;
    for (farewell, last) in [(true, Some(Packet::Disconnect)), (false, None)] {
        stage
            .client
            .leave(Duration::from_secs(30), farewell)
            .await
            .unwrap();
        assert_eq!(peer.next().await, last);
        let left = Instant::now();
        assert!(matches!(
            stage.events.recv().await,
            Some(Event::Offline {
                why: Loss::Ordered(_)
            })
        ));
        peer = stage.hub.arrival().await;
        assert_eq!(left.elapsed().as_secs(), 30);
        peer.welcome().await;
        assert!(matches!(
            stage.events.recv().await,
            Some(Event::Online { .. })
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_that_leaves_while_it_is_offline_does_not_return_before_its_time() {
    let (mut stage, peer) = online().await;
    drop(peer);
    assert!(matches!(
        stage.events.recv().await,
        Some(Event::Offline { why: Loss::Closed })
    ));
    let left = Instant::now();
    stage
        .client
        .leave(Duration::from_mins(5), false)
        .await
        .unwrap();
    let mut peer = stage.hub.arrival().await;
    assert_eq!(left.elapsed().as_secs(), 300);
    // And then it stays.
    peer.welcome().await;
    assert_eq!(peer.next().await, Some(Packet::PingRequest));
}

#[tokio::test(start_paused = true)]
async fn stopping_says_goodbye_and_ends_what_is_pending() {
    let (stage, mut peer) = online().await;
    let pending = stage
        .client
        .telemetry(Message::json(&json!(1)))
        .await
        .unwrap();
    peer.expect_publish().await;
    stage.shutdown.cancel();
    assert_eq!(peer.next().await, Some(Packet::Disconnect));
    stage.running.await.unwrap();
    assert_eq!(pending.await, Err(ClientError::Stopped));
    assert_eq!(stage.client.twin().await, Err(ClientError::Stopped));
}

mod over_tls {
    //! The endpoint against a TLS listener on a free port.

    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rmqtt_codec::v3::{Codec, ConnectAck};
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;
    use tokio_util::codec::{Decoder, Encoder};

    /// A certificate authority in PEM form, and an acceptor with a certificate of it for `localhost`.
    fn authority() -> (String, TlsAcceptor) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_key = KeyPair::generate().unwrap();
        let ca = params.self_signed(&ca_key).unwrap();
        let issuer = Issuer::new(params, ca_key);
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        (ca.pem(), TlsAcceptor::from(Arc::new(config)))
    }

    #[tokio::test]
    async fn a_trusted_hub_is_spoken_to() {
        let (ca_pem, acceptor) = authority();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let endpoint = Endpoint::new("localhost", ("127.0.0.1", port), ca_pem.as_bytes()).unwrap();
        let hub = async {
            let (socket, _) = listener.accept().await.unwrap();
            let mut stream = acceptor.accept(socket).await.unwrap();
            let mut codec = Codec::new(0);
            let mut bytes = bytes::BytesMut::new();
            let connect = loop {
                stream.read_buf(&mut bytes).await.unwrap();
                if let Some((packet, _)) = codec.decode(&mut bytes).unwrap() {
                    break packet;
                }
            };
            assert!(matches!(connect, Packet::Connect(_)));
            let refusal = ConnectAck {
                return_code: ConnectAckReason::ServiceUnavailable,
                session_present: false,
            };
            codec
                .encode(Packet::ConnectAck(refusal), &mut bytes)
                .unwrap();
            stream.write_all(&bytes).await.unwrap();
            stream.flush().await.unwrap();
        };
        let settings = FakeHub::new().settings("dev-1");
        let (_client, mut events, driver) = connect(Settings {
            dial: Arc::new(endpoint),
            ..settings
        });
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(driver.run(shutdown.clone()));
        let ((), event) = tokio::join!(hub, events.recv());
        let Some(Event::Offline {
            why: Loss::Refused(ConnectAckReason::ServiceUnavailable),
        }) = event
        else {
            panic!("{event:?}");
        };
        shutdown.cancel();
        running.await.unwrap();
    }

    #[tokio::test]
    async fn an_untrusted_hub_is_not_spoken_to() {
        let (_, acceptor) = authority();
        let (other_ca_pem, _) = authority();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let endpoint =
            Endpoint::new("localhost", ("127.0.0.1", port), other_ca_pem.as_bytes()).unwrap();
        let hub = async {
            let (socket, _) = listener.accept().await.unwrap();
            assert!(acceptor.accept(socket).await.is_err());
        };
        let (outcome, ()) = tokio::join!(endpoint.dial(), hub);
        assert!(outcome.is_err());
    }
}

mod pipelined {
    //! The pipeline keeps its window and finds the answers.

    use super::*;
    use crate::testing::MORNING;

    /// Takes the CONNECT and the SUBSCRIBE of a pipeline.
    async fn welcome(peer: &mut Peer) {
        peer.expect_connect().await;
        peer.answer_connect(ConnectAckReason::ConnectionAccepted, true)
            .await;
        assert_eq!(peer.grant_subscriptions().await, ["$iothub/twin/res/#"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_of_patches_is_in_flight_and_never_more() {
        let hub = FakeHub::new();
        let login = hub.settings("dev-1").login;
        let client = async {
            let mut pipeline = Pipeline::connect(&hub, &login, MORNING).await.unwrap();
            let mut answers = Vec::new();
            let patch = |number: u64, body: &mut Vec<u8>| {
                body.extend_from_slice(format!(r#"{{"n":{number}}}"#).as_bytes());
                number < 10
            };
            let count = pipeline
                .run(4, patch, |answered| answers.push(answered))
                .await
                .unwrap();
            // A second run goes on counting.
            let more = pipeline
                .run(
                    4,
                    |number, _| number < 12,
                    |answered| answers.push(answered),
                )
                .await
                .unwrap();
            pipeline.close().await.unwrap();
            (count, more, answers)
        };
        let server = async {
            let mut peer = hub.arrival().await;
            welcome(&mut peer).await;
            let mut open = Vec::new();
            let mut taken = 0;
            while taken < 12 {
                // Everything in flight is read before anything is answered, and answered in reverse.
                while open.len() < 4 && taken + open.len() < if taken < 10 { 10 } else { 12 } {
                    open.push(peer.expect_publish().await);
                }
                assert!(
                    tokio::time::timeout(Duration::from_secs(1), peer.next())
                        .await
                        .is_err(),
                    "more than the window"
                );
                for publish in open.drain(..).rev() {
                    let rid = publish.topic.split_once("$rid=").unwrap().1.to_owned();
                    let version = Some(rid.parse::<u64>().unwrap() + 100);
                    peer.tell(
                        ToDevice::TwinResponse {
                            status: 204,
                            rid: &rid,
                            version,
                        },
                        "",
                    )
                    .await;
                    taken += 1;
                }
            }
            assert_eq!(peer.next().await, Some(Packet::Disconnect));
        };
        let ((count, more, answers), ()) = tokio::join!(client, server);
        assert_eq!((count, more), (10, 2));
        assert_eq!(answers.len(), 12);
        let mut numbers: Vec<u64> = answers.iter().map(|answered| answered.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..12).collect::<Vec<_>>());
        for answered in answers {
            assert_eq!(
                (answered.status, answered.version),
                (204, Some(answered.number + 100))
            );
            assert!(answered.latency >= Duration::from_secs(1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_broken_connection_is_told_apart_from_answers() {
        let hub = FakeHub::new();
        let login = hub.settings("dev-1").login;
        let client = async {
            let mut pipeline = Pipeline::connect(&hub, &login, MORNING).await.unwrap();
            let mut heard = 0;
            let outcome = pipeline.run(2, |_, _| true, |_| heard += 1).await;
            (outcome, heard)
        };
        let server = async {
            let mut peer = hub.arrival().await;
            welcome(&mut peer).await;
            peer.expect_publish().await;
            peer.expect_publish().await;
            peer.tell(
                ToDevice::TwinResponse {
                    status: 204,
                    rid: "0",
                    version: Some(2),
                },
                "",
            )
            .await;
            peer.expect_publish().await;
        };
        let ((outcome, heard), ()) = tokio::join!(client, server);
        assert!(
            matches!(outcome, Err(Loss::Closed | Loss::Broken(_))),
            "{outcome:?}"
        );
        assert_eq!(heard, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_pipeline_says_why() {
        let hub = FakeHub::new();
        let login = hub.settings("dev-1").login;
        let server = async {
            let mut peer = hub.arrival().await;
            peer.expect_connect().await;
            peer.answer_connect(ConnectAckReason::NotAuthorized, false)
                .await;
        };
        let (outcome, ()) = tokio::join!(Pipeline::connect(&hub, &login, MORNING), server);
        assert!(matches!(
            outcome,
            Err(Loss::Refused(ConnectAckReason::NotAuthorized))
        ));
    }
}

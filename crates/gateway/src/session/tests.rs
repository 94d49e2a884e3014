use twin::Value;

use super::*;

const DEVICE: &str = "d1";

fn limits() -> Arc<Limits> {
    Arc::new(Limits {
        batch_events_max: 4,
        window: 2,
        outbox_messages_max: 3,
        ..Limits::default()
    })
}

fn opening() -> Opening {
    Opening {
        device: DeviceId::parse(DEVICE).unwrap(),
        stamp: Stamp {
            generation_id: "7".to_owned(),
            authentication: "{}",
            model_id: None,
        },
        is_persistent: false,
        remembered: None,
        parked: Parked::default(),
        will: None,
        patience: Patience::new(60, Duration::from_secs(1767), Duration::ZERO, None),
    }
}

/// A session and what it has said so far.
struct Bench {
    session: Session,
    outputs: Outputs,
}

impl Bench {
    fn open(opening: Opening) -> Self {
        let (session, outputs) = Session::open(opening, limits());
        Self { session, outputs }
    }

    /// A session with all filters granted at QoS 1.
    fn subscribed() -> Self {
        let mut bench = Self::open(opening());
        bench.packet(subscribe(
            1,
            &[
                "$iothub/methods/POST/#",
                "$iothub/twin/res/#",
                "$iothub/twin/PATCH/properties/desired/#",
            ],
        ));
        bench.said();
        bench
    }

    fn apply(&mut self, action: Action) {
        self.session.apply(action, &mut self.outputs);
    }

    fn packet(&mut self, packet: Packet) {
        self.apply(Action::Packet(packet));
    }

    fn desired(&mut self, version: u64) {
        let notification = serde_json::json!({ "a": version, "$version": version });
        let notification = Arc::new(notification.as_object().unwrap().clone());
        self.apply(Action::Letter(Letter::Desired {
            notification,
            version,
        }));
    }

    /// What was sent since the last call, in short.
    fn said(&mut self) -> Vec<String> {
        self.outputs
            .packets
            .drain(..)
            .map(|packet| short(&packet))
            .collect()
    }

    fn violation(&self) -> &'static str {
        match &self.outputs.ending {
            Some(Ending::Violation(what)) => what,
            other => panic!("no violation but {other:?}"),
        }
    }
}

fn short(packet: &Packet) -> String {
    match packet {
        Packet::Publish(publish) => {
            let body = std::str::from_utf8(&publish.payload).unwrap();
            let id = publish
                .packet_id
                .map(|id| format!(" #{id}"))
                .unwrap_or_default();
            let again = if publish.dup { " again" } else { "" };
            format!("{} {body}{id}{again}", publish.topic)
        }
        Packet::PublishAck { packet_id } => format!("puback {packet_id}"),
        Packet::SubscribeAck { packet_id, status } => format!("suback {packet_id} {status:?}"),
        Packet::UnsubscribeAck { packet_id } => format!("unsuback {packet_id}"),
        Packet::PingResponse => "pong".to_owned(),
        other => panic!("a hub never says {other:?}"),
    }
}

fn id(value: u16) -> NonZeroU16 {
    NonZeroU16::new(value).unwrap()
}

/// At QoS 1, or at QoS 0 with id 0.
fn publish(packet_id: u16, topic: &str, payload: &str) -> Packet {
    let packet_id = NonZeroU16::new(packet_id);
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
        payload: Bytes::copy_from_slice(payload.as_bytes()),
        properties: None,
    }))
}

fn subscribe(packet_id: u16, filters: &[&str]) -> Packet {
    let topic_filters = filters
        .iter()
        .map(|filter| ((*filter).into(), QoS::ExactlyOnce))
        .collect();
    Packet::Subscribe {
        packet_id: id(packet_id),
        topic_filters,
    }
}

fn reported(packet_id: u16, rid: &str, payload: &str) -> Packet {
    publish(
        packet_id,
        &format!("$iothub/twin/PATCH/properties/reported/?$rid={rid}"),
        payload,
    )
}

fn telemetry(packet_id: u16, bag: &str, payload: &str) -> Packet {
    publish(
        packet_id,
        &format!("devices/{DEVICE}/messages/events/{bag}"),
        payload,
    )
}

#[test]
fn a_puback_waits_for_its_outcome_and_pings_do_not() {
    let mut bench = Bench::subscribed();
    bench.packet(telemetry(5, "", "x"));
    bench.packet(Packet::PingRequest);
    assert_eq!(bench.said(), ["pong"]);
    assert_eq!(bench.session.take_steps().len(), 1);
    bench.apply(Action::Settled(vec![Outcome::Kept]));
    assert_eq!(bench.said(), ["puback 5"]);
}

#[test]
fn replies_keep_the_order_of_their_packets_over_batches() {
    let mut bench = Bench::subscribed();
    bench.packet(telemetry(5, "", "x"));
    bench.packet(publish(6, "$iothub/methods/res/200/?$rid=1", ""));
    assert_eq!(bench.session.take_steps().len(), 1);
    bench.packet(reported(7, "r1", r#"{"a":1}"#));
    bench.packet(publish(8, "$iothub/methods/res/200/?$rid=2", ""));
    assert_eq!(bench.said(), Vec::<String>::new());
    bench.apply(Action::Settled(vec![Outcome::Kept]));
    assert_eq!(bench.said(), ["puback 5", "puback 6"]);
    assert_eq!(bench.session.take_steps().len(), 1);
    bench.apply(Action::Settled(vec![Outcome::Reported { version: 3 }]));
    assert_eq!(
        bench.said(),
        [
            "$iothub/twin/res/204/?$rid=r1&$version=3 ",
            "puback 7",
            "puback 8"
        ]
    );
}

#[test]
fn a_refused_report_is_answered_with_its_status_and_acknowledged() {
    let mut bench = Bench::subscribed();
    bench.packet(reported(7, "r1", "[1]"));
    let steps = bench.session.take_steps();
    assert!(
        matches!(
            &steps[..],
            [Step::Refuse(Refusal {
                code: ErrorCode::ArgumentInvalid,
                ..
            })]
        ),
        "{steps:?}"
    );
    bench.apply(Action::Settled(vec![Outcome::Refused {
        status: 400,
        body: Bytes::from_static(b"{}"),
    }]));
    assert_eq!(
        bench.said(),
        ["$iothub/twin/res/400/?$rid=r1 {}", "puback 7"]
    );
}

#[test]
fn the_expected_version_of_a_report_is_passed_on() {
    let mut bench = Bench::subscribed();
    bench.packet(publish(
        0,
        "$iothub/twin/PATCH/properties/reported/?$rid=1&$version=4",
        r#"{"a":null}"#,
    ));
    let steps = bench.session.take_steps();
    assert!(
        matches!(
            &steps[..],
            [Step::Report {
                expected_version: Some(4),
                ..
            }]
        ),
        "{steps:?}"
    );
}

#[test]
fn without_the_subscription_a_twin_request_is_only_acknowledged() {
    let mut bench = Bench::open(opening());
    bench.packet(publish(9, "$iothub/twin/GET/?$rid=1", " "));
    assert_eq!(bench.session.take_steps(), [Step::ReadTwin]);
    bench.apply(Action::Settled(vec![Outcome::Twin(Bytes::from_static(
        b"{}",
    ))]));
    assert_eq!(bench.said(), ["puback 9"]);
}

#[test]
fn a_notification_waits_for_a_twin_that_is_being_read() {
    let mut bench = Bench::subscribed();
    bench.packet(publish(0, "$iothub/twin/GET/?$rid=1", " "));
    bench.session.take_steps();
    bench.desired(2);
    assert_eq!(bench.said(), Vec::<String>::new());
    bench.apply(Action::Settled(vec![Outcome::Twin(Bytes::from_static(
        b"{}",
    ))]));
    assert_eq!(
        bench.said(),
        [
            "$iothub/twin/res/200/?$rid=1 {}",
            r#"$iothub/twin/PATCH/properties/desired/?$version=2 {"$version":2,"a":2} #1"#
        ]
    );
}

#[test]
fn a_notification_during_subscribe_follows_the_suback() {
    let mut bench = Bench::open(Opening {
        is_persistent: true,
        ..opening()
    });
    bench.session.take_steps();
    bench.packet(subscribe(3, &["$iothub/twin/PATCH/properties/desired/#"]));
    bench.desired(2);
    assert_eq!(bench.said(), Vec::<String>::new());
    // The new session itself, then the subscription.
    bench.apply(Action::Settled(vec![Outcome::Kept]));
    assert_eq!(bench.said(), Vec::<String>::new());
    bench.session.take_steps();
    bench.apply(Action::Settled(vec![Outcome::Kept]));
    let said = bench.said();
    assert_eq!(said[0], "suback 3 [Success(AtLeastOnce)]");
    assert!(
        said[1].starts_with("$iothub/twin/PATCH/properties/desired/?$version=2"),
        "{said:?}"
    );
}

#[test]
fn only_the_contract_filters_are_granted_at_most_at_qos_1() {
    let mut bench = Bench::open(opening());
    bench.packet(subscribe(
        3,
        &[
            "$iothub/methods/POST/#",
            "#",
            "devices/d2/messages/devicebound/#",
        ],
    ));
    assert_eq!(
        bench.said(),
        ["suback 3 [Success(AtLeastOnce), Failure, Failure]"]
    );
    assert_eq!(bench.outputs.takes_methods, Some(true));
    bench.packet(Packet::Unsubscribe {
        packet_id: id(4),
        topic_filters: vec!["$iothub/methods/POST/#".into()],
    });
    assert_eq!(bench.said(), ["unsuback 4"]);
    assert_eq!(bench.outputs.takes_methods, Some(false));
}

#[test]
fn a_session_is_kept_only_for_clients_that_come_back_for_it() {
    let mut bench = Bench::open(opening());
    bench.packet(subscribe(3, &["$iothub/methods/POST/#"]));
    assert_eq!(bench.session.take_steps(), []);

    let mut bench = Bench::open(Opening {
        is_persistent: true,
        ..opening()
    });
    assert_eq!(
        bench.session.take_steps(),
        [Step::Remember(Subscriptions::default())]
    );
    bench.apply(Action::Settled(vec![Outcome::Kept]));
    assert_eq!(bench.said(), Vec::<String>::new());
    bench.packet(subscribe(3, &["$iothub/methods/POST/#"]));
    let mut expected = Subscriptions::default();
    expected.grant(Subject::Methods, QoS::AtLeastOnce);
    assert_eq!(bench.session.take_steps(), [Step::Remember(expected)]);
    assert_eq!(bench.outputs.takes_methods, None, "not before it is stored");
    bench.apply(Action::Settled(vec![Outcome::Kept]));
    assert_eq!(bench.outputs.takes_methods, Some(true));

    let mut bench = Bench::open(Opening {
        is_persistent: true,
        remembered: Some(expected),
        ..opening()
    });
    assert_eq!(bench.outputs.takes_methods, Some(true));
    bench.packet(subscribe(3, &["$iothub/methods/POST/#"]));
    assert_eq!(bench.session.take_steps(), [], "nothing new to store");
    assert_eq!(bench.said(), ["suback 3 [Success(AtLeastOnce)]"]);
}

#[test]
fn what_was_not_acknowledged_comes_again_on_the_next_connection() {
    let mut bench = Bench::open(Opening {
        is_persistent: true,
        ..opening()
    });
    bench.packet(subscribe(3, &["$iothub/twin/PATCH/properties/desired/#"]));
    bench.session.take_steps();
    bench.apply(Action::Settled(vec![Outcome::Kept, Outcome::Kept]));
    for version in 2..=4 {
        bench.desired(version);
    }
    assert_eq!(bench.said().len(), 3, "the SUBACK and a window of two");
    bench.packet(Packet::PublishAck { packet_id: id(1) });
    assert_eq!(bench.said().len(), 1, "the third has room now");
    let remembered = Some(bench.session.subscriptions);
    let (_, parked) = bench.session.close(&Ending::Lost);

    let mut bench = Bench::open(Opening {
        is_persistent: true,
        remembered,
        parked,
        ..opening()
    });
    assert_eq!(
        bench.said(),
        [
            r#"$iothub/twin/PATCH/properties/desired/?$version=3 {"$version":3,"a":3} #2 again"#,
            r#"$iothub/twin/PATCH/properties/desired/?$version=4 {"$version":4,"a":4} #3 again"#
        ]
    );
}

#[test]
fn a_device_that_does_not_keep_up_is_sent_away() {
    let mut bench = Bench::subscribed();
    for version in 2..=6 {
        bench.desired(version);
    }
    assert_eq!(bench.outputs.ending, None);
    bench.desired(7);
    assert_eq!(
        bench.outputs.ending,
        Some(Ending::Goodbye(Goodbye::TooSlow))
    );
}

#[test]
fn a_device_that_did_not_subscribe_hears_nothing() {
    let mut bench = Bench::open(opening());
    bench.desired(2);
    assert_eq!(bench.said(), Vec::<String>::new());
}

#[test]
fn a_method_carries_its_payload_as_json_text() {
    for (payload, expected) in [
        (None, "null"),
        (Some(Value::Null), "null"),
        (Some("".into()), r#""""#),
        (Some("foo".into()), r#""foo""#),
        (Some(serde_json::json!({ "k": [1] })), r#"{"k":[1]}"#),
    ] {
        let mut bench = Bench::subscribed();
        let rid = Rid::parse("1f").unwrap();
        bench.apply(Action::Letter(Letter::Method {
            rid,
            name: "reboot".to_owned(),
            payload,
        }));
        assert_eq!(
            bench.said(),
            [format!("$iothub/methods/POST/reboot/?$rid=1f {expected}")]
        );
    }
}

#[test]
fn a_method_response_is_an_answer_or_says_why_it_is_none() {
    for (topic, payload, expected) in [
        (
            "$iothub/methods/res/200/?$rid=1f",
            "",
            Ok((200, Value::Null)),
        ),
        (
            "$iothub/methods/res/299/?$rid=1f",
            r#"{"k":1}"#,
            Ok((299, serde_json::json!({ "k": 1 }))),
        ),
        (
            "$iothub/methods/res/-1/?$rid=1f",
            "null",
            Ok((-1, Value::Null)),
        ),
        ("$iothub/methods/res/ok/?$rid=1f", "", Err(())),
        ("$iothub/methods/res/200/?$rid=1f", "not json", Err(())),
    ] {
        let mut bench = Bench::subscribed();
        bench.packet(publish(2, topic, payload));
        assert_eq!(bench.said(), ["puback 2"]);
        let (rid, answer) = bench.outputs.answers.pop().unwrap();
        assert_eq!(rid, Rid::parse("1f").unwrap());
        match (answer, expected) {
            (Ok(answer), Ok((status, payload))) => {
                assert_eq!((answer.status, answer.payload), (status, payload));
            }
            (Err(MethodError::BadResponse(_)), Err(())) => {}
            (answer, expected) => panic!("{answer:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn a_message_keeps_its_properties_and_is_vouched_for() {
    let mut bench = Bench::open(opening());
    let Packet::Publish(mut publish) = telemetry(1, "%24.mid=m1&%24.ct=text%2Fplain&k=v&flag", "x")
    else {
        panic!()
    };
    publish.retain = true;
    bench.packet(Packet::Publish(publish));
    let steps = bench.session.take_steps();
    let [
        Step::Keep {
            properties,
            system,
            body,
        },
    ] = &steps[..]
    else {
        panic!("{steps:?}")
    };
    assert_eq!(body, &Bytes::from_static(b"x"));
    assert_eq!(
        Value::from(properties.clone()),
        serde_json::json!({ "k": "v", "flag": null, "mqtt-retain": "true" })
    );
    assert_eq!(system["message-id"], "m1");
    assert_eq!(system["content-type"], "text/plain");
    assert_eq!(system["iothub-connection-auth-generation-id"], "7");
    assert_eq!(system["iothub-message-source"], "Telemetry");
}

#[test]
fn what_the_contract_forbids_ends_the_session() {
    let qos_2 = || {
        let Packet::Publish(mut publish) = telemetry(1, "", "x") else {
            panic!()
        };
        publish.qos = QoS::ExactlyOnce;
        Packet::Publish(publish)
    };
    for packet in [
        qos_2(),
        publish(1, "some/topic", ""),
        publish(1, "devices/d2/messages/events/", ""),
        publish(1, "devices/d1/modules/m/messages/events/", ""),
        publish(1, "$iothub/twin/GET/", ""),
        telemetry(1, "", &"x".repeat(256 * 1024 + 1)),
        Packet::PublishRelease { packet_id: id(1) },
        Packet::PingResponse,
        Packet::Connect(Box::default()),
    ] {
        let mut bench = Bench::open(opening());
        bench.packet(packet);
        assert!(!bench.violation().is_empty());
        assert_eq!(bench.session.take_steps(), []);
    }
}

#[test]
fn an_unknown_outcome_is_never_acknowledged() {
    for packet in [
        telemetry(1, "", "x"),
        reported(1, "r", "{}"),
        publish(1, "$iothub/twin/GET/?$rid=1", ""),
    ] {
        let mut bench = Bench::subscribed();
        bench.packet(packet);
        bench.session.take_steps();
        bench.apply(Action::Settled(vec![Outcome::Unknown]));
        assert_eq!(bench.outputs.ending, Some(Ending::StoreUnavailable));
        assert_eq!(bench.said(), Vec::<String>::new());
    }
}

#[test]
fn there_is_room_for_one_batch_at_a_time() {
    let mut bench = Bench::open(opening());
    for _ in 0..4 {
        assert!(bench.session.has_room());
        bench.packet(telemetry(1, "", "x"));
    }
    assert!(!bench.session.has_room());
    bench.session.take_steps();
    assert!(bench.session.has_room());
    bench.packet(telemetry(1, "", &"x".repeat(256 * 1024)));
    assert!(bench.session.has_room());
    for _ in 0..3 {
        bench.packet(telemetry(1, "", &"x".repeat(256 * 1024)));
    }
    assert!(!bench.session.has_room(), "bytes count too");
}

#[test]
fn a_will_is_kept_unless_the_device_said_goodbye() {
    let stamp = opening().stamp;
    let will = rmqtt_codec::v3::LastWill {
        qos: QoS::AtLeastOnce,
        retain: false,
        topic: "devices/d1/messages/events/k=v".into(),
        message: Bytes::from_static(b"gone"),
    };
    let device = DeviceId::parse(DEVICE).unwrap();
    let step = stamp.will(&device, will.clone()).unwrap();
    let Step::Keep { properties, .. } = &step else {
        panic!("{step:?}")
    };
    assert_eq!(
        Value::from(properties.clone()),
        serde_json::json!({ "k": "v", "iothub-MessageType": "Will" })
    );
    for topic in [
        "devices/d2/messages/events/",
        "devices/d1/messages/devicebound/",
        "x",
    ] {
        stamp
            .will(
                &device,
                rmqtt_codec::v3::LastWill {
                    topic: topic.into(),
                    ..will.clone()
                },
            )
            .unwrap_err();
    }

    let with_will = || {
        Bench::open(Opening {
            will: Some(step.clone()),
            ..opening()
        })
    };
    assert_eq!(
        with_will().session.close(&Ending::Lost).0,
        Some(step.clone())
    );
    assert_eq!(
        with_will()
            .session
            .close(&Ending::Goodbye(Goodbye::TakenOver))
            .0,
        Some(step.clone())
    );
    let mut bench = with_will();
    bench.packet(Packet::Disconnect);
    assert_eq!(bench.outputs.ending, Some(Ending::Disconnected));
    assert_eq!(bench.session.close(&Ending::Disconnected).0, None);
}

#[test]
fn time_runs_out_for_the_silent() {
    let mut bench = Bench::open(opening());
    bench.apply(Action::Tick(Duration::from_secs(89)));
    assert_eq!(bench.outputs.ending, None);
    bench.session.heard(Duration::from_secs(89));
    bench.apply(Action::Tick(Duration::from_secs(178)));
    assert_eq!(bench.outputs.ending, None);
    bench.apply(Action::Tick(Duration::from_secs(179)));
    assert_eq!(bench.outputs.ending, Some(Ending::Silent));
}

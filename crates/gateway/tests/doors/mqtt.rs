//! Devices over MQTT, byte by byte: what the two SDKs write, and what they must hear (contract sections 1.3, 1.7 and 2).

use std::time::Duration;

use crate::harness::{
    Client, DEVICE, House, connect, connect_fields, device_token, far_away, fixture, limits,
    publish,
};
use axum::body::Bytes;
use rmqtt_codec::types::QoS;
use rmqtt_codec::v3::{Connect, LastWill, Packet};
use serde_json::json;
use twin::id::DeviceId;
use twin::identity::Status;
use twin::time::Timestamp;

const PYTHON: &str = include_str!("../fixtures/python.hex");
const NODE: &str = include_str!("../fixtures/node.hex");
const TWIN_GET: &str = "$iothub/twin/GET/?$rid=";
const REPORT: &str = "$iothub/twin/PATCH/properties/reported/?$rid=";

async fn reaches(house: &House, connected: usize) {
    let reached = async {
        while house.gateway.connected() != connected {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::harness::PATIENCE, reached)
        .await
        .expect("the registry follows");
}

#[tokio::test]
async fn a_python_device_says_its_packets_and_hears_what_it_expects() {
    let house = House::open().await;
    let mut device = house.client();
    device.send_bytes(&fixture(PYTHON, "connect")).await;
    assert!(!device.accepted().await, "there was no session before");
    for (name, id) in [("methods", 1), ("twin-responses", 2), ("desired", 3)] {
        device
            .send_bytes(&fixture(PYTHON, &format!("subscribe-{name}")))
            .await;
        assert_eq!(
            device.hears().await,
            format!("suback {id} [Success(AtLeastOnce)]")
        );
    }
    device.send_bytes(&fixture(PYTHON, "telemetry")).await;
    assert_eq!(device.hears().await, "puback 4");
    device.send_bytes(&fixture(PYTHON, "twin-get")).await;
    assert_eq!(
        device.hears().await,
        "$iothub/twin/res/200/?$rid=3f2c8f5e-6a0e-4a0c-9c39-8a8f6f2f9d11 {\"desired\":{\"$version\":1},\"reported\":{\"$version\":1}}"
    );
    assert_eq!(device.hears().await, "puback 5");
    device.send_bytes(&fixture(PYTHON, "reported")).await;
    assert_eq!(
        device.hears().await,
        "$iothub/twin/res/204/?$rid=8c1b9a70-58c3-4f64-9a53-1a1f2b6c7d22&$version=2 "
    );
    assert_eq!(device.hears().await, "puback 6");
    device.send_bytes(&fixture(PYTHON, "reported-again")).await;
    assert_eq!(
        device.hears().await,
        "$iothub/twin/res/204/?$rid=8c1b9a70-58c3-4f64-9a53-1a1f2b6c7d22&$version=3 "
    );
    assert_eq!(device.hears().await, "puback 6");
    device.send_bytes(&fixture(PYTHON, "ping")).await;
    assert_eq!(device.hears().await, "pong");

    let twin = house.twin(DEVICE).await;
    assert_eq!(twin["connectionState"], "Connected");
    assert_eq!(twin["properties"]["reported"]["network"]["type"], "lte");
    let id = DeviceId::parse(DEVICE).unwrap();
    let messages = house
        .fleet
        .monitor()
        .messages(&crate::harness::SYSTEM, &id, 10)
        .await
        .unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].body, br#"{"t":21.5}"#);
    assert_eq!(messages[0].properties["alert"], "yes");
    assert_eq!(messages[0].system["content-type"], "application/json");

    device.send_bytes(&fixture(PYTHON, "disconnect")).await;
    assert_eq!(device.hears().await, "closed");
    reaches(&house, 0).await;
    assert_eq!(house.twin(DEVICE).await["connectionState"], "Disconnected");
}

#[tokio::test]
async fn a_node_device_says_its_packets_and_hears_what_it_expects() {
    let house = House::open().await;
    let mut device = house.client();
    device
        .send_bytes(&fixture(NODE, "connect-with-model"))
        .await;
    device.accepted().await;
    for (name, id) in [("methods", 1), ("twin-responses", 2), ("desired", 3)] {
        device
            .send_bytes(&fixture(NODE, &format!("subscribe-{name}")))
            .await;
        assert_eq!(
            device.hears().await,
            format!("suback {id} [Success(AtMostOnce)]")
        );
    }
    device.send_bytes(&fixture(NODE, "telemetry")).await;
    assert_eq!(device.hears().await, "puback 4");
    device.send_bytes(&fixture(NODE, "twin-get")).await;
    assert!(
        device
            .hears()
            .await
            .starts_with("$iothub/twin/res/200/?$rid=1 {")
    );
    device.send_bytes(&fixture(NODE, "reported")).await;
    assert_eq!(
        device.hears().await,
        "$iothub/twin/res/204/?$rid=2&$version=2 "
    );
    assert_eq!(
        house.twin(DEVICE).await["modelId"],
        "dtmi:com:example:Thermostat;1"
    );

    house
        .patch(DEVICE, json!({ "properties": { "desired": { "a": 1 } } }))
        .await;
    let heard = device.hears().await;
    assert_eq!(
        heard,
        r#"$iothub/twin/PATCH/properties/desired/?$version=2 {"$version":2,"a":1}"#
    );
    device.send_bytes(&fixture(NODE, "disconnect")).await;
    assert_eq!(device.hears().await, "closed");
}

/// Asserts that a CONNECT is refused with a code; 0 is for closing without a word.
async fn refused(house: &House, what: &str, connect: Packet, code: u8) {
    let mut client = house.client();
    client.send(connect).await;
    if code > 0 {
        assert_eq!(client.hears().await, format!("connack {code}"), "{what}");
    }
    assert_eq!(client.hears().await, "closed", "{what}");
}

#[tokio::test]
async fn a_connect_is_refused_with_the_code_of_the_contract() {
    let house = House::open().await;
    let now = Timestamp::parse("2026-11-22T10:00:00Z").unwrap();
    let disabled = house.register("off").await;
    let update = fleet::provision::DeviceUpdate {
        status: Some(Status::Disabled),
        ..Default::default()
    };
    house
        .fleet
        .provision()
        .update(
            &crate::harness::SYSTEM,
            &disabled,
            update,
            twin::id::Match::Any,
        )
        .await
        .unwrap();
    let policy = |name: &str| {
        let policy = house.fleet.access().policy(name).unwrap();
        wire::sas::build(
            "localhost/devices/dev-1",
            &policy.primary_key,
            Some(name),
            far_away(),
        )
    };
    let wrong_key = wire::sas::build("localhost/devices/dev-1", b"another key", None, far_away());
    let with = |change: &dyn Fn(&mut Connect)| {
        let mut fields = connect_fields(DEVICE);
        change(&mut fields);
        Packet::Connect(Box::new(fields))
    };
    let password =
        |token: String| with(&move |fields| fields.password = Some(token.clone().into()));
    let username = |name: &'static str| with(&move |fields| fields.username = Some(name.into()));
    for (what, packet, code) in [
        ("wrong key", password(wrong_key), 5),
        (
            "expired token",
            password(device_token(DEVICE, now.minus(Duration::from_mins(10)))),
            5,
        ),
        (
            "token of another device",
            password(device_token("dev-2", far_away())),
            5,
        ),
        (
            "garbled token",
            password("SharedAccessSignature nonsense".to_owned()),
            5,
        ),
        (
            "token that is no text",
            with(&|fields| fields.password = Some(Bytes::from_static(&[0xff, 0xfe]))),
            5,
        ),
        (
            "no password and no certificate",
            with(&|fields| fields.password = None),
            5,
        ),
        ("unknown device", connect("nobody"), 5),
        ("disabled device", connect("off"), 5),
        ("module", connect("dev-1/mod"), 5),
        ("policy without permission", password(policy("service")), 5),
        (
            "another host",
            username("elsewhere.example/dev-1/?api-version=2021-04-12"),
            5,
        ),
        (
            "provisioning name",
            username("0ne1/registrations/dev-1/api-version=2019-03-31"),
            5,
        ),
        (
            "another device in the user name",
            username("localhost/dev-2/?api-version=2021-04-12"),
            2,
        ),
        ("no user name", with(&|fields| fields.username = None), 2),
        ("malformed id", connect("a b"), 2),
        (
            "empty client id",
            with(&|fields| {
                fields.client_id = "".into();
                fields.clean_session = true;
            }),
            2,
        ),
        (
            "will in another's name",
            with(&|fields| fields.last_will = Some(will("devices/dev-2/messages/events/"))),
            2,
        ),
    ] {
        refused(&house, what, packet, code).await;
    }
    // Of all these only the known device with credentials of its own that do not fit needs a person, until it proves itself.
    let expired = password(device_token(DEVICE, now.minus(Duration::from_mins(10))));
    refused(&house, "expired token, again", expired, 5).await;
    house
        .clock
        .advance(fleet::Limits::default().checks_interval);
    let monitor = house.fleet.monitor();
    monitor.columns_complete().await;
    let overview = monitor.overview().await;
    let found = overview.findings.iter().find(|one| one.id == "credentials");
    assert_eq!(
        found.map(|one| (one.devices, one.condition.as_deref())),
        Some((1, Some("deviceId IN ['dev-1']")))
    );
    refused(&house, "anything else first", Packet::PingRequest, 0).await;

    for other in [
        b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03d-1".as_slice(),
        b"\x10\x11\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x03d-1",
    ] {
        let mut client = house.client();
        client.send_bytes(other).await;
        assert_eq!(client.hears().await, "connack 1", "MQTT 5 and 3.1");
        assert_eq!(client.hears().await, "closed");
    }
    assert_eq!(house.gateway.connected(), 0);

    let mut client = house.client();
    client.send(password(policy("device"))).await;
    client.accepted().await;
}

fn will(topic: &str) -> LastWill {
    LastWill {
        qos: QoS::AtLeastOnce,
        retain: false,
        topic: topic.to_owned().into(),
        message: Bytes::from_static(b"gone"),
    }
}

#[tokio::test]
async fn a_reply_comes_only_after_the_commit_and_pings_do_not_wait() {
    let house = House::open().await;
    let (mut device, _) = house.online(DEVICE).await;
    device.subscribe_all().await;
    let stall = house.stall().await;
    device
        .publish(7, &format!("{REPORT}r1"), r#"{"a":1}"#)
        .await;
    device
        .publish(8, "devices/dev-1/messages/events/", "x")
        .await;
    device.is_silent().await;
    assert_eq!(
        house.twin(DEVICE).await["properties"]["reported"]["a"],
        serde_json::Value::Null
    );
    device.is_silent().await;
    stall.release().await;
    assert_eq!(
        device.hears().await,
        "$iothub/twin/res/204/?$rid=r1&$version=2 "
    );
    assert_eq!(device.hears().await, "puback 7");
    assert_eq!(device.hears().await, "puback 8");
    assert_eq!(house.twin(DEVICE).await["properties"]["reported"]["a"], 1);
}

#[tokio::test]
async fn a_device_that_floods_is_not_read_further_than_its_share() {
    let mut limits = limits();
    limits.batch_events_max = 4;
    let house = House::open_with(limits).await;
    let (mut device, _) = house.online(DEVICE).await;
    let stall = house.stall().await;
    for id in 1..=9 {
        device
            .publish(id, "devices/dev-1/messages/events/", "x")
            .await;
    }
    device.send(Packet::PingRequest).await;
    stall.release().await;
    // Four in each batch: the ping stood behind the ninth, so nine acknowledgments or some of them come first.
    let mut heard = Vec::new();
    for _ in 0..10 {
        heard.push(device.hears().await);
    }
    let pubacks: Vec<_> = heard
        .iter()
        .filter(|what| *what != "pong")
        .cloned()
        .collect();
    assert_eq!(
        pubacks,
        (1..=9).map(|id| format!("puback {id}")).collect::<Vec<_>>()
    );
    let pong = heard.iter().position(|what| what == "pong").unwrap();
    assert!(
        pong >= 4,
        "the ping was read before the store had answered the first batch: {heard:?}"
    );
}

#[tokio::test]
async fn what_a_device_sent_before_it_left_is_stored() {
    let house = House::open().await;
    let (mut device, _) = house.online(DEVICE).await;
    device
        .publish(0, &format!("{REPORT}r1"), r#"{"a":1}"#)
        .await;
    device
        .publish(9, &format!("{REPORT}r2"), r#"{"b":2}"#)
        .await;
    device.send(Packet::Disconnect).await;
    assert_eq!(
        device.hears().await,
        "puback 9",
        "acknowledged before the goodbye"
    );
    assert_eq!(device.hears().await, "closed");
    let twin = house.twin(DEVICE).await;
    assert_eq!(
        (
            &twin["properties"]["reported"]["a"],
            &twin["properties"]["reported"]["b"]
        ),
        (&json!(1), &json!(2))
    );
}

#[tokio::test]
async fn a_read_after_a_report_sees_it() {
    let house = House::open().await;
    let (mut device, _) = house.online(DEVICE).await;
    device.subscribe_all().await;
    device.publish(0, &format!("{REPORT}1"), r#"{"a":1}"#).await;
    device.publish(0, &format!("{TWIN_GET}2"), " ").await;
    device.publish(0, &format!("{REPORT}3"), r#"{"a":2}"#).await;
    assert_eq!(
        device.hears().await,
        "$iothub/twin/res/204/?$rid=1&$version=2 "
    );
    assert!(
        device
            .hears()
            .await
            .ends_with(r#""reported":{"$version":2,"a":1}}"#)
    );
    assert_eq!(
        device.hears().await,
        "$iothub/twin/res/204/?$rid=3&$version=3 "
    );
}

#[tokio::test]
async fn a_refused_report_has_a_body_that_both_sdks_understand() {
    let house = House::open().await;
    let (mut device, _) = house.online(DEVICE).await;
    device.subscribe_all().await;
    let too_large = json!({ "a": "x".repeat(4000), "b": "x".repeat(40_000) }).to_string();
    for (topic, payload, status, code) in [
        (format!("{REPORT}1"), "not json", 400, 400_004),
        (format!("{REPORT}1"), "", 400, 400_004),
        (format!("{REPORT}1"), r#"{"$version":3}"#, 400, 400_004),
        (format!("{REPORT}1"), too_large.as_str(), 400, 400_004),
        (format!("{REPORT}1&$version=9"), r#"{"a":1}"#, 412, 412_001),
    ] {
        device.publish(5, &topic, payload).await;
        let heard = device.hears().await;
        let body = heard
            .strip_prefix(&format!("$iothub/twin/res/{status}/?$rid=1 "))
            .unwrap_or_else(|| panic!("{heard}"));
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["errorCode"], code);
        for member in ["trackingId", "message", "timestampUtc"] {
            assert!(!body[member].as_str().unwrap().is_empty());
        }
        assert_eq!(device.hears().await, "puback 5");
    }
    assert_eq!(
        house.twin(DEVICE).await["properties"]["reported"]["$version"],
        1
    );
}

#[tokio::test]
async fn a_second_connection_closes_the_first_and_inherits_its_session() {
    let house = House::open().await;
    let (mut first, _) = house.online(DEVICE).await;
    first.subscribe_all().await;
    let (mut second, session_present) = house.online(DEVICE).await;
    assert!(session_present);
    assert_eq!(first.hears().await, "closed");
    house
        .patch(DEVICE, json!({ "properties": { "desired": { "a": 1 } } }))
        .await;
    assert!(
        second
            .hears()
            .await
            .starts_with("$iothub/twin/PATCH/properties/desired/?$version=2 ")
    );
    assert_eq!(house.gateway.connected(), 1);
    assert_eq!(house.twin(DEVICE).await["connectionState"], "Connected");
}

#[tokio::test]
async fn two_clients_that_fight_over_one_identity_leave_it_served() {
    let house = House::open().await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        let mut client = house.client();
        client.send(connect(DEVICE)).await;
        clients.push(client);
    }
    // All but one are closed, accepted before or not.
    let mut open = 0;
    for mut client in clients {
        client.try_send_bytes(&fixture(PYTHON, "ping")).await;
        loop {
            match client.hears().await.as_str() {
                "pong" => {
                    open += 1;
                    house.patch(DEVICE, json!({ "tags": { "a": 1 } })).await;
                    // It may have been displaced since.
                    client.hang_up().await;
                    break;
                }
                "closed" => break,
                connack => assert!(["connack 0", "connack 3"].contains(&connack), "{connack}"),
            }
        }
    }
    assert!(open >= 1);
    reaches(&house, 0).await;
    assert_eq!(house.twin(DEVICE).await["connectionState"], "Disconnected");
}

#[tokio::test]
async fn subscriptions_outlive_the_connection_and_the_server() {
    let house = House::open().await;
    let (mut device, session_present) = house.online(DEVICE).await;
    assert!(!session_present);
    device.subscribe_all().await;
    device.disconnect().await;

    let house = house.restart().await;
    let (mut device, session_present) = house.online(DEVICE).await;
    assert!(session_present);
    house
        .patch(DEVICE, json!({ "properties": { "desired": { "a": 1 } } }))
        .await;
    let heard = device.hears().await;
    assert_eq!(
        heard,
        r#"$iothub/twin/PATCH/properties/desired/?$version=2 {"$version":2,"a":1} #1"#
    );
    device.publish(0, &format!("{TWIN_GET}1"), " ").await;
    assert!(
        device
            .hears()
            .await
            .starts_with("$iothub/twin/res/200/?$rid=1 ")
    );
}

#[tokio::test]
async fn a_clean_session_forgets() {
    let house = House::open().await;
    let (mut device, _) = house.online(DEVICE).await;
    device.subscribe_all().await;
    device.disconnect().await;
    let clean = || {
        Packet::Connect(Box::new(Connect {
            clean_session: true,
            ..connect_fields(DEVICE)
        }))
    };
    let mut device = house.client();
    device.send(clean()).await;
    assert!(!device.accepted().await);
    house
        .patch(DEVICE, json!({ "properties": { "desired": { "a": 1 } } }))
        .await;
    device.is_silent().await;
    device.subscribe_all().await;
    device.disconnect().await;
    let (mut device, session_present) = house.online(DEVICE).await;
    assert!(
        !session_present,
        "neither the old session nor the clean one is left"
    );
    house
        .patch(DEVICE, json!({ "properties": { "desired": { "a": 2 } } }))
        .await;
    device.is_silent().await;
}

#[tokio::test]
async fn a_device_that_was_made_anew_has_no_session_of_the_old_one() {
    let house = House::open().await;
    let (mut device, _) = house.online(DEVICE).await;
    device.subscribe_all().await;
    let id = DeviceId::parse(DEVICE).unwrap();
    house
        .fleet
        .provision()
        .delete(&crate::harness::SYSTEM, &id, twin::id::Match::Any, None)
        .await
        .unwrap();
    assert_eq!(device.hears().await, "closed");
    house.register(DEVICE).await;
    let (_, session_present) = house.online(DEVICE).await;
    assert!(!session_present);
}

#[tokio::test]
async fn an_unacknowledged_notification_comes_again() {
    let house = House::open().await;
    let (mut device, _) = house.online(DEVICE).await;
    device.subscribe_all().await;
    for value in 1..=2 {
        house
            .patch(
                DEVICE,
                json!({ "properties": { "desired": { "a": value } } }),
            )
            .await;
    }
    let first = device.hears().await;
    assert_eq!(
        first,
        r#"$iothub/twin/PATCH/properties/desired/?$version=2 {"$version":2,"a":1} #1"#
    );
    let second = device.hears().await;
    device
        .send(Packet::PublishAck {
            packet_id: 1.try_into().unwrap(),
        })
        .await;
    device.is_silent().await;
    drop(device);
    reaches(&house, 0).await;

    let (mut device, _) = house.online(DEVICE).await;
    assert_eq!(device.hears().await, format!("{second} again"));
    device
        .send(Packet::PublishAck {
            packet_id: 2.try_into().unwrap(),
        })
        .await;
    device.disconnect().await;
    reaches(&house, 0).await;
    let (mut device, _) = house.online(DEVICE).await;
    device.is_silent().await;
}

#[tokio::test]
async fn a_method_travels_to_the_device_and_back() {
    let house = House::open().await;
    let (mut device, _) = house.online(DEVICE).await;
    device.subscribe_all().await;
    let call = |payload: serde_json::Value| {
        house.ask(
            "POST",
            "/twins/dev-1/methods",
            None,
            Some(json!({ "methodName": "reboot", "payload": payload })),
        )
    };
    let answer = async |client: &mut Client, status: &str, body: &str| {
        let heard = client.hears().await;
        let (topic, payload) = heard.split_once(' ').unwrap();
        let rid = topic
            .strip_prefix("$iothub/methods/POST/reboot/?$rid=")
            .unwrap()
            .to_owned();
        client
            .publish(
                3,
                &format!("$iothub/methods/res/{status}/?$rid={rid}"),
                body,
            )
            .await;
        assert_eq!(client.hears().await, "puback 3");
        payload.to_owned()
    };
    for (status, payload) in [
        (200, json!(null)),
        (299, json!("")),
        (404, json!("foo")),
        (200, json!({ "k": "v" })),
        (200, json!([1, "two"])),
        (200, json!(21.5)),
    ] {
        let (text, code) = (payload.to_string(), status.to_string());
        let (reply, asked) = tokio::join!(call(payload.clone()), answer(&mut device, &code, &text));
        assert_eq!(asked, text);
        assert_eq!(reply.ok(), json!({ "status": status, "payload": payload }));
    }
    let (reply, _) = tokio::join!(call(json!(null)), answer(&mut device, "200", ""));
    assert_eq!(reply.ok(), json!({ "status": 200, "payload": null }));
    let (reply, _) = tokio::join!(call(json!(null)), answer(&mut device, "200", "no json"));
    assert_eq!(reply.error().0, 502);
    let (reply, ()) = tokio::join!(call(json!(null)), async {
        device.hears().await;
        device.send(Packet::Disconnect).await;
    });
    assert_eq!(
        reply.error(),
        (404, "DeviceConnectionClosedRemotely".to_owned())
    );
}

#[tokio::test]
async fn disabling_rolling_keys_and_deleting_end_the_connection() {
    let house = House::open().await;
    let id = DeviceId::parse(DEVICE).unwrap();
    let any = || twin::id::Match::Any;
    let provision = house.fleet.provision();
    let update = |status| fleet::provision::DeviceUpdate {
        status: Some(status),
        ..Default::default()
    };

    let (mut device, _) = house.online(DEVICE).await;
    provision
        .update(
            &crate::harness::SYSTEM,
            &id,
            update(Status::Disabled),
            any(),
        )
        .await
        .unwrap();
    assert_eq!(device.hears().await, "closed");
    refused(&house, "disabled", connect(DEVICE), 5).await;

    provision
        .update(&crate::harness::SYSTEM, &id, update(Status::Enabled), any())
        .await
        .unwrap();
    let (mut device, _) = house.online(DEVICE).await;
    let rolled = fleet::provision::DeviceUpdate {
        keys: Some((
            "QUJDREVGR0hJSktMTU5PUA==".to_owned(),
            crate::harness::KEY.to_owned(),
        )),
        ..Default::default()
    };
    provision
        .update(&crate::harness::SYSTEM, &id, rolled, any())
        .await
        .unwrap();
    assert_eq!(device.hears().await, "closed");
    let (mut device, _) = house.online(DEVICE).await;
    provision
        .delete(&crate::harness::SYSTEM, &id, any(), None)
        .await
        .unwrap();
    assert_eq!(device.hears().await, "closed");
    refused(&house, "deleted", connect(DEVICE), 5).await;
}

#[tokio::test]
async fn a_will_is_kept_when_the_device_vanishes() {
    let house = House::open().await;
    let mut device = house.client();
    let last_will = Some(will("devices/dev-1/messages/events/k=v"));
    device
        .send(Packet::Connect(Box::new(Connect {
            last_will,
            ..connect_fields(DEVICE)
        })))
        .await;
    device.accepted().await;
    drop(device);
    reaches(&house, 0).await;
    let id = DeviceId::parse(DEVICE).unwrap();
    let messages = house
        .fleet
        .monitor()
        .messages(&crate::harness::SYSTEM, &id, 10)
        .await
        .unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].body, b"gone");
    assert_eq!(messages[0].properties["iothub-MessageType"], "Will");
}

#[tokio::test]
async fn the_connection_ends_with_its_token() {
    let house = House::open().await;
    let now = Timestamp::parse("2026-11-22T10:00:00Z").unwrap();
    let mut device = house.client();
    let password = Some(device_token(DEVICE, now.plus(Duration::from_secs(1))).into());
    device
        .send(Packet::Connect(Box::new(Connect {
            password,
            ..connect_fields(DEVICE)
        })))
        .await;
    device.accepted().await;
    assert_eq!(device.hears().await, "closed");
}

#[tokio::test]
async fn a_silent_device_is_given_up() {
    let house = House::open().await;
    let mut device = house.client();
    device
        .send(Packet::Connect(Box::new(Connect {
            keep_alive: 1,
            ..connect_fields(DEVICE)
        })))
        .await;
    device.accepted().await;
    assert_eq!(device.hears().await, "closed");
}

#[tokio::test]
async fn a_client_that_does_not_connect_in_time_is_given_up() {
    let mut limits = limits();
    limits.connect_timeout = Duration::from_millis(50);
    let house = House::open_with(limits).await;
    let mut client = house.client();
    client.send_bytes(b"\x10").await;
    assert_eq!(client.hears().await, "closed");
}

#[tokio::test]
async fn packets_are_bounded_before_and_after_connect() {
    let house = House::open().await;
    let mut client = house.client();
    // 300,000 bytes are announced by somebody who is not known.
    client.send_bytes(&[0x10, 0xe0, 0xa7, 0x12]).await;
    assert_eq!(client.hears().await, "closed");

    let (mut device, _) = house.online(DEVICE).await;
    device
        .publish(4, "devices/dev-1/messages/events/", &"x".repeat(256 * 1024))
        .await;
    assert_eq!(device.hears().await, "puback 4");
    // 1,000,000 bytes.
    device.send_bytes(&[0x32, 0xc0, 0x84, 0x3d]).await;
    assert_eq!(device.hears().await, "closed");
}

#[tokio::test]
async fn forbidden_packets_end_the_connection() {
    let house = House::open().await;
    let Packet::Publish(mut qos_2) = publish(1, "devices/dev-1/messages/events/", "x") else {
        panic!()
    };
    qos_2.qos = QoS::ExactlyOnce;
    for packet in [
        Packet::Publish(qos_2),
        publish(1, "some/topic", ""),
        connect(DEVICE),
    ] {
        let (mut device, _) = house.online(DEVICE).await;
        device.send(packet).await;
        assert_eq!(device.hears().await, "closed");
    }
}

#[tokio::test]
async fn shutdown_acknowledges_what_was_begun_and_hangs_up() {
    let house = House::open().await;
    let (mut device, _) = house.online(DEVICE).await;
    let stall = house.stall().await;
    device
        .publish(7, "devices/dev-1/messages/events/", "x")
        .await;
    device.is_silent().await;
    let House { gateway, home } = house;
    let closing = tokio::spawn(async move { gateway.shutdown(crate::harness::PATIENCE).await });
    stall.release().await;
    assert_eq!(device.hears().await, "puback 7");
    assert_eq!(device.hears().await, "closed");
    assert!(closing.await.unwrap());
    let id = DeviceId::parse(DEVICE).unwrap();
    assert_eq!(
        home.fleet
            .monitor()
            .messages(&crate::harness::SYSTEM, &id, 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

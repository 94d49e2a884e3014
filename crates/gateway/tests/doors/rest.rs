//! The service surface with the real router on a real store: statuses, bodies, headers and etags of contract sections
//! 1.2, 1.3 and 4.1 to 4.5.

use std::time::Duration;

use crate::harness::{DEVICE, HOST, House, device_token, far_away};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use twin::time::Timestamp;

const VERSION: &str = "api-version=2021-04-12";

fn request(path: &str, token: Option<&str>) -> Request<Body> {
    let request = Request::builder().uri(path);
    let request = match token {
        Some(token) => request.header("authorization", token),
        None => request,
    };
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_device_is_created_changed_and_deleted_under_its_etag() {
    let house = House::open().await;
    let created = house
        .ask(
            "PUT",
            "/devices/d2",
            None,
            Some(json!({ "deviceId": "d2" })),
        )
        .await;
    assert_eq!(
        created.headers["content-type"],
        "application/json; charset=utf-8"
    );
    let created = created.ok();
    assert_eq!(
        (&created["deviceId"], &created["status"]),
        (&json!("d2"), &json!("enabled"))
    );
    for key in ["primaryKey", "secondaryKey"] {
        assert_eq!(
            created["authentication"]["symmetricKey"][key]
                .as_str()
                .unwrap()
                .len(),
            44
        );
    }
    let again = house
        .ask(
            "PUT",
            "/devices/d2",
            None,
            Some(json!({ "deviceId": "d2" })),
        )
        .await;
    assert_eq!(again.error(), (409, "DeviceAlreadyExists".to_owned()));

    let etag = format!("\"{}\"", created["etag"].as_str().unwrap());
    let disabled = json!({ "deviceId": "d2", "status": "disabled" });
    let stale = house
        .ask(
            "PUT",
            "/devices/d2",
            Some("\"AAAA\""),
            Some(disabled.clone()),
        )
        .await;
    assert_eq!(stale.error(), (412, "PreconditionFailed".to_owned()));
    let changed = house
        .ask("PUT", "/devices/d2", Some(&etag), Some(disabled.clone()))
        .await
        .ok();
    assert_eq!(changed["status"], "disabled");
    assert_eq!(
        changed["authentication"], created["authentication"],
        "keys stay"
    );
    assert_ne!(changed["etag"], created["etag"]);
    let missing = house
        .ask(
            "PUT",
            "/devices/d3",
            Some("\"*\""),
            Some(json!({ "deviceId": "d3" })),
        )
        .await;
    assert_eq!(missing.error(), (404, "DeviceNotFound".to_owned()));

    let read = house.ask("GET", "/devices/d2", None, None).await.ok();
    assert_eq!(read["etag"], changed["etag"]);
    let stale = house.ask("DELETE", "/devices/d2", Some(&etag), None).await;
    assert_eq!(stale.error().0, 412);
    let gone = house.ask("DELETE", "/devices/d2", Some("*"), None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(
        house.ask("GET", "/devices/d2", None, None).await.error(),
        (404, "DeviceNotFound".to_owned())
    );
    assert_eq!(
        house
            .ask("DELETE", "/devices/d2", Some("\"*\""), None)
            .await
            .error()
            .0,
        404
    );
}

#[tokio::test]
async fn what_cannot_be_a_device_is_refused() {
    let house = House::open().await;
    for (path, body, code) in [
        (
            "/devices/invalid%2Fname",
            json!({ "deviceId": "invalid/name" }),
            "ArgumentInvalid",
        ),
        (
            "/devices/d%20e",
            json!({ "deviceId": "d e" }),
            "ArgumentInvalid",
        ),
        ("/devices/%ff", json!({}), "ArgumentInvalid"),
        (
            "/devices/d2",
            json!({ "deviceId": "d3" }),
            "ArgumentInvalid",
        ),
        (
            "/devices/d2",
            json!({ "deviceId": "d2", "status": "odd" }),
            "ArgumentInvalid",
        ),
        (
            "/devices/d2",
            json!({ "deviceId": "d2", "authentication": { "type": "sas", "symmetricKey": { "primaryKey": "?" } } }),
            "ArgumentInvalid",
        ),
        ("/devices/d2", json!([]), "ArgumentInvalid"),
    ] {
        let reply = house.ask("PUT", path, None, Some(body)).await;
        assert_eq!(reply.error(), (400, code.to_owned()), "{path}");
    }
    let empty = house.ask("PUT", "/devices/d2", None, None).await;
    assert_eq!(empty.error(), (400, "ArgumentNull".to_owned()));
    let with_body = |body: Vec<u8>| {
        Request::put(format!("/devices/d2?{VERSION}"))
            .header("authorization", house.token("iothubowner"))
            .body(Body::from(body))
            .unwrap()
    };
    let garbled = house.send(with_body(b"{".to_vec())).await;
    assert_eq!(garbled.error(), (400, "IotHubFormatError".to_owned()));
    let large = house.send(with_body(vec![b' '; 1024 * 1024 + 1])).await;
    assert_eq!(large.error(), (413, "MessageTooLarge".to_owned()));
}

#[tokio::test]
async fn names_are_decoded_once_and_paths_come_in_many_spellings() {
    let house = House::open().await;
    let name = "a%2F+#?=@$':!(),*";
    let encoded = "a%252F%2B%23%3F%3D%40%24%27%3A%21%28%29%2C%2A";
    house
        .ask(
            "PUT",
            &format!("/devices/{encoded}"),
            None,
            Some(json!({ "deviceId": name })),
        )
        .await
        .ok();
    for path in ["/devices", "/Devices", "/twins", "/TWINS"] {
        let read = house
            .ask("GET", &format!("{path}/{encoded}"), None, None)
            .await
            .ok();
        assert_eq!(read["deviceId"], name);
    }
    for path in ["/devices/", "/Devices?top=10", "/devices/?top=10"] {
        assert_eq!(
            house
                .ask("GET", path, None, None)
                .await
                .ok()
                .as_array()
                .unwrap()
                .len(),
            2,
            "{path}"
        );
    }
    house
        .ask("GET", "/Statistics/Devices/", None, None)
        .await
        .ok();
}

#[tokio::test]
async fn every_request_must_prove_itself_and_name_a_version() {
    let house = House::open().await;
    let now = Timestamp::parse("2026-11-22T10:00:00Z").unwrap();
    let owner = house.fleet.access().policy("iothubowner").unwrap();
    let token = |resource: &str, policy: &str, expires_at| {
        wire::sas::build(resource, &owner.primary_key, Some(policy), expires_at)
    };
    let devices = format!("/devices?{VERSION}");
    for (what, path, token, expected) in [
        (
            "no token",
            devices.as_str(),
            None,
            (401, "IotHubUnauthorized"),
        ),
        (
            "garbled",
            &devices,
            Some("Bearer x".to_owned()),
            (401, "IotHubUnauthorized"),
        ),
        (
            "expired",
            &devices,
            Some(token(
                HOST,
                "iothubowner",
                now.minus(Duration::from_mins(10)),
            )),
            (401, "IotHubUnauthorized"),
        ),
        (
            "unknown policy",
            &devices,
            Some(token(HOST, "nobody", far_away())),
            (401, "IotHubUnauthorized"),
        ),
        (
            "key of another policy",
            &devices,
            Some(token(HOST, "service", far_away())),
            (401, "IotHubUnauthorized"),
        ),
        (
            "another host",
            &devices,
            Some(token("elsewhere.example", "iothubowner", far_away())),
            (401, "IotHubUnauthorized"),
        ),
        (
            "a device's token",
            &devices,
            Some(device_token(DEVICE, far_away())),
            (401, "IotHubUnauthorized"),
        ),
        (
            "policy without permission",
            &devices,
            Some(house.token("service")),
            (401, "IotHubUnauthorizedAccess"),
        ),
        (
            "policy without permission",
            "/twins/dev-1?api-version=1",
            Some(house.token("registryRead")),
            (401, "IotHubUnauthorizedAccess"),
        ),
        (
            "another part of the hub",
            "/twins/dev-1?api-version=1",
            Some(token("localhost/devices", "iothubowner", far_away())),
            (401, "IotHubUnauthorized"),
        ),
        (
            "no version",
            "/devices",
            Some(house.token("iothubowner")),
            (400, "InvalidProtocolVersion"),
        ),
        (
            "no version and no token",
            "/devices",
            None,
            (401, "IotHubUnauthorized"),
        ),
    ] {
        let reply = house.send(request(path, token.as_deref())).await;
        assert_eq!(reply.error(), (expected.0, expected.1.to_owned()), "{what}");
    }
    for (path, token) in [
        (devices.as_str(), house.token("registryRead")),
        (
            &devices,
            token("LOCALHOST/devices", "iothubowner", far_away()),
        ),
        ("/twins/dev-1?api-version=anything", house.token("service")),
    ] {
        house.send(request(path, Some(&token))).await.ok();
    }
    assert_eq!(
        house
            .send(request("/nowhere?api-version=1", None))
            .await
            .error(),
        (404, "GenericNotFound".to_owned())
    );
    let reply = house.ask("DELETE", "/statistics/devices", None, None).await;
    assert_eq!(
        reply.error(),
        (405, "OperationNotAllowedInCurrentState".to_owned())
    );
}

#[tokio::test]
async fn the_registry_is_listed_counted_and_changed_in_bulk() {
    let house = House::open().await;
    let items: Vec<Value> = (0..5)
        .map(|n| json!({ "id": format!("b{n}"), "importMode": "create", "tags": { "n": n } }))
        .collect();
    let done = house
        .ask("POST", "/devices", None, Some(Value::Array(items)))
        .await
        .ok();
    assert_eq!(
        done,
        json!({ "isSuccessful": true, "errors": [], "warnings": [] })
    );
    assert_eq!(house.twin("b3").await["tags"], json!({ "n": 3 }));

    let listed = house.ask("GET", "/devices?top=3", None, None).await.ok();
    let names: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|device| device["deviceId"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["b0", "b1", "b2"]);
    assert_eq!(
        house
            .ask("GET", "/devices?top=many", None, None)
            .await
            .error()
            .0,
        400
    );

    let mixed = json!([
        { "id": "b0", "importMode": "Delete" },
        { "id": "b1", "importMode": "Update", "status": "disabled" },
        { "id": "b2", "importMode": "create" },
        { "id": "nobody", "importMode": "Update" },
        { "id": "a b", "importMode": "create" },
        { "id": "b3", "importMode": "UpdateIfMatchETag", "eTag": "AAAA", "status": "disabled" },
    ]);
    let reply = house.ask("POST", "/devices/", None, Some(mixed)).await;
    assert_eq!(reply.status, 200);
    let result = reply.ok();
    assert_eq!(result["isSuccessful"], false);
    let mut errors: Vec<_> = result["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["deviceId"].as_str().unwrap(),
                error["errorCode"].as_u64().unwrap(),
            )
        })
        .collect();
    errors.sort_unstable();
    assert_eq!(
        errors,
        [
            ("a b", 400_004),
            ("b2", 409_001),
            ("b3", 412_001),
            ("nobody", 404_001)
        ]
    );

    let counts = house
        .ask("GET", "/statistics/devices", None, None)
        .await
        .ok();
    assert_eq!(
        counts,
        json!({ "totalDeviceCount": 5, "enabledDeviceCount": 4, "disabledDeviceCount": 1 })
    );
    let (_device, _) = house.online(DEVICE).await;
    let connected = house
        .ask("GET", "/statistics/service", None, None)
        .await
        .ok();
    assert_eq!(connected, json!({ "connectedDeviceCount": 1 }));
    assert_eq!(
        house
            .ask("POST", "/devices", None, Some(json!({})))
            .await
            .error()
            .0,
        400
    );
}

#[tokio::test]
async fn a_twin_is_read_patched_and_replaced_under_its_etag() {
    let house = House::open().await;
    let twin = house.ask("GET", "/twins/dev-1", None, None).await.ok();
    assert_eq!(
        (&twin["etag"], &twin["version"], &twin["tags"]),
        (&json!("AAAAAAAAAAE="), &json!(2), &json!({}))
    );

    let patch = json!({ "tags": { "site": "Breda" }, "properties": { "desired": { "a": 1, "b": { "c": 2 } } }, "deviceId": "other" });
    let patched = house
        .ask(
            "PATCH",
            "/twins/dev-1",
            Some("\"AAAAAAAAAAE=\""),
            Some(patch),
        )
        .await
        .ok();
    assert_eq!(patched["deviceId"], DEVICE);
    assert_eq!(patched["properties"]["desired"]["$version"], 2);
    let etag = patched["etag"].as_str().unwrap().to_owned();
    assert_ne!(etag, "AAAAAAAAAAE=");
    let stale = house
        .ask(
            "PATCH",
            "/twins/dev-1",
            Some("\"abc\""),
            Some(json!({ "tags": {} })),
        )
        .await;
    assert_eq!(stale.error(), (412, "PreconditionFailed".to_owned()));

    let replacement = json!({ "properties": { "desired": { "d": 4 } } });
    let replaced = house
        .ask("PUT", "/twins/dev-1", Some(&etag), Some(replacement))
        .await
        .ok();
    assert_eq!(
        replaced["tags"],
        json!({ "site": "Breda" }),
        "what the body does not name stays"
    );
    let desired = &replaced["properties"]["desired"];
    assert_eq!(
        (&desired["d"], &desired["a"], &desired["$version"]),
        (&json!(4), &Value::Null, &json!(3))
    );

    let refused = house
        .ask(
            "PATCH",
            "/twins/dev-1",
            None,
            Some(json!({ "tags": { "a.b": 1 } })),
        )
        .await;
    assert_eq!(refused.error(), (400, "ArgumentInvalid".to_owned()));
    for method in ["GET", "PATCH", "PUT"] {
        let body = (method != "GET").then(|| json!({ "tags": { "a": 1 } }));
        assert_eq!(
            house.ask(method, "/twins/nobody", None, body).await.error(),
            (404, "DeviceNotFound".to_owned())
        );
    }
}

#[tokio::test]
async fn a_query_is_answered_page_by_page() {
    let house = House::open().await;
    for n in 0..5 {
        house.register(&format!("q{n}")).await;
        house
            .patch(&format!("q{n}"), json!({ "tags": { "n": n } }))
            .await;
    }
    let ask = |query: &str, headers: Vec<(&'static str, String)>| {
        let mut request = Request::post(format!("/devices/query?{VERSION}"))
            .header("authorization", house.token("service"));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        house.send(
            request
                .body(Body::from(json!({ "query": query }).to_string()))
                .unwrap(),
        )
    };
    let mut seen = Vec::new();
    let mut continuation = None;
    loop {
        let mut headers = vec![("x-ms-max-item-count", "2".to_owned())];
        headers.extend(continuation.take().map(|text| ("x-ms-continuation", text)));
        let reply = ask("SELECT * FROM devices WHERE tags.n >= 1", headers).await;
        assert_eq!(reply.headers["x-ms-item-type"], "Twin");
        continuation = reply
            .headers
            .get("x-ms-continuation")
            .map(|value| value.to_str().unwrap().to_owned());
        let rows = reply.ok();
        assert!(rows.as_array().unwrap().len() <= 2);
        seen.extend(
            rows.as_array()
                .unwrap()
                .iter()
                .map(|row| row["deviceId"].as_str().unwrap().to_owned()),
        );
        if continuation.is_none() {
            break;
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, ["q1", "q2", "q3", "q4"]);

    let counted = ask(
        "SELECT COUNT() AS n FROM devices WHERE tags.n >= 1",
        Vec::new(),
    )
    .await;
    assert_eq!(counted.headers["x-ms-item-type"], "Raw");
    assert_eq!(counted.ok(), json!([{ "n": 4 }]));
    assert_eq!(
        ask("SELECT * FROM devices WHERE tags.n = 99", Vec::new())
            .await
            .ok(),
        json!([])
    );

    let bad = ask("SELEC * FROM devices", Vec::new()).await;
    assert_eq!(bad.error(), (400, "ArgumentInvalid".to_owned()));
    assert!(
        bad.body["Message"]
            .as_str()
            .unwrap()
            .contains("SQL query parse failed due to following errors: at 1:")
    );
    assert_eq!(
        ask("", Vec::new()).await.error(),
        (400, "ArgumentNull".to_owned())
    );
    let missing = house
        .ask("POST", "/devices/query", None, Some(json!({})))
        .await;
    assert_eq!(missing.error(), (400, "ArgumentNull".to_owned()));
    let page = ask(
        "SELECT * FROM devices",
        vec![("x-ms-max-item-count", "none".to_owned())],
    )
    .await;
    assert_eq!(page.error().0, 400);
    let damaged = ask(
        "SELECT * FROM devices",
        vec![("x-ms-continuation", "junk".to_owned())],
    )
    .await;
    assert_eq!(damaged.error().0, 400);

    house
        .ask(
            "PUT",
            "/devices/query",
            None,
            Some(json!({ "deviceId": "query" })),
        )
        .await
        .ok();
    assert_eq!(
        house.ask("GET", "/devices/query", None, None).await.ok()["deviceId"],
        "query"
    );
    assert_eq!(
        house
            .ask("POST", "/devices/other", None, Some(json!({})))
            .await
            .error()
            .0,
        405
    );
}

#[tokio::test]
async fn a_method_needs_a_device_that_listens() {
    let house = House::open().await;
    let call = |path: &'static str, body: Value| house.ask("POST", path, None, Some(body));
    let (mut device, _) = house.online(DEVICE).await;
    for (path, body, expected) in [
        (
            "/twins/nobody/methods",
            json!({ "methodName": "m" }),
            (404, "DeviceNotFound"),
        ),
        (
            "/twins/dev-1/methods",
            json!({ "methodName": "m" }),
            (404, "DeviceNotOnline"),
        ),
        (
            "/twins/dev-1/methods",
            json!({ "methodName": "m", "responseTimeoutInSeconds": 4 }),
            (400, "ArgumentInvalid"),
        ),
        (
            "/twins/dev-1/methods",
            json!({ "methodName": "m", "responseTimeoutInSeconds": 301 }),
            (400, "ArgumentInvalid"),
        ),
        (
            "/twins/dev-1/methods",
            json!({ "methodName": "m", "responseTimeoutInSeconds": "5" }),
            (400, "ArgumentInvalid"),
        ),
        (
            "/twins/dev-1/methods",
            json!({ "methodName": "m", "connectTimeoutInSeconds": 301 }),
            (400, "ArgumentInvalid"),
        ),
        (
            "/twins/dev-1/methods",
            json!({ "methodName": "a/b" }),
            (400, "ArgumentInvalid"),
        ),
        (
            "/twins/dev-1/methods",
            json!({ "payload": 1 }),
            (400, "ArgumentNull"),
        ),
        (
            "/twins/dev-1/methods",
            json!({ "methodName": "m", "payload": "x".repeat(128 * 1024) }),
            (413, "MessageTooLarge"),
        ),
    ] {
        assert_eq!(
            call(path, body).await.error(),
            (expected.0, expected.1.to_owned())
        );
    }

    // The connect time-out waits for the subscription.
    let body = json!({ "methodName": "m", "connectTimeoutInSeconds": 60, "timeoutInSeconds": 10 });
    let (reply, ()) = tokio::join!(call("/twins/dev-1/methods", body), async {
        device.is_silent().await;
        device.subscribe_all().await;
        let heard = device.hears().await;
        let rid = heard
            .strip_prefix("$iothub/methods/POST/m/?$rid=")
            .unwrap()
            .strip_suffix(" null")
            .unwrap()
            .to_owned();
        device
            .publish(0, &format!("$iothub/methods/res/200/?$rid={rid}"), "{}")
            .await;
    });
    assert_eq!(reply.ok(), json!({ "status": 200, "payload": {} }));
}

#[tokio::test]
async fn telemetry_over_https_is_stored_when_it_is_answered() {
    let house = House::open().await;
    let post = |path: &str, token: Option<String>, headers: &[(&str, &str)], body: Vec<u8>| {
        let mut request = Request::post(format!("{path}?{VERSION}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        house.send(request.body(Body::from(body)).unwrap())
    };
    let token = || Some(device_token(DEVICE, far_away()));
    let path = "/devices/dev-1/messages/events";
    let headers = [
        ("iothub-app-alert", "yes"),
        ("IoTHub-MessageId", "m-1"),
        ("iothub-contenttype", "text/plain"),
    ];
    let reply = post(path, token(), &headers, b"21.5".to_vec()).await;
    assert_eq!(reply.status, 204);
    let batch = json!([
        { "body": "MQ==", "properties": { "iothub-app-n": "1" } },
        { "body": "Mg==" },
    ]);
    let kind = [("content-type", "application/vnd.microsoft.iothub.json")];
    assert_eq!(
        post(path, token(), &kind, batch.to_string().into_bytes())
            .await
            .status,
        204
    );

    let id = twin::id::DeviceId::parse(DEVICE).unwrap();
    let messages = house
        .fleet
        .monitor()
        .messages(&crate::harness::SYSTEM, &id, 10)
        .await
        .unwrap();
    let bodies: Vec<_> = messages
        .iter()
        .map(|message| String::from_utf8_lossy(&message.body).into_owned())
        .collect();
    assert_eq!(bodies, ["2", "1", "21.5"]);
    assert_eq!(
        messages[1].properties,
        *json!({ "n": "1" }).as_object().unwrap()
    );
    assert_eq!(
        messages[2].properties,
        *json!({ "alert": "yes" }).as_object().unwrap()
    );
    assert_eq!(
        (
            &messages[2].system["message-id"],
            &messages[2].system["content-type"]
        ),
        (&json!("m-1"), &json!("text/plain"))
    );
    assert_eq!(house.twin(DEVICE).await["connectionState"], "Disconnected");

    assert_eq!(post(path, None, &[], Vec::new()).await.error().0, 401);
    assert_eq!(
        post(
            path,
            Some(device_token("dev-2", far_away())),
            &[],
            Vec::new()
        )
        .await
        .error()
        .0,
        401
    );
    assert_eq!(
        post(
            "/devices/nobody/messages/events",
            Some(device_token("nobody", far_away())),
            &[],
            Vec::new()
        )
        .await
        .error()
        .0,
        401
    );
    assert_eq!(
        post(
            "/devices/dev-1%2F%23+foo/messages/events",
            token(),
            &[],
            Vec::new()
        )
        .await
        .error()
        .0,
        401,
        "never 400"
    );
    assert_eq!(
        post(path, token(), &[], vec![0; 256 * 1024 + 1])
            .await
            .error(),
        (413, "MessageTooLarge".to_owned())
    );
    assert_eq!(
        post(path, token(), &kind, b"{}".to_vec()).await.error().0,
        400
    );
}

#[tokio::test]
async fn what_is_not_offered_is_empty_for_devices_that_exist() {
    let house = House::open().await;
    assert_eq!(
        house
            .ask("GET", "/devices/dev-1/modules", None, None)
            .await
            .ok(),
        json!([])
    );
    let purged = house
        .ask("DELETE", "/devices/dev-1/commands", None, None)
        .await
        .ok();
    assert_eq!(
        purged,
        json!({ "totalMessagesPurged": 0, "deviceId": DEVICE, "moduleId": null })
    );
    for (method, path) in [
        ("GET", "/devices/nobody/modules"),
        ("DELETE", "/devices/nobody/commands"),
    ] {
        assert_eq!(
            house.ask(method, path, None, None).await.error(),
            (404, "DeviceNotFound".to_owned())
        );
    }
}

//! Declared properties on the service surface: an extension of the contract in the contract's manners.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::harness::{DEVICE, House};

/// How long a column of one device may take.
const DEADLINE: Duration = Duration::from_secs(20);
const REGION: &str = "/properties/tags.region";

impl House {
    async fn get(&self, path: &str) -> Value {
        self.ask("GET", path, None, None).await.ok()
    }

    async fn declare(&self, path: &str, body: Value) -> (u16, String) {
        self.ask("PUT", path, None, Some(body)).await.error()
    }

    /// The property once its column is built.
    async fn built(&self, path: &str) -> Value {
        let built = async {
            loop {
                let property = self.get(path).await;
                if property["column"]["state"] == "ready" {
                    return property;
                }
                tokio::task::yield_now().await;
            }
        };
        let built = tokio::time::timeout(DEADLINE, built).await;
        built.expect("the column is never built")
    }
}

#[tokio::test]
async fn a_property_is_declared_described_listed_and_dropped() {
    let house = House::open().await;
    house.fleet.monitor().columns_complete().await;
    house
        .patch(DEVICE, json!({ "tags": { "region": "North" } }))
        .await;
    assert_eq!(house.get("/properties").await, json!([]));

    let body = json!({ "type": "string", "title": "Region" });
    let declared = house.ask("PUT", REGION, None, Some(body)).await;
    assert_eq!(declared.status, 204);
    let property = house.built("/Properties/tags.region/").await;
    for (member, value) in [
        ("path", json!("tags.region")),
        ("type", json!("string")),
        ("title", json!("Region")),
        ("unit", json!("")),
        ("description", json!("")),
    ] {
        assert_eq!(property[member], value, "{member}");
    }
    let column = &property["column"];
    for (member, value) in [
        ("loaded", 1),
        ("devices", 1),
        ("devicesWithValue", 1),
        ("distinctValues", 1),
    ] {
        assert_eq!(column[member], value, "{member} in {column}");
    }
    assert!(column["memoryBytes"].as_u64().unwrap() > 0);

    // What was read can be written back with another title; the path may be written in short.
    let mut changed = property.clone();
    changed["title"] = json!("Sales region");
    let put = house.ask("PUT", REGION, Some("*"), Some(changed)).await;
    assert_eq!(put.status, 204);
    let short = json!({ "type": "number", "unit": "%" });
    let put = house
        .ask("PUT", "/properties/reported.battery_pct", None, Some(short))
        .await;
    assert_eq!(put.status, 204);
    let all = house.get("/properties").await;
    assert_eq!(all[0]["path"], "properties.reported.battery_pct");
    assert_eq!(all[1]["title"], "Sales region");

    let gone = house.ask("DELETE", REGION, None, None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(house.get("/properties").await.as_array().unwrap().len(), 1);
    for method in ["GET", "DELETE"] {
        let missing = house.ask(method, REGION, None, None).await;
        assert_eq!(missing.error(), (404, "GenericNotFound".to_owned()));
    }
}

#[tokio::test]
async fn what_cannot_be_declared_is_refused() {
    let house = House::open().await;
    house
        .patch(DEVICE, json!({ "tags": { "floor": 3, "region": "North" } }))
        .await;
    let text = || json!({ "type": "string" });
    for (path, body) in [
        ("/properties/status", text()),
        ("/properties/tags", text()),
        ("/properties/properties.desired", text()),
        ("/properties/no%20path", text()),
        ("/properties/%ff", text()),
        (REGION, json!([])),
        (REGION, json!({})),
        (REGION, json!({ "type": "texts" })),
        (REGION, json!({ "type": 3 })),
        (REGION, json!({ "type": "string", "title": ["Region"] })),
        (REGION, json!({ "type": "string", "unit": "m".repeat(101) })),
        (REGION, json!({ "type": "string", "path": "tags.site" })),
        (REGION, json!({ "type": "boolean" })),
        ("/properties/tags.floor", text()),
    ] {
        let refused = house.declare(path, body.clone()).await;
        assert_eq!(
            refused,
            (400, "ArgumentInvalid".to_owned()),
            "{path} {body}"
        );
    }
    let unknown = house.ask("PUT", REGION, Some("*"), Some(text())).await;
    assert_eq!(unknown.error(), (404, "GenericNotFound".to_owned()));
    assert_eq!(house.get("/properties").await, json!([]));

    let declared = house.ask("PUT", REGION, None, Some(text())).await;
    assert_eq!(declared.status, 204);
    let again = house.declare(REGION, text()).await;
    assert_eq!(again, (409, "GenericConflict".to_owned()));
    let etag = house
        .ask("PUT", REGION, Some("\"AAAA\""), Some(text()))
        .await;
    assert_eq!(etag.error(), (412, "PreconditionFailed".to_owned()));
}

#[tokio::test]
async fn reading_and_declaring_need_different_permissions() {
    let house = House::open().await;
    for (policy, method, status) in [
        ("device", "GET", 401),
        ("registryReadWrite", "GET", 401),
        ("service", "GET", 200),
        ("service", "PUT", 401),
        ("registryRead", "PUT", 401),
        ("registryReadWrite", "PUT", 204),
        ("service", "DELETE", 401),
        ("registryReadWrite", "DELETE", 204),
    ] {
        let path = if method == "GET" {
            "/properties"
        } else {
            REGION
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("{path}?api-version=2021-04-12"))
            .header("authorization", house.token(policy))
            .body(Body::from(json!({ "type": "string" }).to_string()))
            .unwrap();
        let reply = house.send(request).await;
        assert_eq!(reply.status, status, "{policy} {method}");
    }
    let actions: Vec<_> = house
        .fleet
        .audit()
        .entries(&crate::harness::SYSTEM, None, 2)
        .await
        .unwrap()
        .into_iter()
        .map(|logged| (logged.entry.action, logged.entry.target))
        .collect();
    let region = || "tags.region".to_owned();
    assert_eq!(
        actions,
        [
            ("property.drop".to_owned(), region()),
            ("property.declare".to_owned(), region())
        ]
    );
}

//! The device registry: creating, changing, removing, in bulk, and what the gateway verifies against.

use fleet::Error;
use fleet::access::Permission;
use fleet::provision::{BulkItem, BulkProblem, DeviceUpdate, NewDevice, registry_view};
use serde_json::{Value, json};
use twin::id::Match;
use twin::identity::{AuthenticationKind, Status};

use crate::world::{Told, World, admin, id, operator, service, supervisor};

const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

fn wire_device(name: &str, body: &Value) -> NewDevice {
    NewDevice::from_wire(id(name), body).unwrap()
}

#[tokio::test]
async fn a_device_gets_keys_a_generation_and_an_etag() {
    let world = World::new().await;
    let empty_keys = json!({ "deviceId": "d1", "authentication": { "symmetricKey": { "primaryKey": "", "secondaryKey": null } } });
    let created = world
        .fleet
        .provision()
        .create(&operator(), wire_device("d1", &empty_keys))
        .await
        .unwrap();
    let view = registry_view(&created);
    let key = |which: &str| {
        view["authentication"]["symmetricKey"][which]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(key("primaryKey").len(), 44);
    assert_ne!(key("primaryKey"), key("secondaryKey"));
    assert_eq!(view["status"], "enabled");
    assert_eq!(view["authentication"]["type"], "sas");
    assert_eq!(view["connectionState"], "Disconnected");
    assert!(
        view["generationId"]
            .as_str()
            .unwrap()
            .parse::<u64>()
            .is_ok()
    );
    let sealed = created.record.identity.sealed_keys.clone().unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains(&key("primaryKey")));
    let keys = world
        .fleet
        .provision()
        .keys(&admin(), &id("d1"))
        .await
        .unwrap();
    assert_eq!(keys, Some((key("primaryKey"), key("secondaryKey"))));
    assert_eq!(
        world.audit().await.pop().unwrap().action,
        "device.read_keys"
    );
}

#[tokio::test]
async fn a_name_is_taken_until_it_is_given_up() {
    let world = World::new().await;
    let provision = world.fleet.provision();
    let first = world.device("d1").await;
    let again = provision.create(&admin(), NewDevice::new(id("d1"))).await;
    assert!(matches!(again, Err(Error::Exists { .. })));
    provision
        .delete(&admin(), &id("d1"), Match::Any, None)
        .await
        .unwrap();
    let second = world.device("d1").await;
    let identity = |device: &fleet::provision::Registered| {
        (
            device.record.identity.generation_id.clone(),
            device.record.identity.etag,
            device.record.slot,
        )
    };
    let (first, second) = (identity(&first), identity(&second));
    assert!(first.0 != second.0 && first.1 != second.1 && first.2 != second.2);
}

#[tokio::test]
async fn given_keys_are_kept_and_bad_ones_refused() {
    let world = World::new().await;
    let provision = world.fleet.provision();
    let with_keys = |primary: &str, secondary: &str| NewDevice {
        keys: Some((primary.to_owned(), secondary.to_owned())),
        ..NewDevice::new(id("d1"))
    };
    for bad in ["not base64!", "c2hvcnQ="] {
        let refused = provision.create(&admin(), with_keys(bad, KEY)).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{bad}");
    }
    let created = provision
        .create(&admin(), with_keys(KEY, ""))
        .await
        .unwrap();
    let (primary, secondary) = created.keys.unwrap();
    assert_eq!(primary, KEY);
    assert_eq!(secondary.len(), 44);
    let credentials = provision.credentials(&id("d1")).await.unwrap().unwrap();
    assert_eq!(credentials.primary_key, b"01234567890123456789012345678901");
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused() {
    let world = World::new().await;
    let provision = world.fleet.provision();
    let refused = |body: Value| NewDevice::from_wire(id("d1"), &body).map(|_| body);
    for body in [
        json!([]),
        json!({ "deviceId": "other" }),
        json!({ "status": "maybe" }),
        json!({ "status": 7 }),
        json!({ "authentication": [] }),
        json!({ "authentication": { "type": "magic" } }),
        json!({ "authentication": { "symmetricKey": "x" } }),
    ] {
        assert!(matches!(refused(body), Err(Error::Invalid(_))));
    }
    for body in [
        json!({ "statusReason": "x".repeat(129) }),
        json!({ "authentication": { "type": "selfSigned" } }),
        json!({ "authentication": { "x509Thumbprint": { "primaryThumbprint": "short" } } }),
    ] {
        let created = provision.create(&admin(), wire_device("d1", &body)).await;
        assert!(matches!(created, Err(Error::Invalid(_))), "{body}");
    }
    let too_large = NewDevice {
        tags: crate::world::map(json!({ "x": "x".repeat(5_000) })),
        ..NewDevice::new(id("d1"))
    };
    assert!(matches!(
        provision.create(&admin(), too_large).await,
        Err(Error::Twin(_))
    ));
    assert!(
        provision
            .device(&admin(), &id("d1"))
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn certificates_are_recognized_by_their_thumbprints() {
    let world = World::new().await;
    let thumbprint = "A".repeat(40);
    let body = json!({ "authentication": { "x509Thumbprint": { "primaryThumbprint": thumbprint, "secondaryThumbprint": null } } });
    let created = world
        .fleet
        .provision()
        .create(&admin(), wire_device("d1", &body))
        .await
        .unwrap();
    assert_eq!(
        created.record.identity.authentication,
        AuthenticationKind::SelfSigned
    );
    assert_eq!(created.keys, None);
    let credentials = world
        .fleet
        .provision()
        .credentials(&id("d1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(credentials.thumbprints.0, Some(thumbprint));
    assert!(credentials.primary_key.is_empty());
}

#[tokio::test]
async fn disabling_and_new_keys_end_the_connection_at_once() {
    let world = World::new().await;
    let provision = world.fleet.provision();
    let created = world.device("d1").await;
    let keys = created.keys.clone();
    assert_eq!(
        provision
            .credentials(&id("d1"))
            .await
            .unwrap()
            .unwrap()
            .status,
        Status::Enabled
    );
    world.outlet.told();
    let update = |body: Value| DeviceUpdate::from_wire(&id("d1"), &body).unwrap();
    // A document sent back as it came changes no keys, and ends no connection.
    let echo = registry_view(&created);
    let echoed = provision
        .update(&admin(), &id("d1"), update(echo), Match::Any)
        .await
        .unwrap();
    assert_eq!(echoed.keys, keys);
    assert_eq!(world.outlet.told(), []);

    let disabled = json!({ "deviceId": "d1", "status": "disabled" });
    let disabled = provision
        .update(&admin(), &id("d1"), update(disabled), Match::Any)
        .await
        .unwrap();
    assert_eq!(disabled.keys, keys, "the keys stay");
    assert_eq!(
        world.outlet.told(),
        [Told::Disconnect {
            device: "d1".to_owned(),
            why: "the device was disabled".to_owned()
        }]
    );
    assert_eq!(
        provision
            .credentials(&id("d1"))
            .await
            .unwrap()
            .unwrap()
            .status,
        Status::Disabled
    );

    let rolled = json!({ "authentication": { "symmetricKey": { "primaryKey": KEY, "secondaryKey": null } } });
    let rolled = provision
        .update(&admin(), &id("d1"), update(rolled), Match::Any)
        .await
        .unwrap();
    let (primary, secondary) = rolled.keys.unwrap();
    assert_eq!((primary.as_str(), secondary), (KEY, keys.unwrap().1));
    assert!(matches!(
        &world.outlet.told()[..],
        [Told::Disconnect { .. }]
    ));
    assert_eq!(
        provision
            .credentials(&id("d1"))
            .await
            .unwrap()
            .unwrap()
            .primary_key,
        b"01234567890123456789012345678901"
    );
}

#[tokio::test]
async fn etags_guard_changes_and_removal() {
    let world = World::new().await;
    let provision = world.fleet.provision();
    let created = world.device("d1").await;
    let etag = Match::parse(Some(&format!(
        "\"{}\"",
        created.record.identity.wire_etag()
    )));
    let update = DeviceUpdate {
        status_reason: Some(Some("spare".to_owned())),
        ..DeviceUpdate::default()
    };
    let updated = provision
        .update(&admin(), &id("d1"), update.clone(), etag.clone())
        .await
        .unwrap();
    assert_ne!(updated.record.identity.etag, created.record.identity.etag);
    let stale = provision
        .update(&admin(), &id("d1"), update.clone(), etag.clone())
        .await;
    assert!(matches!(stale, Err(Error::PreconditionFailed)));
    let stale = provision.delete(&admin(), &id("d1"), etag, None).await;
    assert!(matches!(stale, Err(Error::PreconditionFailed)));
    let missing = provision
        .update(&admin(), &id("d2"), update, Match::Any)
        .await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
    world.outlet.told();
    let current = Match::parse(Some(&updated.record.identity.wire_etag()));
    provision
        .delete(&admin(), &id("d1"), current, None)
        .await
        .unwrap();
    assert!(matches!(
        &world.outlet.told()[..],
        [Told::Disconnect { .. }]
    ));
    assert!(provision.credentials(&id("d1")).await.unwrap().is_none());
    let gone = provision
        .delete(&admin(), &id("d1"), Match::Any, None)
        .await;
    assert!(matches!(gone, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn each_change_leaves_one_audit_entry() {
    let world = World::new().await;
    let before = world.audit().await.len();
    let provision = world.fleet.provision();
    world.device("d1").await;
    let update = DeviceUpdate {
        status: Some(Status::Disabled),
        reason: Some("lost".to_owned()),
        ..DeviceUpdate::default()
    };
    provision
        .update(&operator(), &id("d1"), update, Match::Any)
        .await
        .unwrap();
    provision
        .delete(
            &operator(),
            &id("d1"),
            Match::Any,
            Some("found broken".to_owned()),
        )
        .await
        .unwrap();
    let entries = world.audit().await.split_off(before);
    let said: Vec<_> = entries
        .iter()
        .map(|entry| (entry.action.as_str(), entry.reason.as_deref()))
        .collect();
    assert_eq!(
        said,
        [
            ("device.create", None),
            ("device.update", Some("lost")),
            ("device.delete", Some("found broken"))
        ]
    );
}

#[tokio::test]
async fn who_may_not_gets_no_further() {
    let world = World::new().await;
    world.device("d1").await;
    let before = world.audit().await.len();
    let provision = world.fleet.provision();
    let reader = service(&[Permission::RegistryRead]);
    for principal in [supervisor(), reader.clone()] {
        let refused = [
            provision
                .create(&principal, NewDevice::new(id("d2")))
                .await
                .map(drop),
            provision
                .create_many(&principal, vec![NewDevice::new(id("d2"))])
                .await
                .map(drop),
            provision
                .update(&principal, &id("d1"), DeviceUpdate::default(), Match::Any)
                .await
                .map(drop),
            provision
                .delete(&principal, &id("d1"), Match::Any, None)
                .await,
            provision.bulk(&principal, vec![]).await.map(drop),
        ];
        for result in refused {
            assert!(
                matches!(result, Err(Error::Denied(_))),
                "{principal:?} {result:?}"
            );
        }
    }
    assert!(matches!(
        provision.keys(&supervisor(), &id("d1")).await,
        Err(Error::Denied(_))
    ));
    assert_eq!(world.audit().await.len(), before);
    // Reading is for all; keys are shown to policies, and people must ask for them.
    assert!(
        provision
            .device(&reader, &id("d1"))
            .await
            .unwrap()
            .unwrap()
            .keys
            .is_some()
    );
    assert!(
        provision
            .device(&admin(), &id("d1"))
            .await
            .unwrap()
            .unwrap()
            .keys
            .is_none()
    );
    assert!(
        provision.list(&supervisor(), None).await.unwrap()[0]
            .keys
            .is_none()
    );
}

#[tokio::test]
async fn thousands_are_created_in_batches_and_one_refusal_holds_nobody() {
    let world = World::with(|limits| limits.create_batch_rows = 64).await;
    world.device("meter-0100").await;
    let new = (0..1_000)
        .map(|number| NewDevice::new(id(&format!("meter-{number:04}"))))
        .collect();
    let results = world
        .fleet
        .provision()
        .create_many(&admin(), new)
        .await
        .unwrap();
    assert_eq!(results.len(), 1_000);
    for (number, result) in results.iter().enumerate() {
        match result {
            Ok(created) => assert_eq!(
                created.record.identity.device_id,
                id(&format!("meter-{number:04}"))
            ),
            Err(error) => assert!(number == 100 && matches!(error, Error::Exists { .. })),
        }
    }
    let statistics = world.fleet.provision().statistics(&admin()).await.unwrap();
    assert_eq!(
        (statistics.total, statistics.enabled, statistics.disabled),
        (1_000, 1_000, 0)
    );
    let listed = world
        .fleet
        .provision()
        .list(&admin(), Some(3))
        .await
        .unwrap();
    let names: Vec<_> = listed
        .iter()
        .map(|device| device.record.identity.device_id.to_string())
        .collect();
    assert_eq!(names, ["meter-0000", "meter-0001", "meter-0002"]);
}

/// A bulk call with one element of each kind of outcome.
async fn bulk(world: &World, items: Vec<Value>) -> Vec<(String, &'static str, String)> {
    let items = items
        .iter()
        .map(|item| BulkItem::from_wire(item).unwrap())
        .collect();
    let outcome = world.fleet.provision().bulk(&admin(), items).await.unwrap();
    outcome
        .failures
        .into_iter()
        .map(|failure| {
            let problem = match failure.problem {
                BulkProblem::DefinedMultipleTimes => "twice".to_owned(),
                BulkProblem::Refused(Error::NotFound { .. }) => "missing".to_owned(),
                BulkProblem::Refused(Error::Exists { .. }) => "exists".to_owned(),
                BulkProblem::Refused(Error::PreconditionFailed) => "stale".to_owned(),
                BulkProblem::Refused(other) => other.to_string(),
            };
            (failure.device_id, failure.operation, problem)
        })
        .collect()
}

#[tokio::test]
async fn bulk_modes_do_what_they_say() {
    let world = World::new().await;
    let failures = bulk(
        &world,
        vec![
            json!({ "id": "a", "importMode": "create", "tags": { "n": 1 }, "properties": { "desired": { "x": 1 } } }),
            json!({ "id": "b", "importMode": "Update", "status": "disabled" }),
            json!({ "id": "c" }),
            json!({ "id": "d", "importMode": "createOrUpdateIfMatchETag" }),
            json!({ "id": "e", "importMode": "delete" }),
            json!({ "id": "f", "importMode": "updateTwin", "tags": {} }),
        ],
    )
    .await;
    assert_eq!(
        failures,
        [
            ("b".to_owned(), "update", "missing".to_owned()),
            ("e".to_owned(), "delete", "missing".to_owned()),
            ("f".to_owned(), "updateTwin", "missing".to_owned()),
        ]
    );
    let a = world.live("a").await.unwrap().record;
    assert_eq!(a.twin.tags["n"], 1);
    assert_eq!(a.twin.desired.values["x"], 1);
    let etag = a.identity.wire_etag();
    let failures = bulk(
        &world,
        vec![
            json!({ "id": "a", "importMode": "updateIfMatchETag", "eTag": etag, "status": "disabled", "tags": { "n": 2 } }),
            json!({ "id": "c", "importMode": "create" }),
            json!({ "id": "d", "importMode": "createOrUpdateIfMatchETag", "eTag": "c3RhbGU=", "tags": { "n": 9 } }),
            json!({ "id": "g", "importMode": "DELETE" }),
        ],
    )
    .await;
    assert_eq!(
        failures,
        [
            ("c".to_owned(), "create", "exists".to_owned()),
            (
                "d".to_owned(),
                "createOrUpdateIfMatchETag",
                "stale".to_owned()
            ),
            ("g".to_owned(), "delete", "missing".to_owned()),
        ]
    );
    let a = world.live("a").await.unwrap().record;
    assert_eq!(a.identity.status, Status::Disabled);
    assert_eq!(a.twin.tags["n"], 2);
    assert!(
        world.live("d").await.unwrap().record.twin.tags.is_empty(),
        "a stale etag holds the twin too"
    );

    let twin_etag = a.twin.etag.to_string();
    let failures = bulk(
        &world,
        vec![
            json!({ "id": "a", "importMode": "updateTwinIfMatchETag", "twinETag": twin_etag, "tags": { "n": 3 } }),
            json!({ "id": "c", "importMode": "deleteIfMatchETag", "eTag": "c3RhbGU=" }),
            json!({ "id": "d", "importMode": "delete" }),
        ],
    )
    .await;
    assert_eq!(
        failures,
        [("c".to_owned(), "deleteIfMatchETag", "stale".to_owned())]
    );
    assert_eq!(world.live("a").await.unwrap().record.twin.tags["n"], 3);
    assert!(world.live("d").await.is_none());
}

#[tokio::test]
async fn a_bulk_call_names_each_device_once_and_a_hundred_at_most() {
    let world = World::new().await;
    let failures = bulk(
        &world,
        vec![
            json!({ "id": "a", "importMode": "create" }),
            json!({ "id": "b", "importMode": "create" }),
            json!({ "id": "a", "importMode": "delete" }),
        ],
    )
    .await;
    let twice: Vec<_> = failures
        .iter()
        .map(|(id, _, problem)| (id.as_str(), problem.as_str()))
        .collect();
    assert_eq!(twice, [("a", "twice"), ("a", "twice")]);
    assert!(world.live("a").await.is_none() && world.live("b").await.is_some());
    let item = |number: usize| BulkItem::from_wire(&json!({ "id": format!("d{number}") })).unwrap();
    let many = (0..101).map(item).collect();
    let refused = world.fleet.provision().bulk(&admin(), many).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    let (name, _) = BulkItem::from_wire(&json!({ "id": "in/valid" })).unwrap_err();
    assert_eq!(name, "in/valid");
}

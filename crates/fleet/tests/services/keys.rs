//! Rolling a device's keys: one is made anew while the other lets the device in.

use fleet::Error;
use fleet::access::WhichKey;
use fleet::provision::NewDevice;
use twin::identity::AuthenticationKind;

use crate::world::{Told, World, id, operator, supervisor};

/// The keys that let the device in, primary and secondary.
async fn valid(world: &World) -> (Vec<u8>, Vec<u8>) {
    let credentials = world.fleet.provision().credentials(&id("d1")).await;
    let credentials = credentials.unwrap().unwrap();
    (
        credentials.primary_key.clone(),
        credentials.secondary_key.clone(),
    )
}

#[tokio::test]
async fn the_other_key_lets_the_device_in_until_it_is_renewed_itself() {
    let world = World::new().await;
    world.device("d1").await;
    let provision = world.fleet.provision();
    let before = valid(&world).await;
    world.outlet.told();

    let why = || Some("yearly roll".to_owned());
    let secondary = provision
        .renew_key(&operator(), &id("d1"), WhichKey::Secondary, why())
        .await
        .unwrap();
    let between = valid(&world).await;
    assert_eq!(between.0, before.0, "the primary key still lets it in");
    assert_ne!(between.1, before.1);
    assert_eq!(secondary.len(), 44);
    assert!(matches!(
        &world.outlet.told()[..],
        [Told::Disconnect { .. }]
    ));

    provision
        .renew_key(&operator(), &id("d1"), WhichKey::Primary, why())
        .await
        .unwrap();
    let after = valid(&world).await;
    assert_eq!(after.1, between.1, "what the device has by now stays valid");
    assert_ne!(after.0, before.0, "the old primary key is gone");

    let last = world.audit().await.pop().unwrap();
    assert_eq!(
        (last.action.as_str(), last.reason.as_deref()),
        ("device.update", Some("yearly roll"))
    );
}

#[tokio::test]
async fn only_keys_that_exist_are_renewed_and_only_by_whom_it_is_allowed() {
    let world = World::new().await;
    world.device("d1").await;
    let before = valid(&world).await;
    let provision = world.fleet.provision();
    let by_thumbprint = NewDevice {
        authentication: AuthenticationKind::SelfSigned,
        thumbprints: (Some("a".repeat(40)), None),
        ..NewDevice::new(id("d2"))
    };
    provision.create(&operator(), by_thumbprint).await.unwrap();

    let renew = |principal, name| async move {
        let (which, id) = (WhichKey::Primary, id(name));
        provision.renew_key(&principal, &id, which, None).await
    };
    let refused = renew(supervisor(), "d1").await;
    assert!(matches!(refused, Err(Error::Denied(_))));
    let keyless = renew(operator(), "d2").await;
    assert!(matches!(keyless, Err(Error::Invalid(_))));
    let missing = renew(operator(), "d3").await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
    assert_eq!(valid(&world).await, before);
}

#[tokio::test]
async fn a_connection_string_names_hub_device_and_key() {
    let world = World::new().await;
    let created = world.device("d1").await;
    let (primary, _) = created.keys.unwrap();
    let text = world
        .fleet
        .provision()
        .connection_string(&id("d1"), &primary);
    let parts: Vec<&str> = text.split(';').collect();
    assert_eq!(
        parts,
        [
            format!("HostName={}", world.fleet.host_name()),
            "DeviceId=d1".to_owned(),
            format!("SharedAccessKey={primary}"),
        ]
    );
}

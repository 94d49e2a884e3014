//! People, sessions, throttling and policies.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use fleet::Error;
use fleet::access::{
    Denied, NewPerson, Permission, PersonChange, Principal, Role, SignInError, WhichKey,
};
use fleet::clock::Clock as _;

use crate::world::{World, admin, operator, supervisor};

const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

fn mina(password: &str, role: Role) -> NewPerson {
    NewPerson {
        name: "Mina".to_owned(),
        password: password.to_owned(),
        role,
    }
}

/// A world with an administrator and the operator Mina, whose password is `correct horse`.
async fn staffed() -> (World, i64) {
    let world = World::with(|limits| limits.sign_in_tries_per_name = 3).await;
    let access = world.fleet.access();
    access
        .ensure_admin(Some("administrator".to_owned()))
        .await
        .unwrap();
    let person = access
        .add_person(&admin(), mina("correct horse", Role::Operator))
        .await
        .unwrap();
    (world, person.id)
}

#[tokio::test]
async fn the_first_administrator_is_made_once() {
    let world = World::new().await;
    let access = world.fleet.access();
    let password = access.ensure_admin(None).await.unwrap().unwrap();
    assert_eq!(access.ensure_admin(None).await.unwrap(), None);
    let signed_in = access.sign_in("admin", &password, HOME).await.unwrap();
    assert_eq!(signed_in.session.person.role, Role::Admin);
    let actions: Vec<_> = world
        .audit()
        .await
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    assert_eq!(
        actions
            .iter()
            .filter(|action| *action == "person.create")
            .count(),
        1
    );
    assert!(actions.ends_with(&["session.begin".to_owned()]));
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_but_not_for_ever() {
    let (world, _) = staffed().await;
    let access = world.fleet.access();
    let token = access
        .sign_in("mina", "correct horse", HOME)
        .await
        .unwrap()
        .token;
    for _ in 0..13 {
        world.clock.advance(Duration::from_hours(11));
        let session = access.session(&token).await.unwrap().unwrap();
        assert_eq!(session.person.name, "Mina");
        assert!(!session.csrf.is_empty());
    }
    // Fourteen times eleven hours are within a week; one more day is not.
    world.clock.advance(Duration::from_hours(11));
    assert!(access.session(&token).await.unwrap().is_some());
    world.clock.advance(Duration::from_hours(11));
    assert!(access.session(&token).await.unwrap().is_some());
    world.clock.advance(Duration::from_hours(11));
    assert!(
        access.session(&token).await.unwrap().is_none(),
        "a week has passed"
    );

    let token = access
        .sign_in("mina", "correct horse", HOME)
        .await
        .unwrap()
        .token;
    world.clock.advance(Duration::from_hours(12));
    assert!(
        access.session(&token).await.unwrap().is_none(),
        "unused for twelve hours"
    );
}

#[tokio::test]
async fn signing_out_ends_one_session() {
    let (world, _) = staffed().await;
    let access = world.fleet.access();
    let one = access.sign_in("mina", "correct horse", HOME).await.unwrap();
    let other = access.sign_in("mina", "correct horse", HOME).await.unwrap();
    assert_ne!(one.token, other.token);
    assert_ne!(one.session.csrf, other.session.csrf);
    access.sign_out(&one.token).await.unwrap();
    assert!(access.session(&one.token).await.unwrap().is_none());
    assert!(access.session(&other.token).await.unwrap().is_some());
    for nonsense in ["", "x", "…", &"A".repeat(43), &"A".repeat(10_000)] {
        assert!(access.session(nonsense).await.unwrap().is_none());
        access.sign_out(nonsense).await.unwrap();
    }
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_get_the_same_answer() {
    let (world, id) = staffed().await;
    let access = world.fleet.access();
    let change = PersonChange {
        is_enabled: Some(false),
        ..PersonChange::default()
    };
    let wrong = access
        .sign_in("mina", "wrong horse!", HOME)
        .await
        .unwrap_err();
    let unknown = access
        .sign_in("nobody", "correct horse", HOME)
        .await
        .unwrap_err();
    access.change_person(&admin(), id, change).await.unwrap();
    let disabled = access
        .sign_in("mina", "correct horse", HOME)
        .await
        .unwrap_err();
    for error in [wrong, unknown, disabled] {
        assert!(matches!(error, SignInError::Wrong), "{error:?}");
    }
    let refused: Vec<_> = world
        .audit()
        .await
        .into_iter()
        .filter(|entry| entry.outcome == "refused")
        .map(|entry| entry.target)
        .collect();
    assert_eq!(refused, ["Mina", "unknown", "Mina"]);
}

#[tokio::test]
async fn guessing_has_to_wait_longer_and_longer() {
    let (world, _) = staffed().await;
    let access = world.fleet.access();
    for _ in 0..4 {
        let error = access
            .sign_in("mina", "guess guess", HOME)
            .await
            .unwrap_err();
        assert!(matches!(error, SignInError::Wrong));
    }
    let Err(SignInError::Throttled { retry_after }) =
        access.sign_in("MINA", "correct horse", HOME).await
    else {
        panic!("even the right password has to wait");
    };
    assert_eq!(retry_after, Duration::from_secs(10));
    world.clock.advance(retry_after);
    assert!(access.sign_in("mina", "correct horse", HOME).await.is_ok());
    assert!(
        access.sign_in("mina", "correct horse", HOME).await.is_ok(),
        "success clears the name"
    );
}

#[tokio::test]
async fn one_address_cannot_guess_for_many_names() {
    let (world, _) = staffed().await;
    let access = world.fleet.access();
    let mut throttled = 0;
    for number in 0..30 {
        let name = format!("name {number}");
        if let Err(SignInError::Throttled { .. }) = access.sign_in(&name, "guess guess", HOME).await
        {
            throttled += 1;
        }
    }
    assert_eq!(throttled, 30 - 21);
    let elsewhere = "2001:db8::1".parse().unwrap();
    assert!(
        access
            .sign_in("mina", "correct horse", elsewhere)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_new_password_or_a_disabled_person_ends_the_sessions() {
    let (world, id) = staffed().await;
    let access = world.fleet.access();
    let token = access
        .sign_in("mina", "correct horse", HOME)
        .await
        .unwrap()
        .token;
    let change = PersonChange {
        password: Some("battery staple".to_owned()),
        ..PersonChange::default()
    };
    access.change_person(&admin(), id, change).await.unwrap();
    assert!(access.session(&token).await.unwrap().is_none());
    let session = access
        .sign_in("mina", "battery staple", HOME)
        .await
        .unwrap();
    let mina = session.session.principal();
    let wrong = access
        .change_own_password(
            &mina,
            "correct horse".to_owned(),
            "another horse".to_owned(),
        )
        .await;
    assert!(matches!(wrong, Err(Error::Invalid(_))));
    access
        .change_own_password(
            &mina,
            "battery staple".to_owned(),
            "another horse".to_owned(),
        )
        .await
        .unwrap();
    assert!(access.session(&session.token).await.unwrap().is_none());
    assert!(access.sign_in("mina", "another horse", HOME).await.is_ok());
}

#[tokio::test]
async fn a_role_is_that_of_the_moment() {
    let (world, id) = staffed().await;
    let access = world.fleet.access();
    let token = access
        .sign_in("mina", "correct horse", HOME)
        .await
        .unwrap()
        .token;
    let change = PersonChange {
        role: Some(Role::Supervisor),
        ..PersonChange::default()
    };
    access.change_person(&admin(), id, change).await.unwrap();
    let session = access.session(&token).await.unwrap().unwrap();
    assert_eq!(session.person.role, Role::Supervisor);
}

#[tokio::test]
async fn an_administrator_is_always_left() {
    let (world, id) = staffed().await;
    let access = world.fleet.access();
    let people = access.people(&admin()).await.unwrap();
    let first = people
        .iter()
        .find(|person| person.name == "admin")
        .unwrap()
        .id;
    let demoted = PersonChange {
        role: Some(Role::Operator),
        ..PersonChange::default()
    };
    for refused in [
        access
            .change_person(&admin(), first, demoted.clone())
            .await
            .map(drop),
        access.remove_person(&admin(), first).await,
    ] {
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    let promoted = PersonChange {
        role: Some(Role::Admin),
        ..PersonChange::default()
    };
    access.change_person(&admin(), id, promoted).await.unwrap();
    access
        .change_person(&admin(), first, demoted)
        .await
        .unwrap();
    access.remove_person(&admin(), first).await.unwrap();
    assert_eq!(access.people(&admin()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn people_are_managed_by_administrators_with_usable_names_and_passwords() {
    let (world, id) = staffed().await;
    let access = world.fleet.access();
    let before = world.audit().await.len();
    for refused in [
        access
            .add_person(&operator(), mina("long enough", Role::Admin))
            .await
            .map(drop),
        access
            .invite(&operator(), "Jonas".to_owned(), Role::Admin)
            .await
            .map(drop),
        access.reset_password(&operator(), id).await.map(drop),
        access.end_sessions(&operator(), id).await.map(drop),
        access.end_session(&operator(), id, "0").await,
        access
            .change_person(&operator(), id, PersonChange::default())
            .await
            .map(drop),
        access.remove_person(&operator(), id).await,
    ] {
        let Err(Error::Denied(Denied { roles, .. })) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(roles, [Role::Admin]);
    }
    let taken = access
        .add_person(&admin(), mina("long enough", Role::Operator))
        .await;
    assert!(matches!(taken, Err(Error::Exists { .. })));
    let short = NewPerson {
        name: "Jonas".to_owned(),
        ..mina("short", Role::Operator)
    };
    assert!(matches!(
        access.add_person(&admin(), short).await,
        Err(Error::Invalid(_))
    ));
    assert_eq!(
        world.audit().await.len(),
        before,
        "nothing was done, nothing is audited"
    );
}

#[tokio::test]
async fn an_invited_person_signs_in_with_the_password_that_is_shown_once() {
    let (world, _) = staffed().await;
    let access = world.fleet.access();
    let (jonas, password) = access
        .invite(&admin(), " Jonas ".to_owned(), Role::Supervisor)
        .await
        .unwrap();
    assert_eq!((jonas.name.as_str(), jonas.signed_in_at), ("Jonas", None));
    world.clock.advance(Duration::from_mins(3));
    let first = access.sign_in("jonas", &password, HOME).await.unwrap();
    assert_eq!(first.session.person.role, Role::Supervisor);
    let (again, other) = access.reset_password(&admin(), jonas.id).await.unwrap();
    assert_ne!(other, password);
    assert_eq!(again.signed_in_at, Some(world.clock.now()));
    assert!(access.session(&first.token).await.unwrap().is_none());
    assert!(access.sign_in("jonas", &password, HOME).await.is_err());
    assert!(access.sign_in("jonas", &other, HOME).await.is_ok());
    let audit = format!("{:?}", world.audit().await);
    assert!(!audit.contains(&password) && !audit.contains(&other));
    let unusable = access.invite(&admin(), " ".to_owned(), Role::Admin).await;
    assert!(matches!(unusable, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn everybody_sees_who_may_sign_in_and_when_they_did() {
    let (world, id) = staffed().await;
    let access = world.fleet.access();
    access.sign_in("mina", "correct horse", HOME).await.unwrap();
    let signed_in_at = world.clock.now();
    world.clock.advance(Duration::from_hours(300));
    let people = access.people(&supervisor()).await.unwrap();
    let mina = people.iter().find(|person| person.id == id).unwrap();
    assert_eq!(mina.signed_in_at, Some(signed_in_at));
    let nobody_yet = people.iter().find(|person| person.name == "admin").unwrap();
    assert_eq!(nobody_yet.signed_in_at, None);
    assert_eq!(
        access.sessions_of(&supervisor(), id).await.unwrap(),
        [],
        "the session has ended, the time stays"
    );
    let rights = access.policy_rights(&supervisor()).unwrap();
    let service = rights.iter().find(|policy| policy.name == "service");
    assert_eq!(
        service
            .unwrap()
            .permissions
            .iter()
            .map(Permission::as_str)
            .collect::<Vec<_>>(),
        ["ServiceConnect"]
    );
    assert!(matches!(
        access.policies(&supervisor()),
        Err(Error::Denied(_))
    ));
}

#[tokio::test]
async fn sessions_are_ended_one_by_one_or_all_at_once() {
    let (world, id) = staffed().await;
    let access = world.fleet.access();
    let mut tokens = Vec::new();
    for _ in 0..3 {
        let signed_in = access.sign_in("mina", "correct horse", HOME).await.unwrap();
        tokens.push(signed_in.token);
        world.clock.advance(Duration::from_mins(5));
    }
    let open = access.sessions_of(&admin(), id).await.unwrap();
    assert_eq!(open.len(), 3);
    assert!(open.is_sorted_by(|one, next| one.begun_at > next.begun_at));
    assert!(
        !tokens.iter().any(|token| token.contains(&open[0].id)),
        "an id proves nothing"
    );

    let before = world.audit().await.len();
    access.end_session(&admin(), id, &open[0].id).await.unwrap();
    assert!(access.session(&tokens[2]).await.unwrap().is_none());
    assert!(!access.is_open(&tokens[2]).await.unwrap());
    assert!(access.is_open(&tokens[0]).await.unwrap());
    let gone = access.end_session(&admin(), id, &open[0].id).await;
    assert!(matches!(gone, Err(Error::NotFound { .. })));
    let stranger = access.end_session(&admin(), id + 100, &open[1].id).await;
    assert!(matches!(stranger, Err(Error::NotFound { .. })));
    assert_eq!(access.end_sessions(&admin(), id).await.unwrap(), 2);
    assert_eq!(access.end_sessions(&admin(), id).await.unwrap(), 0);
    assert!(access.session(&tokens[0]).await.unwrap().is_none());
    let token = access
        .sign_in("mina", "correct horse", HOME)
        .await
        .unwrap()
        .token;
    for _ in 0..11 {
        assert!(access.is_open(&token).await.unwrap());
        world.clock.advance(Duration::from_hours(1));
    }
    world.clock.advance(Duration::from_hours(1));
    assert!(
        !access.is_open(&token).await.unwrap(),
        "asking does not prolong it"
    );
    let ended: Vec<_> = world
        .audited_since(before)
        .await
        .into_iter()
        .filter(|(action, ..)| action == "session.end")
        .collect();
    assert_eq!(
        ended,
        vec![
            (
                "session.end".to_owned(),
                "Mina".to_owned(),
                "done".to_owned()
            );
            3
        ]
    );
}

#[tokio::test]
async fn policies_are_made_once_and_survive() {
    let world = World::new().await;
    let owner = world.fleet.access().policy("iothubowner").unwrap();
    assert!(
        Permission::ALL
            .into_iter()
            .all(|permission| owner.permissions.contains(permission))
    );
    assert_eq!(owner.primary_key.len(), 32);
    assert_ne!(owner.primary_key, owner.secondary_key);
    let names: Vec<_> = world
        .fleet
        .access()
        .policies(&admin())
        .unwrap()
        .iter()
        .map(|policy| policy.name.clone())
        .collect();
    assert_eq!(
        names,
        [
            "device",
            "iothubowner",
            "registryRead",
            "registryReadWrite",
            "service"
        ]
    );
    let text = world
        .fleet
        .access()
        .connection_string(&Principal::System("cli"), "service", WhichKey::Primary)
        .unwrap();
    assert!(text.starts_with("HostName=hub.example;SharedAccessKeyName=service;SharedAccessKey="));
    let world = world.reopened().await;
    assert_eq!(world.fleet.access().policy("iothubowner"), Some(owner));
    assert_eq!(world.fleet.access().policy("IoTHubOwner"), None);
}

#[tokio::test]
async fn a_renewed_key_replaces_the_old_one_at_once() {
    let world = World::new().await;
    let access = world.fleet.access();
    let before = access.policy("service").unwrap();
    world.clock.advance(Duration::from_secs(1));
    let denied = access
        .renew_policy_key(&operator(), "service", WhichKey::Primary)
        .await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    access
        .renew_policy_key(&admin(), "service", WhichKey::Primary)
        .await
        .unwrap();
    let after = access.policy("service").unwrap();
    assert_eq!(after.changed_at, world.clock.now());
    assert!(before.changed_at < after.changed_at);
    assert_ne!(after.primary_key, before.primary_key);
    assert_eq!(after.secondary_key, before.secondary_key);
    assert_eq!(
        world.audit().await.pop().unwrap().action,
        "policy.renew_key"
    );
}

#[tokio::test]
async fn both_keys_renewed_at_once_are_both_new() {
    let world = World::new().await;
    let (access, ada) = (world.fleet.access(), admin());
    let before = access.policy("service").unwrap();
    let (one, other) = tokio::join!(
        access.renew_policy_key(&ada, "service", WhichKey::Primary),
        access.renew_policy_key(&ada, "service", WhichKey::Secondary),
    );
    one.unwrap();
    other.unwrap();
    let after = access.policy("service").unwrap();
    assert_ne!(after.primary_key, before.primary_key);
    assert_ne!(after.secondary_key, before.secondary_key);
    let world = world.reopened().await;
    assert_eq!(world.fleet.access().policy("service"), Some(after));
}

#[tokio::test]
async fn another_sealing_key_is_noticed_when_the_fleet_opens() {
    let world = World::new().await;
    let opened = fleet::Fleet::open(fleet::Parts {
        store: Arc::clone(&world.store),
        clock: Arc::clone(&world.clock) as _,
        rng: Arc::new(fleet::clock::SeededRng::new(1)),
        sealing_key: fleet::SealingKey::new([1; 32]),
        host_name: "hub.example".to_owned(),
        limits: fleet::Limits::default(),
    })
    .await;
    assert!(matches!(opened, Err(fleet::OpenError::WrongSealingKey(_))));
}

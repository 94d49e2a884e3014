//! People, sessions, policies, declared properties and small facts.

use twin::scheme::{Property, PropertyType};

use super::Backend;
use super::given::at;
use crate::{Error, NewPerson, Person, PersonId, Policy, Session};

fn new(name: &str) -> NewPerson {
    NewPerson {
        name: name.to_owned(),
        role: "operator".to_owned(),
        password_hash: "$argon2id$".to_owned(),
        is_enabled: true,
        created_at: at(0),
        must_choose: true,
    }
}

/// Names are unique without regard to case and may be changed.
pub async fn people_have_unique_names(backend: &dyn Backend) {
    let store = backend.open().await;
    let id = store.insert_person(&new("Grace"), None).await.unwrap();
    store.insert_person(&new("ada"), None).await.unwrap();
    assert!(matches!(
        store.insert_person(&new("GRACE"), None).await,
        Err(Error::Conflict)
    ));
    let mut grace = store.person_by_name("grace").await.unwrap().unwrap();
    let NewPerson {
        name,
        role,
        password_hash,
        is_enabled,
        created_at,
        must_choose,
    } = new("Grace");
    assert_eq!(
        grace,
        Person {
            id,
            name,
            role,
            password_hash,
            is_enabled,
            created_at,
            signed_in_at: None,
            must_choose,
        }
    );
    (grace.role, grace.is_enabled, grace.password_hash) =
        ("supervisor".to_owned(), false, "other".to_owned());
    grace.must_choose = false;
    assert!(store.update_person(&grace, None).await.unwrap());
    assert_eq!(store.person(id).await.unwrap().as_ref(), Some(&grace));
    assert_eq!(
        store
            .people()
            .await
            .unwrap()
            .iter()
            .map(|person| person.name.as_str())
            .collect::<Vec<_>>(),
        ["ada", "Grace"]
    );
    let taken = Person {
        name: "Ada".to_owned(),
        ..grace.clone()
    };
    assert!(matches!(
        store.update_person(&taken, None).await,
        Err(Error::Conflict)
    ));
    assert!(
        !store
            .update_person(
                &Person {
                    id: PersonId(77),
                    name: "nobody".to_owned(),
                    ..grace
                },
                None
            )
            .await
            .unwrap()
    );
    assert_eq!(store.person_by_name("nobody").await.unwrap(), None);
}

fn session(hash: u8, person: PersonId, expires_s: i64) -> Session {
    Session {
        token_hash: vec![hash; 32],
        person,
        csrf: format!("csrf-{hash}"),
        created_at: at(0),
        seen_at: at(0),
        expires_at: at(expires_s),
    }
}

/// Sessions are found by hash, lengthened, ended one by one, with their person, and in time.
pub async fn sessions_follow_their_person(backend: &dyn Backend) {
    let store = backend.open().await;
    let (ada, grace) = (
        store.insert_person(&new("ada"), None).await.unwrap(),
        store.insert_person(&new("grace"), None).await.unwrap(),
    );
    for (hash, person, expires) in [
        (1, ada, 10),
        (2, ada, 20),
        (3, grace, 30),
        (4, grace, 5),
        (5, grace, 6),
    ] {
        store
            .insert_session(&session(hash, person, expires), None)
            .await
            .unwrap();
    }
    assert!(matches!(
        store.insert_session(&session(1, ada, 10), None).await,
        Err(Error::Conflict)
    ));
    assert!(
        store
            .insert_session(&session(9, PersonId(77), 10), None)
            .await
            .is_err()
    );
    let later = Session {
        created_at: at(1),
        ..session(6, grace, 30)
    };
    store.insert_session(&later, None).await.unwrap();
    let of_grace = store.sessions_of(grace).await.unwrap();
    assert_eq!((&of_grace[0], of_grace.len()), (&later, 4));
    assert!(store.sessions_of(PersonId(77)).await.unwrap().is_empty());
    assert!(store.delete_session(&[6; 32], None).await.unwrap());
    let last = store.person(grace).await.unwrap().unwrap();
    assert_eq!(last.signed_in_at, Some(at(1)), "it outlives the session");
    assert!(store.update_person(&last, None).await.unwrap());

    store.touch_session(&[1; 32], at(3), at(40)).await.unwrap();
    let (found, person) = store.session_by_hash(&[1; 32]).await.unwrap().unwrap();
    assert_eq!(
        found,
        Session {
            seen_at: at(3),
            expires_at: at(40),
            ..session(1, ada, 10)
        }
    );
    assert_eq!((person.id, person.name.as_str()), (ada, "ada"));
    assert_eq!(store.session_by_hash(&[7; 32]).await.unwrap(), None);

    assert_eq!(store.expire_sessions(at(7), 1).await.unwrap(), 1);
    assert_eq!(store.expire_sessions(at(7), 9).await.unwrap(), 1);
    assert_eq!(store.expire_sessions(at(7), 9).await.unwrap(), 0);
    assert!(store.delete_session(&[2; 32], None).await.unwrap());
    assert!(!store.delete_session(&[2; 32], None).await.unwrap());
    assert_eq!(store.delete_sessions_of(grace).await.unwrap(), 1);
    assert!(store.delete_person(ada, None).await.unwrap());
    assert_eq!(store.session_by_hash(&[1; 32]).await.unwrap(), None);
}

/// Putting overwrites what is there; what is dropped is gone.
pub async fn policies_properties_and_facts_are_overwritten(backend: &dyn Backend) {
    let store = backend.open().await;
    let policy = |name: &str, key: u8| Policy {
        name: name.to_owned(),
        permissions: "ServiceConnect".to_owned(),
        sealed_keys: vec![key; 60],
        changed_at: at(key.into()),
    };
    for put in [
        policy("service", 1),
        policy("iothubowner", 2),
        policy("service", 3),
    ] {
        store.put_policy(&put, None).await.unwrap();
    }
    assert_eq!(
        store.policies().await.unwrap(),
        [policy("iothubowner", 2), policy("service", 3)]
    );

    let property = |path: &str, kind| Property {
        path: path.to_owned(),
        kind,
        title: "Battery".to_owned(),
        unit: "%".to_owned(),
        description: "What is \"left\".".to_owned(),
    };
    for put in [
        property("tags.b", PropertyType::String),
        property("tags.a", PropertyType::Mixed),
        property("tags.b", PropertyType::Number),
    ] {
        store.declare(&put, None).await.unwrap();
    }
    assert_eq!(
        store.declared().await.unwrap(),
        [
            property("tags.a", PropertyType::Mixed),
            property("tags.b", PropertyType::Number)
        ]
    );
    assert!(store.drop_property("tags.a", None).await.unwrap());
    assert!(!store.drop_property("tags.a", None).await.unwrap());
    assert_eq!(store.declared().await.unwrap().len(), 1);

    store.set_meta("installation", "one").await.unwrap();
    store.set_meta("installation", "two").await.unwrap();
    assert_eq!(
        (
            store.meta("installation").await.unwrap().as_deref(),
            store.meta("other").await.unwrap()
        ),
        (Some("two"), None)
    );
}

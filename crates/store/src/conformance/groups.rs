//! Groups.

use super::Backend;
use super::given::at;
use crate::{Error, Group, NewGroup, Saved};

fn saved(name: &str, condition: &str) -> Saved {
    Saved {
        name: name.to_owned(),
        description: "For the night crew".to_owned(),
        condition: condition.to_owned(),
        sort: "drift.since DESC".to_owned(),
        columns: vec!["state".to_owned(), "tags.['a,b']".to_owned()],
    }
}

fn new(name: &str, condition: &str) -> NewGroup {
    NewGroup {
        saved: saved(name, condition),
        created_by: "ada".to_owned(),
        created_at: at(3),
    }
}

/// Groups come back as they were, by name; a name is taken once; a number is given once; who writes over what another has
/// written since writes nothing.
pub async fn groups_have_names_and_revisions(backend: &dyn Backend) {
    let store = backend.open().await;
    let silent = store
        .insert_group(&new("Silent", "status = 'enabled'"), None)
        .await
        .unwrap();
    let gateways = store
        .insert_group(&new("gateways", ""), None)
        .await
        .unwrap();
    let taken = store.insert_group(&new("SILENT", ""), None).await;
    assert!(matches!(taken, Err(Error::Conflict)));
    let names = |groups: Vec<Group>| -> Vec<_> {
        groups.into_iter().map(|group| group.saved.name).collect()
    };
    assert_eq!(names(store.groups().await.unwrap()), ["gateways", "Silent"]);
    let found = store.group(silent).await.unwrap().unwrap();
    assert_eq!(
        found,
        Group {
            id: silent,
            saved: saved("Silent", "status = 'enabled'"),
            revision: 1,
            created_by: "ada".to_owned(),
            created_at: at(3),
        }
    );

    let other = saved("Silent for a day", "status = 'disabled'");
    let update = |id, revision, saved: Saved| {
        let store = &store;
        async move { store.update_group(id, revision, &saved, None).await }
    };
    assert!(update(silent, 1, other.clone()).await.unwrap());
    assert!(!update(silent, 1, saved("Lost", "")).await.unwrap());
    let found = store.group(silent).await.unwrap().unwrap();
    assert_eq!((found.saved, found.revision), (other, 2));
    let taken = update(gateways, 1, saved("silent for a DAY", "")).await;
    assert!(matches!(taken, Err(Error::Conflict)));

    assert!(store.delete_group(silent, None).await.unwrap());
    assert!(!store.delete_group(silent, None).await.unwrap());
    assert_eq!(store.group(silent).await.unwrap(), None);
    let again = store.insert_group(&new("Silent", ""), None).await.unwrap();
    assert!(
        again > gateways && again != silent,
        "numbers are given once"
    );
}

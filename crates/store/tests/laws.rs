//! The law of answers: the rows that SQL selects are those that evaluation on documents gives, for random devices and conditions.
//!
//! A superset always; exactly those where the lowering says so and the database can tell (it says so by counting). Each case writes its devices into a
//! file of its own.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};
use query::lower::lower;
use query::testing::{Device, condition, context, devices};
use query::{DeviceRow, matches};
use store::{Actor, Maintenance as _, Twins as _, Write, sqlite};
use twin::document::{Change, ServiceChange};
use twin::id::{Match, Slot};
use twin::presence::Presence;

fn create(device: &Device) -> Write {
    let (tags, desired) = (device.twin.tags.clone(), device.twin.desired.values.clone());
    let actor = Actor::System("test".to_owned());
    Write::Create {
        identity: device.identity.clone(),
        tags,
        desired,
        actor,
        at: device.identity.created_at,
        audit: None,
    }
}

fn report(slot: usize, device: &Device) -> Write {
    let slot = Slot(u32::try_from(slot).unwrap());
    Write::Reported {
        slot,
        patch: device.twin.reported.values.clone(),
        expected_version: None,
        at: device.identity.created_at,
    }
}

/// Some desired properties are written again, so that versions differ and documents were rewritten whole.
fn rewrite(device: &Device) -> Write {
    let change = ServiceChange {
        tags: None,
        desired: Some(Change::Patch(Some(device.twin.desired.values.clone()))),
    };
    Write::Service {
        device_id: device.identity.device_id.clone(),
        change,
        if_match: Match::Any,
        actor: Actor::System("test".to_owned()),
        reason: None,
        at: device.identity.created_at,
        audit: None,
    }
}

async fn check(devices: &[Device], conditions: &[String]) -> Result<(), TestCaseError> {
    let directory = tempfile::tempdir().unwrap();
    let store = sqlite::open(&format!(
        "sqlite:{}",
        directory.path().join("tandem.db").display()
    ))
    .await
    .unwrap();
    let writes = devices
        .iter()
        .map(create)
        .chain(
            devices
                .iter()
                .enumerate()
                .map(|(index, device)| report(index + 1, device)),
        )
        .chain(devices.iter().step_by(3).map(rewrite))
        .collect();
    prop_assert!(store.write(writes).await.unwrap().iter().all(Result::is_ok));
    let all = store.page(None, usize::MAX).await.unwrap();
    prop_assert_eq!(all.len(), devices.len());

    for text in conditions {
        let parsed = query::parse_condition(text);
        let lowered = lower(parsed.condition.as_ref(), &context());
        // The store knows nothing of presence: conditions on it are Unknown and any row may match.
        let presence = Presence::default();
        let expected: Vec<_> = all
            .iter()
            .filter(|record| {
                let row = DeviceRow::new(&record.identity, &record.twin, &presence);
                parsed
                    .condition
                    .as_ref()
                    .is_none_or(|condition| matches(condition, &row, &context()))
            })
            .collect();
        let found = store
            .select(&lowered.predicate, None, usize::MAX)
            .await
            .unwrap();
        prop_assert!(
            expected.iter().all(|record| found.contains(record)),
            "a row is missing: {}",
            text
        );
        let stretch = store
            .scan(&lowered.predicate, Slot(0), usize::MAX)
            .await
            .unwrap();
        prop_assert_eq!(
            &stretch,
            &found,
            "names and numbers are in one order here: {}",
            text
        );
        if let Some(count) = store.count(&lowered.predicate).await.unwrap() {
            prop_assert_eq!(count, found.len() as u64, "{}", text);
            if lowered.exact {
                prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{}", text);
            }
        }
    }
    store.close().await;
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 32, failure_persistence: None, ..Config::default() })]

    #[test]
    fn sql_selects_what_evaluation_gives(devices in devices(24), conditions in prop::collection::vec(condition(), 60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(&devices, &conditions))?;
    }
}

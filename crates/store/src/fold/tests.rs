//! What a batch does to devices, without a database.

use serde_json::json;
use twin::Value;
use twin::id::Etag;
use twin::identity::{AuthenticationKind, Status};

use super::*;

const NOW: Timestamp = Timestamp::from_ms(1_000);

fn name(text: &str) -> DeviceId {
    DeviceId::parse(text).unwrap()
}

fn map(value: Value) -> Map {
    serde_json::from_value(value).unwrap()
}

fn identity(text: &str) -> Identity {
    Identity {
        device_id: name(text),
        generation_id: "1".to_owned(),
        etag: 7,
        status: Status::Enabled,
        status_reason: None,
        status_updated_at: Timestamp::NEVER,
        created_at: NOW,
        authentication: AuthenticationKind::Sas,
        thumbprints: (None, None),
        sealed_keys: None,
        connection_state_updated_at: Timestamp::NEVER,
    }
}

fn create(text: &str) -> Write {
    let actor = Actor::System("test".to_owned());
    Write::Create {
        identity: identity(text),
        tags: Map::new(),
        desired: map(json!({ "a": { "b": 1 } })),
        actor,
        at: NOW,
        audit: None,
    }
}

fn reported(slot: u32, patch: Value) -> Write {
    Write::Reported {
        slot: Slot(slot),
        patch: map(patch),
        expected_version: None,
        at: NOW,
    }
}

fn delete(text: &str, etag: &str) -> Write {
    let if_match = Match::parse(Some(etag));
    Write::Delete {
        device_id: name(text),
        if_match,
        actor: Actor::System("test".to_owned()),
        reason: None,
        at: NOW,
        audit: None,
    }
}

/// Takes down what a database would store.
#[derive(Debug, Default)]
struct Notes {
    devices: Vec<(Standing, Record)>,
    before: Vec<u64>,
    retired: Vec<Seq>,
    restored: Vec<Seq>,
    successions: Vec<(Slot, Slot)>,
    messages: usize,
    settlements: Vec<Settlement>,
}

impl Ledger for Notes {
    type Row = Record;

    fn decode(row: &Record) -> Result<(Record, usize), Error> {
        Ok((row.clone(), 1))
    }

    fn change(&mut self, change: &TwinChange) {
        self.before.push(change.before.0);
    }

    fn deletion(&mut self, deletion: &Deletion<'_>) {
        self.before.push(deletion.last.seq.0);
    }

    fn retired(&mut self, deletion: &Deletion<'_>, _: &Retirement) {
        self.retired.push(deletion.seq);
    }

    fn restored(&mut self, number: Seq, _: &Actor, _: Timestamp) {
        self.restored.push(number);
    }

    fn succeeded(&mut self, new: &Record, old: &Record, _: Timestamp) {
        self.successions.push((new.slot, old.slot));
    }

    fn device(&mut self, standing: Standing, record: &Record) -> usize {
        self.devices.push((standing, record.clone()));
        1
    }

    fn message(&mut self, _: Slot, _: &Message) {
        self.messages += 1;
    }

    fn event(&mut self, _: Slot, _: &Event) {}

    fn audit(&mut self, _: &AuditEntry) {}

    fn settlement(&mut self, settlement: Settlement) {
        self.settlements.push(settlement);
    }
}

impl Fold<Notes> {
    fn write(&mut self, write: Write) -> Result<Written, Refused> {
        self.apply(write).unwrap()
    }

    fn standings(mut self) -> Vec<(u32, Standing)> {
        self.finish();
        self.ledger
            .devices
            .iter()
            .map(|(standing, record)| (record.slot.0, *standing))
            .collect()
    }
}

fn empty() -> Fold<Notes> {
    Fold::new(
        Notes::default(),
        Numbers {
            seq: Seq(10),
            slot: Slot(3),
        },
    )
}

/// A device as a database would give it, created in another batch.
pub(crate) fn stored(text: &str) -> Record {
    let mut fold = empty();
    Record::clone(&change(fold.write(create(text))).record)
}

fn change(written: Result<Written, Refused>) -> Arc<TwinChange> {
    match written.unwrap() {
        Written::Twin(change) => change,
        other => panic!("no change: {other:?}"),
    }
}

#[test]
fn a_created_device_begins_with_the_versions_of_a_new_twin() {
    let mut fold = empty();
    let change = change(fold.write(create("d")));
    assert!(change.created);
    assert_eq!(
        (change.record.slot, change.seq, change.record.seq),
        (Slot(4), Seq(11), Seq(11))
    );
    let twin = &change.record.twin;
    assert_eq!(
        (
            twin.etag,
            twin.version,
            twin.desired.version,
            twin.reported.version
        ),
        (Etag(1), 2, 1, 1)
    );
    assert_eq!(
        twin.desired.metadata.lookup(&["a", "b"]).unwrap().version,
        Some(1)
    );
    assert_eq!(fold.write(create("d")).unwrap_err(), Refused::Exists);
}

#[test]
fn several_writes_to_one_device_fold_and_each_sees_its_own_result() {
    let mut fold = empty();
    change(fold.write(create("d")));
    let first = change(fold.write(reported(4, json!({ "x": 1 }))));
    let second = change(fold.write(reported(4, json!({ "x": 2, "y": 3 }))));
    assert_eq!(
        (
            first.record.twin.reported.version,
            second.record.twin.reported.version
        ),
        (2, 3)
    );
    assert_eq!(first.record.twin.reported.values, map(json!({ "x": 1 })));
    assert_eq!(second.applied.edits[0].old, Some(json!(1)));
    assert_eq!(fold.ledger.before, [0, 11, 12]);
    assert_eq!(
        fold.committed.iter().map(|c| c.seq().0).collect::<Vec<_>>(),
        [11, 12, 13]
    );
    assert_eq!(fold.standings(), [(4, Standing::Created)]);
}

#[test]
fn a_refused_write_changes_nothing() {
    let mut fold = empty();
    change(fold.write(create("d")));
    let record = Arc::clone(fold.record(Slot(4)).ok().unwrap());
    let stale = Write::Reported {
        slot: Slot(4),
        patch: map(json!({ "x": 1 })),
        expected_version: Some(9),
        at: NOW,
    };
    assert!(matches!(fold.write(stale), Err(Refused::Twin(_))));
    assert_eq!(
        fold.write(delete("d", "\"no\"")).unwrap_err(),
        Refused::PreconditionFailed
    );
    assert_eq!(
        fold.write(reported(5, json!({ "x": 1 }))).unwrap_err(),
        Refused::NotFound
    );
    assert_eq!(*fold.record(Slot(4)).ok().unwrap(), record);
    assert_eq!(
        (
            fold.ledger.before.len(),
            fold.committed.len(),
            fold.numbers.seq
        ),
        (1, 1, Seq(11))
    );
}

#[test]
fn an_empty_patch_answers_without_a_place_in_the_sequence() {
    let mut fold = empty();
    change(fold.write(create("d")));
    let change = change(fold.write(reported(4, json!({}))));
    assert_eq!(
        (change.seq, change.applied.changed, fold.committed.len()),
        (Seq(11), false, 1)
    );
}

#[test]
fn a_name_is_free_again_after_deletion_and_the_number_is_not() {
    let mut fold = empty();
    change(fold.write(create("d")));
    assert!(matches!(
        fold.write(delete("d", "*")),
        Ok(Written::Deleted {
            slot: Slot(4),
            seq: Seq(12)
        })
    ));
    assert_eq!(
        fold.write(reported(4, json!({ "x": 1 }))).unwrap_err(),
        Refused::NotFound
    );
    assert_eq!(change(fold.write(create("d"))).record.slot, Slot(5));
    assert_eq!(
        fold.standings(),
        [(4, Standing::Vanished), (5, Standing::Created)]
    );
}

#[test]
fn an_identity_change_moves_only_its_own_etag_and_hides_keys() {
    let mut fold = empty();
    change(fold.write(create("d")));
    let changes = IdentityChange {
        status: Some(Status::Disabled),
        sealed_keys: Some(vec![1, 2]),
        ..IdentityChange::default()
    };
    let write = Write::Identity {
        device_id: name("d"),
        change: changes,
        if_match: Match::Etag(identity("d").wire_etag()),
        actor: Actor::Person("ada".to_owned()),
        reason: Some("lost".to_owned()),
        at: Timestamp::from_ms(2_000),
        audit: None,
    };
    let change = change(fold.write(write));
    assert_eq!(
        (
            change.record.identity.etag,
            change.record.twin.etag,
            change.record.twin.version
        ),
        (8, Etag(1), 2)
    );
    assert_eq!(
        change.record.identity.status_updated_at,
        Timestamp::from_ms(2_000)
    );
    let fields: Vec<_> = change
        .identity_edits
        .iter()
        .map(|edit| (edit.field.as_str(), edit.new.clone()))
        .collect();
    assert_eq!(
        fields,
        [("status", Some(json!("disabled"))), ("keys", None)]
    );
}

#[test]
fn keys_say_nothing_twice() {
    let writes = [
        reported(2, json!({})),
        create("b"),
        reported(1, json!({})),
        reported(2, json!({})),
        delete("b", "*"),
        create("a"),
    ];
    let keys = Keys::of(&writes);
    assert_eq!(keys.slots, [(Slot(1), true), (Slot(2), false)]);
    assert_eq!(keys.names, [name("a"), name("b")]);
}

#[test]
fn messages_need_a_device() {
    let mut fold = empty();
    fold.mention(Slot(9));
    let message = Message {
        enqueued_at: NOW,
        properties: Map::new(),
        system: Map::new(),
        body: vec![1],
    };
    assert!(
        fold.write(Write::Message {
            slot: Slot(9),
            message: message.clone()
        })
        .is_ok()
    );
    assert_eq!(
        fold.write(Write::Message {
            slot: Slot(8),
            message
        })
        .unwrap_err(),
        Refused::NotFound
    );
    assert_eq!(fold.ledger.messages, 1);
}

#[test]
fn a_device_is_stored_once_and_at_once_when_nobody_else_asks_for_it() {
    let mut fold = empty();
    let (once, often, named) = (stored("once"), stored("often"), stored("named"));
    fold.load(
        Slot(1),
        true,
        Record {
            slot: Slot(1),
            ..once
        },
    );
    fold.load(
        Slot(2),
        false,
        Record {
            slot: Slot(2),
            ..often
        },
    );
    fold.load(
        Slot(3),
        true,
        Record {
            slot: Slot(3),
            ..named.clone()
        },
    );
    fold.load_named(
        Slot(3),
        name("named"),
        Record {
            slot: Slot(3),
            ..named
        },
    );
    fold.write(reported(2, json!({ "x": 1 }))).unwrap();
    fold.write(reported(1, json!({ "x": 1 }))).unwrap();
    assert_eq!(fold.ledger.devices.len(), 1);
    fold.write(reported(3, json!({ "x": 1 }))).unwrap();
    fold.write(reported(2, json!({ "x": 2 }))).unwrap();
    let tags = ServiceChange::from_patch_body(&json!({ "tags": { "t": 1 } })).unwrap();
    let service = Write::Service {
        device_id: name("named"),
        change: tags,
        if_match: Match::Any,
        actor: Actor::Person("ada".to_owned()),
        reason: None,
        at: NOW,
        audit: None,
    };
    fold.write(service).unwrap();
    assert_eq!(
        fold.standings(),
        [
            (1, Standing::Reported),
            (2, Standing::Reported),
            (3, Standing::Changed)
        ]
    );
}

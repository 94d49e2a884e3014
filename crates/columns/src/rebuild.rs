//! The law that columns are derived: thrown away and rebuilt while changes go on, they are equal.

use proptest::prelude::*;
use query::testing::{self, Device};
use query::{Path, Row};
use twin::Value;
use twin::id::{DeviceId, Seq, Slot};
use twin::presence::Presence;
use twin::time::Timestamp;

use crate::laws::{declared, row, slot_of};
use crate::{Builtin, Columns, Facet, LoadRow};

/// What happens to a slot.
#[derive(Clone, Debug)]
enum Change {
    /// The device is created, or changes.
    Write(Box<Device>),
    Remove,
    Presence(Presence),
}

/// Random changes of a few slots; slots are used again by other devices.
fn changes() -> impl Strategy<Value = Vec<(usize, Change)>> {
    (
        testing::devices(40),
        prop::collection::vec((0_usize..6, 0_u8..8), 40),
    )
        .prop_map(|(devices, dice)| {
            let mut generations = [0; 6];
            let each = |(mut device, (slot, die)): (Device, (usize, u8))| {
                let change = match die {
                    0 => {
                        generations[slot] += 1;
                        Change::Remove
                    }
                    1 | 2 => Change::Presence(device.presence),
                    _ => {
                        device.identity.device_id =
                            DeviceId::parse(&format!("s{slot}-{}", generations[slot])).unwrap();
                        Change::Write(Box::new(device))
                    }
                };
                (slot, change)
            };
            devices.into_iter().zip(dice).map(each).collect()
        })
}

/// The store: what is in each slot, and since when.
#[derive(Clone, Debug, Default)]
struct Store {
    slots: [Option<(Seq, Device)>; 6],
}

impl Store {
    fn commit(&mut self, seq: Seq, slot: usize, change: &Change) {
        match change {
            Change::Write(device) => {
                let presence = self.slots[slot]
                    .take()
                    .map(|(_, held)| held.presence)
                    .unwrap_or_default();
                self.slots[slot] = Some((
                    seq,
                    Device {
                        presence,
                        ..Device::clone(device)
                    },
                ));
            }
            Change::Remove => self.slots[slot] = None,
            Change::Presence(presence) => {
                if let Some((_, device)) = &mut self.slots[slot] {
                    device.presence = *presence;
                }
            }
        }
    }
}

fn follow(columns: &mut Columns, store: &Store, seq: Seq, slot: usize, change: &Change) {
    let place = slot_of(slot);
    match change {
        Change::Write(device) => columns.apply(place, seq, &device.identity, &device.twin),
        Change::Remove => columns.remove(place, seq),
        // Devices that are not there do not connect.
        Change::Presence(presence) if store.slots[slot].is_some() => {
            columns.set_presence(place, presence);
        }
        Change::Presence(_) => {}
    }
}

fn load(columns: &mut Columns, slot: usize, seq: Seq, device: &Device, paths: &[Path]) {
    let values: Vec<Option<Value>> = paths
        .iter()
        .map(|path| row(device).get(path).to_value())
        .collect();
    columns.load(&LoadRow {
        slot: slot_of(slot),
        seq,
        builtin: Builtin::of(&device.identity, &device.twin),
        last_activity: Timestamp::NEVER,
        paths,
        values: &values,
    });
}

/// Everything that can be seen in columns.
fn seen(columns: &Columns) -> Vec<(Slot, Option<DeviceId>, Vec<Option<Value>>)> {
    let paths: Vec<Path> = columns
        .fields()
        .into_iter()
        .chain(columns.properties())
        .map(|stats| stats.path)
        .collect();
    let of_slot = |slot: Slot| {
        let row = columns.row(slot).unwrap();
        (
            slot,
            columns.device_id(slot),
            paths.iter().map(|path| row.get(path).to_value()).collect(),
        )
    };
    columns.all().iter().map(of_slot).collect()
}

fn counted(columns: &Columns) -> Vec<(Path, Facet)> {
    let all = columns.fields().into_iter().chain(columns.properties());
    all.map(|stats| {
        let facet = columns
            .facet(&stats.path, &columns.all(), usize::MAX)
            .unwrap();
        (stats.path, facet)
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A rebuild begins at some point of the history. Each row is read at some later moment and arrives at a still
    /// later one, while changes come in order. A property is declared after that and filled in the same way.
    #[test]
    fn rebuilt_columns_are_equal(
        history in changes(),
        start in 0_usize..40,
        reads in prop::array::uniform6((0_usize..20, 0_usize..10)),
        fills in prop::array::uniform6((0_usize..10, 0_usize..10)),
    ) {
        let paths = declared();
        let (late, early) = paths.split_last().unwrap();
        let start = start.min(history.len());
        let phase = |reads: [(usize, usize); 6], from: usize| {
            reads.map(|(read, arrives)| {
                let read = (from + read).min(history.len());
                (read, (read + arrives).min(history.len()))
            })
        };
        let reads = phase(reads, start);
        let declared_at = reads.iter().map(|(_, arrives)| *arrives).max().unwrap();
        let fills = phase(fills, declared_at);

        let mut store = Store::default();
        let mut whole = Columns::new();
        let mut rebuilt = Columns::new();
        for path in early {
            rebuilt.declare(path);
            rebuilt.finish_build(path);
        }
        for path in &paths {
            whole.declare(path);
            whole.finish_build(path);
        }
        let mut rows: [Option<(Seq, Device)>; 6] = Default::default();
        let mut values: [Option<(Seq, Device)>; 6] = Default::default();
        for moment in 0..=history.len() {
            for slot in 0..6 {
                let (read, arrives) = reads[slot];
                if moment == read {
                    rows[slot].clone_from(&store.slots[slot]);
                    if let Some((_, device)) = &store.slots[slot] {
                        // Presence is in memory from the start; only columns do not know it yet.
                        rebuilt.set_presence(slot_of(slot), &device.presence);
                    }
                }
                if moment == arrives && let Some((seq, device)) = &rows[slot] {
                    load(&mut rebuilt, slot, *seq, device, early);
                }
            }
            if moment == declared_at {
                prop_assert!(rebuilt.declare(late));
                prop_assert!(!rebuilt.has(late));
            }
            for slot in 0..6 {
                let (read, arrives) = fills[slot];
                if moment == read {
                    values[slot].clone_from(&store.slots[slot]);
                }
                if moment == arrives && let Some((seq, device)) = &values[slot] {
                    rebuilt.backfill(late, slot_of(slot), *seq, row(device).get(late).to_value().as_ref());
                }
            }
            if let Some((slot, change)) = history.get(moment) {
                let seq = Seq(moment as u64 + 1);
                store.commit(seq, *slot, change);
                follow(&mut whole, &store, seq, *slot, change);
                if moment >= start {
                    follow(&mut rebuilt, &store, seq, *slot, change);
                }
            }
        }
        rebuilt.finish_build(late);
        prop_assert_eq!(seen(&whole), seen(&rebuilt));
        for (whole, rebuilt) in counted(&whole).into_iter().zip(counted(&rebuilt)) {
            prop_assert_eq!(whole, rebuilt);
        }
        for (slot, held) in store.slots.iter().enumerate() {
            prop_assert_eq!(whole.device_id(slot_of(slot)), held.as_ref().map(|(_, device)| device.identity.device_id.clone()));
        }
    }
}

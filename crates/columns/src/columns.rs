//! The columns themselves and how they follow the store.

use std::collections::BTreeMap;

use query::{DeviceRow, Location, Path, Row};
use twin::Value;
use twin::document::{Edit, SectionName, Twin};
use twin::id::{DeviceId, Seq, Slot};
use twin::identity::Identity;
use twin::presence::Presence;
use twin::time::Timestamp;

use crate::column::Column;
use crate::datum::Datum;
use crate::field::{Builtin, Field, each_of_presence, is_device_id};
use crate::identifiers::Identifiers;
use crate::row::SlotRow;
use crate::selection::{Selection, WORD};

/// The fleet as columns: the built-in fields of every device, and the declared properties.
///
/// Writing takes `&mut self` and time that grows with the number of columns, never with the fleet; asking takes
/// `&self`. Whoever shares the columns puts a lock around them.
#[derive(Debug, Default)]
pub struct Columns {
    /// How many slots there is room for: a multiple of 64.
    rows: usize,
    live: Selection,
    seqs: Vec<Seq>,
    pub(crate) identifiers: Identifiers,
    /// In the order of [`Field::ALL`].
    fields: Vec<Column>,
    properties: Vec<Property>,
    /// Presence of devices that are connected before they are loaded.
    early: BTreeMap<Slot, Presence>,
}

/// A declared property.
#[derive(Debug)]
struct Property {
    path: Path,
    column: Column,
    building: bool,
}

/// One device as the store keeps it for columns: all that a rebuild needs, without documents.
#[derive(Clone, Copy, Debug)]
pub struct LoadRow<'a> {
    /// Which slot.
    pub slot: Slot,
    /// The place of its last change.
    pub seq: Seq,
    /// The built-in fields.
    pub builtin: Builtin<'a>,
    /// When it was last heard of; [`Timestamp::NEVER`] when unknown.
    pub last_activity: Timestamp,
    /// Properties that were read with it.
    pub paths: &'a [Path],
    /// Their values, in the same order.
    pub values: &'a [Option<Value>],
}

/// What a column holds and costs.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyStats {
    /// Whose column.
    pub path: Path,
    /// Whether it is still being filled and answers nothing.
    pub building: bool,
    /// What it takes, in bytes.
    pub memory_bytes: usize,
    /// How many distinct values it has; `None` when they are too many to be kept apart.
    pub distinct: Option<usize>,
    /// How many devices have a value.
    pub present: usize,
}

/// Rows are added by an eighth of what is there, and by this many at least.
const GROWTH_ROWS_MIN: usize = 1024;

impl Columns {
    /// Columns of no device, with the built-in fields only.
    pub fn new() -> Self {
        Self {
            fields: Field::ALL.iter().map(|_| Column::new(0)).collect(),
            ..Self::default()
        }
    }

    /// The same with room for `slots` slots.
    pub fn with_capacity(slots: usize) -> Self {
        let mut columns = Self::new();
        columns.grow(slots.next_multiple_of(WORD));
        columns
    }

    // --- properties -----------------------------------------------------------------------------------------------

    /// Adds the column of a property, empty and [building](PropertyStats::building); `false` when the path has one.
    ///
    /// Changes reach the column from now on. Existing values come by [`Columns::load`] or [`Columns::backfill`];
    /// [`Columns::finish_build`] then lets it answer.
    pub fn declare(&mut self, path: &Path) -> bool {
        let is_builtin = is_device_id(path) || Field::of(path).is_some();
        if is_builtin
            || self
                .properties
                .iter()
                .any(|property| property.path == *path)
        {
            return false;
        }
        self.properties.push(Property {
            path: path.clone(),
            column: Column::new(self.rows),
            building: true,
        });
        true
    }

    /// Takes in one value that was read from the store after the property was declared; ignored when a later change
    /// has already come.
    ///
    /// Devices that are not loaded are ignored too: a property is backfilled when the rebuild is complete.
    pub fn backfill(&mut self, path: &Path, slot: Slot, seq: Seq, value: Option<&Value>) {
        let row = slot.0 as usize;
        if !self.live.contains(slot) || seq < self.seqs[row] {
            return;
        }
        if let Some(property) = self
            .properties
            .iter_mut()
            .find(|property| property.path == *path)
        {
            property.column.set(row, value.and_then(Datum::of));
        }
    }

    /// Lets the column of a property answer.
    pub fn finish_build(&mut self, path: &Path) {
        if let Some(property) = self
            .properties
            .iter_mut()
            .find(|property| property.path == *path)
        {
            property.building = false;
        }
    }

    /// Takes the column of a property away.
    pub fn drop_property(&mut self, path: &Path) {
        self.properties.retain(|property| property.path != *path);
    }

    // --- changes --------------------------------------------------------------------------------------------------

    /// Takes in a device as it is after a change; ignored when `seq` is older than what the slot holds.
    pub fn apply(&mut self, slot: Slot, seq: Seq, identity: &Identity, twin: &Twin) {
        self.take(slot, seq, identity, twin, |_| true);
    }

    /// Takes in a change by its edits: of the properties in tags, desired and reported only those are looked at that the
    /// edits touch. The device is taken in whole unless the slot holds what it was `before`, at that place of the sequence.
    pub fn apply_edits(
        &mut self,
        slot: Slot,
        (before, seq): (Seq, Seq),
        identity: &Identity,
        twin: &Twin,
        edits: &[Edit],
    ) {
        let row = slot.0 as usize;
        let is_known = self.live.contains(slot) && self.seqs.get(row) == Some(&before);
        // A column that is being filled skips devices that have changed since: they must be whole in it.
        self.take(slot, seq, identity, twin, |property| {
            !is_known || property.building || is_touched(&property.path, edits)
        });
    }

    fn take(
        &mut self,
        slot: Slot,
        seq: Seq,
        identity: &Identity,
        twin: &Twin,
        is_wanted: impl Fn(&Property) -> bool,
    ) {
        let Some(row) = self.admit(slot, seq, &identity.device_id) else {
            return;
        };
        self.write(row, &Builtin::of(identity, twin));
        let presence = Presence::default();
        let device = DeviceRow::new(identity, twin, &presence);
        for property in &mut self.properties {
            if is_wanted(property) {
                let term = device.get(&property.path);
                property.column.set(row, Datum::of_term(&term));
            }
        }
    }

    /// Takes in a device as the store keeps it, for the rebuild at start, while changes go on; ignored, but for the
    /// last activity, when `seq` is older than what the slot holds.
    pub fn load(&mut self, load: &LoadRow<'_>) {
        let LoadRow { slot, builtin, .. } = load;
        if let Some(row) = self.admit(*slot, load.seq, &builtin.identity.device_id) {
            self.write(row, builtin);
            let mut next = 0;
            for (path, value) in load.paths.iter().zip(load.values) {
                if let Some(index) = self.find_property(path, next) {
                    self.properties[index]
                        .column
                        .set(row, value.as_ref().and_then(Datum::of));
                    next = index + 1;
                }
            }
        }
        self.remember_activity(*slot, &builtin.identity.device_id, load.last_activity);
    }

    /// Takes in whether a device is connected and when it was last heard.
    ///
    /// A device that was never seen is remembered until it is loaded; one that was removed is not.
    pub fn set_presence(&mut self, slot: Slot, presence: &Presence) {
        let row = slot.0 as usize;
        if self.live.contains(slot) {
            each_of_presence(presence, |field, datum| {
                self.fields[field as usize].set(row, datum);
            });
        } else if self.seqs.get(row).is_none_or(|seq| *seq == Seq::default()) {
            self.early.insert(slot, *presence);
        }
    }

    /// Takes a device out; ignored when `seq` is older than what the slot holds.
    pub fn remove(&mut self, slot: Slot, seq: Seq) {
        let row = slot.0 as usize;
        self.make_room(row);
        if seq < self.seqs[row] {
            return;
        }
        self.seqs[row] = seq;
        self.early.remove(&slot);
        if self.live.contains(slot) {
            self.vacate(row);
        }
    }

    /// The row for a change, which then belongs to this device; `None` when the slot holds something newer.
    fn admit(&mut self, slot: Slot, seq: Seq, id: &DeviceId) -> Option<usize> {
        let row = slot.0 as usize;
        self.make_room(row);
        if seq < self.seqs[row] {
            return None;
        }
        self.seqs[row] = seq;
        if self.live.contains(slot) && self.identifiers.get(row) != id.as_str() {
            self.vacate(row);
        }
        if !self.live.contains(slot) {
            self.identifiers.insert(row, id.as_str());
            self.live.put(row, true);
            let presence = self.early.remove(&slot).unwrap_or_default();
            self.set_presence(slot, &presence);
        }
        Some(row)
    }

    /// Where a property is. Paths come in the same order for every device: the search begins where the last one led.
    fn find_property(&self, path: &Path, first: usize) -> Option<usize> {
        let (before, after) = (
            0..first.min(self.properties.len()),
            first..self.properties.len(),
        );
        after
            .chain(before)
            .find(|index| self.properties[*index].path == *path)
    }

    fn write(&mut self, row: usize, builtin: &Builtin<'_>) {
        builtin.each(|field, datum| self.fields[field as usize].set(row, datum));
    }

    fn vacate(&mut self, row: usize) {
        self.live.put(row, false);
        self.identifiers.remove(row);
        let properties = self
            .properties
            .iter_mut()
            .map(|property| &mut property.column);
        for column in self.fields.iter_mut().chain(properties) {
            column.set(row, None);
        }
    }

    /// Moves the last activity of a device forward, whatever else is known of it.
    fn remember_activity(&mut self, slot: Slot, id: &DeviceId, at: Timestamp) {
        let row = slot.0 as usize;
        if !self.live.contains(slot) || self.identifiers.get(row) != id.as_str() {
            return;
        }
        let column = &mut self.fields[Field::LastActivityTime as usize];
        if let Some(Datum::Instant(held)) = column.get(row)
            && held < at
        {
            column.set(row, Datum::instant(at));
        }
    }

    fn make_room(&mut self, row: usize) {
        if row >= self.rows {
            let grown = self.rows + (self.rows / 8).max(GROWTH_ROWS_MIN);
            self.grow(grown.max(row + 1).next_multiple_of(WORD));
        }
    }

    fn grow(&mut self, rows: usize) {
        self.rows = rows;
        self.live.grow(rows / WORD);
        self.seqs.reserve_exact(rows - self.seqs.len());
        self.seqs.resize(rows, Seq::default());
        self.identifiers.grow(rows);
        let properties = self
            .properties
            .iter_mut()
            .map(|property| &mut property.column);
        for column in self.fields.iter_mut().chain(properties) {
            column.grow(rows);
        }
    }

    // --- what is there --------------------------------------------------------------------------------------------

    /// Every device.
    pub fn all(&self) -> Selection {
        self.live.clone()
    }

    /// The slot of a device.
    pub fn slot_of(&self, id: &DeviceId) -> Option<Slot> {
        self.identifiers.slot_of(id.as_str())
    }

    /// The device in a slot.
    pub fn device_id(&self, slot: Slot) -> Option<DeviceId> {
        self.live
            .contains(slot)
            .then(|| DeviceId::parse(self.identifiers.get(slot.0 as usize)).ok())?
    }

    /// The device in a slot as a row of its columns.
    pub fn row(&self, slot: Slot) -> Option<SlotRow<'_>> {
        self.live
            .contains(slot)
            .then(|| SlotRow::new(self, slot.0 as usize))
    }

    /// Whether a path has a column that answers.
    pub fn has(&self, path: &Path) -> bool {
        is_device_id(path) || self.column(path).is_some()
    }

    /// The declared properties.
    pub fn properties(&self) -> Vec<PropertyStats> {
        self.properties
            .iter()
            .map(|property| statistics(property.path.clone(), property.building, &property.column))
            .collect()
    }

    /// The built-in fields with a column.
    pub fn fields(&self) -> Vec<PropertyStats> {
        Field::ALL
            .iter()
            .zip(&self.fields)
            .map(|(field, column)| statistics(field.to_path(), false, column))
            .collect()
    }

    /// What all of it takes, in bytes.
    pub fn memory_bytes(&self) -> usize {
        let properties = self.properties.iter().map(|property| &property.column);
        self.live.memory_bytes()
            + self.seqs.capacity() * size_of::<Seq>()
            + self.identifiers.memory_bytes()
            + self.early.len() * 2 * size_of::<(Slot, Presence)>()
            + self
                .fields
                .iter()
                .chain(properties)
                .map(Column::memory_bytes)
                .sum::<usize>()
    }

    /// The column of a path that answers; the device's identifier has none.
    pub(crate) fn column(&self, path: &Path) -> Option<&Column> {
        if let Some(field) = Field::of(path) {
            return Some(self.field(field));
        }
        let property = self
            .properties
            .iter()
            .find(|property| property.path == *path)?;
        (!property.building).then_some(&property.column)
    }

    pub(crate) fn field(&self, field: Field) -> &Column {
        &self.fields[field as usize]
    }

    /// Gives every column that has numbers or instants its dense form, whatever suits it.
    #[cfg(test)]
    pub(crate) fn make_dense(&mut self) {
        let properties = self
            .properties
            .iter_mut()
            .map(|property| &mut property.column);
        self.fields
            .iter_mut()
            .chain(properties)
            .for_each(Column::make_dense);
    }

    pub(crate) fn live(&self) -> &Selection {
        &self.live
    }
}

fn statistics(path: Path, building: bool, column: &Column) -> PropertyStats {
    PropertyStats {
        path,
        building,
        memory_bytes: column.memory_bytes(),
        distinct: column.distinct(),
        present: column.present(),
    }
}

/// Whether edits may have changed what a path leads to.
fn is_touched(path: &Path, edits: &[Edit]) -> bool {
    let (section, names) = match path.location() {
        Location::Tags(names) => (SectionName::Tags, names),
        Location::Desired(names) => (SectionName::Desired, names),
        Location::Reported(names) => (SectionName::Reported, names),
        // Versions, stamps and the like may move without an edit.
        _ => return true,
    };
    edits.iter().any(|edit| {
        edit.section == section
            && (edit.path.split('.').zip(names)).all(|(edited, name)| edited == name)
    })
}

#[cfg(test)]
mod tests {
    use query::testing;
    use serde_json::json;

    use super::*;

    const SLOT: Slot = Slot(5);

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    fn presence(last_activity: Timestamp) -> Presence {
        Presence {
            connected: true,
            last_activity,
            since: last_activity,
        }
    }

    fn field(columns: &Columns, path: &str) -> Option<Value> {
        columns.row(SLOT)?.get(&Path::parse(path)?).to_value()
    }

    fn load(columns: &mut Columns, seq: u64, last_activity: Timestamp) {
        let (identity, twin, _) = testing::example();
        columns.load(&LoadRow {
            slot: SLOT,
            seq: Seq(seq),
            builtin: Builtin::of(&identity, &twin),
            last_activity,
            paths: &[],
            values: &[],
        });
    }

    #[test]
    fn what_is_older_than_the_slot_is_ignored() {
        let (identity, twin, _) = testing::example();
        let mut newer = twin.clone();
        newer.version += 1;
        let mut columns = Columns::new();
        columns.apply(SLOT, Seq(8), &identity, &newer);
        columns.apply(SLOT, Seq(7), &identity, &twin);
        load(&mut columns, 7, Timestamp::NEVER);
        assert_eq!(field(&columns, "version"), Some(json!(newer.version)));
        columns.remove(SLOT, Seq(7));
        assert_eq!(columns.all().len(), 1);
        columns.remove(SLOT, Seq(9));
        load(&mut columns, 8, Timestamp::NEVER);
        assert_eq!(
            (columns.all().len(), columns.slot_of(&identity.device_id)),
            (0, None)
        );
        columns.apply(SLOT, Seq(10), &identity, &twin);
        assert_eq!(columns.slot_of(&identity.device_id), Some(SLOT));
    }

    #[test]
    fn presence_waits_for_the_device_but_not_for_a_removed_one() {
        let mut columns = Columns::new();
        columns.set_presence(SLOT, &presence(at(9_000)));
        assert!(columns.all().is_empty());
        load(&mut columns, 1, at(4_000));
        assert_eq!(field(&columns, "connectionState"), Some(json!("Connected")));
        assert_eq!(
            field(&columns, "lastActivityTime"),
            Some(json!(at(9_000).to_string()))
        );

        columns.remove(SLOT, Seq(2));
        columns.set_presence(SLOT, &presence(at(10_000)));
        load(&mut columns, 3, at(5_000));
        assert_eq!(
            field(&columns, "connectionState"),
            Some(json!("Disconnected"))
        );
        assert_eq!(
            field(&columns, "lastActivityTime"),
            Some(json!(at(5_000).to_string()))
        );
    }

    #[test]
    fn the_last_activity_comes_with_a_row_that_is_otherwise_too_old() {
        let (identity, twin, _) = testing::example();
        let mut columns = Columns::new();
        columns.apply(SLOT, Seq(8), &identity, &twin);
        load(&mut columns, 7, at(4_000));
        assert_eq!(
            field(&columns, "lastActivityTime"),
            Some(json!(at(4_000).to_string()))
        );
        load(&mut columns, 7, at(3_000));
        assert_eq!(
            field(&columns, "lastActivityTime"),
            Some(json!(at(4_000).to_string()))
        );
    }

    #[test]
    fn a_property_answers_when_it_is_built_and_until_it_is_dropped() {
        let (identity, twin, _) = testing::example();
        let region = Path::parse("tags.region").unwrap();
        let mut columns = Columns::new();
        columns.apply(SLOT, Seq(1), &identity, &twin);
        assert!(columns.declare(&region) && !columns.declare(&region));
        assert!(!columns.declare(&Path::parse("status").unwrap()));
        assert!(!columns.declare(&Path::parse("deviceId").unwrap()));
        columns.backfill(&region, SLOT, Seq(1), Some(&json!("Holstein")));
        columns.backfill(&region, Slot(6), Seq(1), Some(&json!("nobody is there")));
        assert!(columns.facet(&region, &columns.all(), 9).is_err());
        assert!(columns.properties()[0].building);
        columns.finish_build(&region);
        let facet = columns.facet(&region, &columns.all(), 9).unwrap();
        assert_eq!(facet.values, [(json!("Holstein"), 1)]);

        let bytes = columns.memory_bytes();
        columns.drop_property(&region);
        assert!(!columns.has(&region) && columns.properties().is_empty());
        assert!(columns.memory_bytes() < bytes);
    }

    #[test]
    fn paths_without_a_column_are_named() {
        let columns = Columns::new();
        let condition =
            "status = 'enabled' AND (tags.b = 1 OR NOT IS_DRIFTING(desired.x) OR tags.a > tags.b)";
        let condition = query::parse_condition(condition).condition.unwrap();
        let error = columns.filter(&condition, &testing::context()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no column for IS_DRIFTING(properties.desired.x), properties.desired.x, tags.a, tags.b: \
             declare the property or scan the documents"
        );
    }
}

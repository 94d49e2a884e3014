//! The columns themselves and how they follow the store.

use std::collections::BTreeMap;

use query::{DeviceRow, Path, Row};
use twin::Value;
use twin::document::Twin;
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
        let Some(row) = self.admit(slot, seq, &identity.device_id) else {
            return;
        };
        self.write(row, &Builtin::of(identity, twin));
        let presence = Presence::default();
        let device = DeviceRow::new(identity, twin, &presence);
        for property in &mut self.properties {
            property
                .column
                .set(row, Datum::of_term(&device.get(&property.path)));
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
                self.fields[field as usize].set(row, datum)
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
        match Field::of(path) {
            Some(field) => Some(self.field(field)),
            None => {
                let property = self
                    .properties
                    .iter()
                    .find(|property| property.path == *path)?;
                (!property.building).then_some(&property.column)
            }
        }
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

//! The field of squares: every device has a place, by region and then by name, and a square is some
//! neighbors.
//!
//! Finding the places sorts the whole fleet by name; that is done only when devices come, go or move
//! to another region, and then not too often. Counting a square's devices is a walk along the places.

use std::sync::Arc;
use std::time::Duration;

use columns::{Columns, Selection};
use query::ast::{BinaryOp, ExprKind, Literal};
use query::{Context, Expr, Path};
use serde::Serialize;
use twin::Value;
use twin::id::{DeviceId, Slot};
use twin::time::Timestamp;

use super::figures::Selections;
use crate::core::Core;
use crate::index::{Index, aside};

/// Regions with a name of their own; devices of further ones are shown together, without a name.
const REGIONS_MAX: usize = 64;
/// Names read at once.
const NAMES_BATCH: usize = 20_000;
/// Laying the field out anew may take at most this share of the time: one part in twenty.
const LAYOUT_SHARE: u32 = 20;

/// A region of the fleet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Region {
    /// The value of `tags.region`; `None` for devices without one, or when it is not declared.
    pub name: Option<String>,
    /// Its devices.
    pub counts: Counts,
    /// Its squares, in the order of the devices' names.
    pub cells: Vec<Cell>,
}

/// A square: neighbors in one region.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// The first of them.
    pub first: DeviceId,
    /// The last of them.
    pub last: DeviceId,
    /// How they are.
    pub counts: Counts,
}

/// How some devices are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// How many there are.
    pub devices: u64,
    /// How many differ from what is desired.
    pub drifting: u64,
    /// How many refuse something.
    pub refusing: u64,
    /// How many are connected.
    pub connected: u64,
    /// How many were not heard of for a day.
    pub silent: u64,
    /// How many report another firmware than is usual for their class.
    pub behind: u64,
    /// How many need a person, by any check.
    pub attention: u64,
}

/// The devices of a region, in the order of their names.
#[derive(Debug)]
struct Places {
    region: Option<String>,
    devices: Vec<(DeviceId, Slot)>,
}

/// What squares show beside the figures.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Devices that report another firmware than is usual for their class.
    pub(super) behind: Arc<Selection>,
    /// Devices that need a person.
    pub(super) attention: Selection,
}

/// Every device's place.
#[derive(Debug, Default)]
pub(super) struct Field {
    regions: Vec<Places>,
    /// Which layout of the index this is.
    layout: u64,
    laid_out_at: Duration,
    took: Duration,
}

impl Field {
    /// Whether the field should be laid out again: the fleet's layout changed, and enough time passed.
    pub(super) fn is_stale(&self, layout: u64, now: Duration) -> bool {
        let rest = self.took.saturating_mul(LAYOUT_SHARE);
        self.layout != layout && now >= self.laid_out_at + rest
    }

    /// Lays the field out. The columns are held for a moment at a time, because commits wait meanwhile.
    pub(super) async fn lay_out(core: &Arc<Core>, layout: u64) -> Self {
        let started = core.clock.monotonic();
        let mut regions = Vec::new();
        for (name, devices) in core.index.pass(core, by_region).await {
            regions.push(Places {
                region: name,
                devices: places(core, &devices).await,
            });
        }
        let laid_out_at = core.clock.monotonic();
        Self {
            regions,
            layout,
            laid_out_at,
            took: laid_out_at.saturating_sub(started),
        }
    }

    /// Counts every square, of as many neighbors as make at most `cells_max` squares in all.
    pub(super) fn count(
        &self,
        selections: &Selections,
        marks: &Marks,
        cells_max: usize,
    ) -> (usize, Vec<Region>) {
        let sizes = self.regions.iter().map(|places| places.devices.len());
        let neighbors = neighbors(&sizes.collect::<Vec<_>>(), cells_max);
        let region = |places: &Places| {
            let squares = places.devices.chunks(neighbors);
            let cells: Vec<_> = squares
                .filter_map(|devices| cell(devices, selections, marks))
                .collect();
            let counts = cells.iter().map(|cell| cell.counts);
            Region {
                name: places.region.clone(),
                counts: counts.fold(Counts::default(), Counts::plus),
                cells,
            }
        };
        (neighbors, self.regions.iter().map(region).collect())
    }
}

impl Counts {
    /// Of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            devices: self.devices + other.devices,
            drifting: self.drifting + other.drifting,
            refusing: self.refusing + other.refusing,
            connected: self.connected + other.connected,
            silent: self.silent + other.silent,
            behind: self.behind + other.behind,
            attention: self.attention + other.attention,
        }
    }
}

/// The devices of each region, in the order of the names; those without a named one last.
fn by_region(columns: &Columns) -> Vec<(Option<String>, Selection)> {
    let mut rest = columns.all();
    let mut regions = Vec::new();
    for (name, devices) in
        Index::region(columns).map_or_else(Vec::new, |path| named(columns, &path))
    {
        rest = rest.minus(&devices);
        regions.push((Some(name), devices));
    }
    if !rest.is_empty() {
        regions.push((None, rest));
    }
    regions
}

fn named(columns: &Columns, region: &Path) -> Vec<(String, Selection)> {
    let Ok(facet) = columns.facet(region, &columns.all(), REGIONS_MAX) else {
        return Vec::new();
    };
    let context = Context {
        now: Timestamp::NEVER,
    };
    let mut regions: Vec<_> = facet
        .values
        .into_iter()
        .filter_map(|(value, _)| {
            let Value::String(name) = value else {
                return None;
            };
            let condition = equals(region, &name);
            Some((name, columns.filter(&condition, &context).ok()?))
        })
        .collect();
    regions.sort_by(|(one, _), (other, _)| one.cmp(other));
    regions
}

pub(super) fn equals(path: &Path, text: &str) -> Expr {
    let side = |kind| Box::new(Expr::made(kind));
    Expr::made(ExprKind::Binary {
        op: BinaryOp::Eq,
        left: side(ExprKind::Path(path.clone())),
        right: side(ExprKind::Literal(Literal::String(text.to_owned()))),
    })
}

/// The devices of a selection in the order of their names.
async fn places(core: &Arc<Core>, devices: &Selection) -> Vec<(DeviceId, Slot)> {
    let slots: Vec<_> = devices.iter().collect();
    let mut places = Vec::with_capacity(slots.len());
    for batch in slots.chunks(NAMES_BATCH) {
        let batch = batch.to_vec();
        let names = move |columns: &Columns| -> Vec<_> {
            let name = |slot| Some((columns.device_id(slot)?, slot));
            batch.into_iter().filter_map(name).collect()
        };
        places.extend(core.index.pass(core, names).await);
    }
    aside(move || {
        places.sort_unstable();
        places
    })
    .await
}

/// The least number of neighbors with which the regions have at most `cells_max` squares; when there
/// are more regions than squares, each region is one square.
fn neighbors(sizes: &[usize], cells_max: usize) -> usize {
    let largest = sizes.iter().copied().max().unwrap_or(0).max(1);
    let cells = |neighbors: usize| {
        sizes
            .iter()
            .map(|size| size.div_ceil(neighbors))
            .sum::<usize>()
    };
    let (mut least, mut most) = (1, largest);
    while least < most {
        let middle = least.midpoint(most);
        if cells(middle) <= cells_max {
            most = middle;
        } else {
            least = middle + 1;
        }
    }
    least
}

/// One square; `None` when all its devices were removed since the field was laid out.
fn cell(places: &[(DeviceId, Slot)], selections: &Selections, marks: &Marks) -> Option<Cell> {
    let mut present = places
        .iter()
        .filter(|(_, slot)| selections.all.contains(*slot));
    let first = &present.next()?.0;
    let last = present.next_back().map_or(first, |(id, _)| id);
    let mut counts = Counts::default();
    for (_, slot) in places {
        let slot = *slot;
        counts.devices += u64::from(selections.all.contains(slot));
        counts.drifting += u64::from(selections.drifting.contains(slot));
        counts.refusing += u64::from(selections.refusing.contains(slot));
        counts.connected += u64::from(selections.connected.contains(slot));
        counts.silent += u64::from(selections.silent.contains(slot));
        counts.behind += u64::from(marks.behind.contains(slot) && selections.all.contains(slot));
        counts.attention += u64::from(marks.attention.contains(slot));
    }
    Some(Cell {
        first: first.clone(),
        last: last.clone(),
        counts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_as_small_as_the_number_of_squares_allows() {
        assert_eq!(neighbors(&[], 1_024), 1);
        assert_eq!(neighbors(&[200], 1_024), 1);
        assert_eq!(neighbors(&[1_048_576], 1_024), 1_024);
        assert_eq!(neighbors(&[5, 5], 2), 5);
        assert_eq!(neighbors(&[5, 5, 5], 2), 5, "never fewer than one a region");
        for sizes in [
            &[1_000_000, 17, 400_000][..],
            &[3, 3, 3, 2_000],
            &[1_024, 1],
        ] {
            let found = neighbors(sizes, 1_024);
            let cells = |neighbors: usize| {
                sizes
                    .iter()
                    .map(|size| size.div_ceil(neighbors))
                    .sum::<usize>()
            };
            assert!(cells(found) <= 1_024);
            assert!(found == 1 || cells(found - 1) > 1_024);
        }
    }
}

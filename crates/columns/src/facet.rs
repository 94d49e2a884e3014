//! The values of a path among some devices, most frequent first.

use query::Path;
use twin::Value;

use crate::coding::{Coding, Entries};
use crate::columns::Columns;
use crate::datum::Datum;
use crate::filter::Unanswerable;
use crate::selection::Selection;

/// What a path holds among some devices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facet {
    /// The most frequent values and how many devices have each; equally frequent ones as `ORDER BY` sorts them,
    /// arrays and objects by their text.
    pub values: Vec<(Value, u64)>,
    /// How many devices have no value.
    pub missing: u64,
    /// How many distinct values there are, shown or not.
    pub distinct: usize,
}

impl Columns {
    /// The `top` most frequent values of a path among some devices.
    ///
    /// Over all devices this takes time by the number of distinct values only.
    ///
    /// # Errors
    /// [`Unanswerable`] when the path has no column.
    pub fn facet(
        &self,
        path: &Path,
        selection: &Selection,
        top: usize,
    ) -> Result<Facet, Unanswerable> {
        let selection = selection.and(self.live());
        let coding = Coding::of(self, path, &selection).ok_or_else(|| Unanswerable::of(path))?;
        let counted;
        let counts = match &coding.entries {
            Entries::Dictionary(dictionary) if selection == *self.live() => dictionary.counts(),
            entries => {
                counted = coding.ids.histogram(entries.bound(), &selection);
                &counted
            }
        };
        let mut found: Vec<_> = (0..)
            .zip(counts)
            .filter(|(_, count)| **count > 0)
            .filter_map(|(id, count)| Some((*count, coding.entries.get(id)?)))
            .collect();
        let distinct = found.len();
        let present: u64 = found.iter().map(|(count, _)| u64::from(*count)).sum();
        let by_count = |(a_count, a): &(u32, Datum<'_>), (b_count, b): &(u32, Datum<'_>)| {
            b_count.cmp(a_count).then_with(|| a.order_apart(*b))
        };
        if top < found.len() {
            found.select_nth_unstable_by(top, by_count);
            found.truncate(top);
        }
        found.sort_unstable_by(by_count);
        let values = found
            .into_iter()
            .map(|(count, datum)| (datum.to_value(), count.into()))
            .collect();
        Ok(Facet {
            values,
            missing: selection.len() - present,
            distinct,
        })
    }
}

//! Which rows of a page stand in the document, and where the keys of the list lead. Pure; measuring, scrolling and
//! focus are the table's.
//!
//! A page is cut into blocks of rows. Blocks near what is seen have their rows in the document; of the others there
//! is only room as high as they are. So no row is ever moved in the document, and what has the focus keeps it.

use std::ops::Range;

/// Rows of a block.
const BLOCK_ROWS: usize = 10;
/// Blocks above and below those that are seen.
const MARGIN_BLOCKS: usize = 1;
/// Blocks that stand in the document before anything was measured.
const FIRST_BLOCKS: usize = 6;

/// The blocks of a page: the rows of each.
pub(super) fn blocks(rows: usize) -> Vec<Range<usize>> {
    let block = |from| from..rows.min(from + BLOCK_ROWS);
    (0..rows).step_by(BLOCK_ROWS).map(block).collect()
}

/// The block of a row.
pub(super) fn block_of(row: usize) -> usize {
    row / BLOCK_ROWS
}

/// The blocks at the beginning of a page.
pub(super) fn beginning(rows: usize) -> Range<usize> {
    0..FIRST_BLOCKS.min(rows.div_ceil(BLOCK_ROWS))
}

/// The blocks of a page near the rows that are seen: `seen` rows from number `first` on.
pub(super) fn near(rows: usize, first: usize, seen: usize) -> Range<usize> {
    let count = rows.div_ceil(BLOCK_ROWS);
    let start = block_of(first).min(count.saturating_sub(1));
    let end = (first + seen).div_ceil(BLOCK_ROWS).max(start + 1);
    start.saturating_sub(MARGIN_BLOCKS)..count.min(end + MARGIN_BLOCKS)
}

/// Where a key leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To a row of this page.
    Row(usize),
    /// To the last row of the page before.
    Earlier,
    /// To the first row of the next page.
    Later,
    /// To the first device of the list.
    Start,
    /// To the last device of the list.
    End,
}

/// Where a key leads from a row of a page of so many rows; `None` for keys that lead nowhere. A step over an end of
/// the list is for the caller to refuse.
pub(super) fn step(key: &str, row: usize, rows: usize) -> Option<Step> {
    match key {
        "j" | "ArrowDown" if row + 1 < rows => Some(Step::Row(row + 1)),
        "j" | "ArrowDown" => Some(Step::Later),
        "k" | "ArrowUp" => Some(row.checked_sub(1).map_or(Step::Earlier, Step::Row)),
        "Home" => Some(Step::Start),
        "End" => Some(Step::End),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_every_row_once_and_in_order() {
        for rows in [0, 1, 9, 10, 11, 199, 200] {
            let blocks = blocks(rows);
            let covered: Vec<_> = blocks.iter().cloned().flatten().collect();
            assert_eq!(covered, (0..rows).collect::<Vec<_>>());
            for (number, block) in blocks.iter().enumerate() {
                assert!(block.clone().all(|row| block_of(row) == number));
            }
        }
    }

    #[test]
    fn what_is_seen_is_in_the_document_with_rows_around_it() {
        for (rows, seen) in [(7, 30), (60, 30), (195, 0), (200, 28), (200, 90)] {
            for first in 0..rows {
                let near = near(rows, first, seen);
                let from = near.start * BLOCK_ROWS;
                let to = rows.min(near.end * BLOCK_ROWS);
                let end = rows.min(first + seen);
                assert!(from <= first && to >= end, "{rows} {seen} {first}");
                assert!(from == 0 || first - from >= BLOCK_ROWS);
                assert!(to == rows || to - end >= BLOCK_ROWS);
                // A screen of rows is about sixty in the document, however long the page.
                assert!(to - from <= seen + 4 * BLOCK_ROWS, "{near:?}");
            }
        }
        assert_eq!((near(0, 0, 30), beginning(0)), (0..0, 0..0));
        assert_eq!(near(200, 1_000, 30), 18..20, "scrolled beyond the end");
    }

    #[test]
    fn keys_lead_from_row_to_row_and_over_the_ends_of_a_page() {
        for (key, row, to) in [
            ("j", 0, Some(Step::Row(1))),
            ("ArrowDown", 198, Some(Step::Row(199))),
            ("j", 199, Some(Step::Later)),
            ("k", 1, Some(Step::Row(0))),
            ("ArrowUp", 0, Some(Step::Earlier)),
            ("Home", 40, Some(Step::Start)),
            ("End", 40, Some(Step::End)),
            ("x", 40, None),
        ] {
            assert_eq!(step(key, row, 200), to, "{key} {row}");
        }
    }
}

//! How a square is drawn: its heat from what is in it, its place from its number, one path per heat.

use std::fmt::Write as _;

use crate::api::overview::Cell;

/// The distance from one square to the next.
const PITCH: usize = 12;
/// The most squares in a column.
const ROWS_MAX: usize = 13;
const ROWS_MIN: usize = 4;
/// The most squares of all regions that are drawn large.
const LARGE_MAX: usize = 300;

/// How much a square asks for a look: size first, then shape, then color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heat {
    /// Small and pale.
    Well,
    Some,
    More,
    Much,
    /// A diamond: the only red.
    Fault,
    /// A hollow circle.
    Silent,
}

impl Heat {
    pub(super) const ALL: [Self; 6] = [
        Self::Well,
        Self::Some,
        Self::More,
        Self::Much,
        Self::Fault,
        Self::Silent,
    ];

    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Well => "c0",
            Self::Some => "c1",
            Self::More => "c2",
            Self::Much => "c3",
            Self::Fault => "c4",
            Self::Silent => "cs",
        }
    }

    /// The value of `data-heat` in the legend.
    pub(super) const fn step(self) -> &'static str {
        match self {
            Self::Well => "0",
            Self::Some => "1",
            Self::More => "2",
            Self::Much | Self::Fault | Self::Silent => "3",
        }
    }

    /// The heat of a square in a view of the field.
    pub(super) fn of(cell: &Cell, by: &str) -> Self {
        let share = |part: u32| f64::from(part) / f64::from(cell.devices.max(1));
        if by == "connection" {
            let away = share(cell.devices.saturating_sub(cell.connected));
            return if away > 0.5 {
                Self::Silent
            } else {
                Self::step_of(away)
            };
        }
        if by == "firmware" {
            return match share(cell.behind) {
                behind if cell.devices == 1 && behind > 0.0 => Self::More,
                behind => Self::step_of(behind),
            };
        }
        if share(cell.refusing) > 0.2 {
            Self::Fault
        } else if share(cell.silent) > 0.5 {
            Self::Silent
        } else if cell.devices == 1 && cell.drifting > 0 {
            // One that differs is no crowd.
            Self::More
        } else {
            Self::step_of(share(cell.drifting))
        }
    }

    fn step_of(share: f64) -> Self {
        match share {
            share if share < 0.01 => Self::Well,
            share if share < 0.03 => Self::Some,
            share if share < 0.08 => Self::More,
            _ => Self::Much,
        }
    }

    /// Draws one shape around the middle of a square.
    fn draw(self, path: &mut String, x: usize, y: usize) {
        // Writing to a string cannot fail.
        let _ = match self {
            Self::Well => write!(path, "M{} {}h4v4h-4z", x - 2, y - 2),
            Self::Some => write!(path, "M{} {}h6v6h-6z", x - 3, y - 3),
            Self::More => write!(path, "M{}.5 {}.5h7v7h-7z", x - 4, y - 4),
            Self::Much => write!(path, "M{}.5 {}.5h9v9h-9z", x - 5, y - 5),
            Self::Fault => write!(path, "M{x} {}l5 5l-5 5l-5 -5z", y - 5),
            Self::Silent => write!(
                path,
                "M{}.5 {y}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0",
                x - 4
            ),
        };
    }
}

/// Whether a tenth of its devices need a person, or more.
fn needs_person(cell: &Cell) -> bool {
    cell.attention > 0 && cell.attention.saturating_mul(10) >= cell.devices
}

/// The paths of a region, one per heat, and the frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawn {
    heats: [String; 6],
    framed: String,
}

impl Drawn {
    pub(super) fn path(&self, heat: Heat) -> String {
        self.heats[heat as usize].clone()
    }

    /// The frames around squares that need a person.
    pub(super) fn framed(&self) -> &str {
        &self.framed
    }
}

/// How the squares of all regions are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// Squares in a column.
    rows: usize,
    /// Pixels for each unit of the drawing: few squares are drawn large.
    scale: usize,
}

impl Layout {
    /// The layout of regions with so many squares: the largest about as wide as high, within bounds.
    pub(super) fn of(sizes: impl Iterator<Item = usize> + Clone) -> Self {
        let (largest, all) = (sizes.clone().max().unwrap_or(0), sizes.sum::<usize>());
        Self {
            rows: largest.isqrt().clamp(ROWS_MIN, ROWS_MAX),
            scale: if all <= LARGE_MAX { 2 } else { 1 },
        }
    }

    /// Squares in a column.
    pub(super) const fn rows(self) -> usize {
        self.rows
    }

    /// Width and height of the drawing of so many squares.
    pub(super) fn extent(self, cells: usize) -> (usize, usize) {
        let extent = |squares: usize| (squares * PITCH).saturating_sub(2);
        (extent(cells.div_ceil(self.rows.max(1))), extent(self.rows))
    }

    /// The same in pixels.
    pub(super) fn pixels(self, cells: usize) -> (usize, usize) {
        let (wide, high) = self.extent(cells);
        (wide * self.scale, high * self.scale)
    }

    /// Draws squares column by column, from the top of each.
    pub(super) fn draw(self, cells: &[Cell], by: &str) -> Drawn {
        let mut drawn = Drawn::default();
        for (at, cell) in cells.iter().enumerate() {
            let heat = Heat::of(cell, by);
            let (column, row) = (at / self.rows.max(1), at % self.rows.max(1));
            let middle = |place: usize| place * PITCH + PITCH / 2 - 1;
            heat.draw(&mut drawn.heats[heat as usize], middle(column), middle(row));
            if needs_person(cell) {
                drawn.framed += &self.frame(at);
            }
        }
        drawn
    }

    /// A frame around a square.
    pub(super) fn frame(self, at: usize) -> String {
        let (column, row) = (at / self.rows.max(1), at % self.rows.max(1));
        let corner = |place: usize| place * PITCH;
        format!("M{} {}m-.5 -.5h11v11h-11z", corner(column), corner(row))
    }

    /// The number of the square at a pixel.
    pub(super) fn at(self, x: i32, y: i32, count: usize) -> Option<usize> {
        let side = PITCH * self.scale.max(1);
        let (column, row) = (
            usize::try_from(x).ok()? / side,
            usize::try_from(y).ok()? / side,
        );
        let at = column * self.rows + row;
        (row < self.rows && at < count).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(devices: u32, drifting: u32, refusing: u32, connected: u32, silent: u32) -> Cell {
        Cell {
            devices,
            drifting,
            refusing,
            connected,
            silent,
            behind: 0,
            attention: 0,
            from: String::new(),
        }
    }

    #[test]
    fn red_is_only_ever_refusal() {
        assert_eq!(
            Heat::of(&cell(1_024, 1_024, 0, 1_024, 0), "drift"),
            Heat::Much
        );
        assert_eq!(
            Heat::of(&cell(1_024, 300, 300, 1_024, 0), "drift"),
            Heat::Fault
        );
        assert_eq!(Heat::of(&cell(1, 1, 1, 1, 0), "drift"), Heat::Fault);
        assert_eq!(Heat::of(&cell(1, 1, 0, 1, 0), "drift"), Heat::More);
    }

    #[test]
    fn heat_grows_with_the_share() {
        let heats = [0, 10, 11, 31, 82]
            .map(|drifting| Heat::of(&cell(1_024, drifting, 0, 1_024, 0), "drift"));
        assert_eq!(
            heats,
            [Heat::Well, Heat::Well, Heat::Some, Heat::More, Heat::Much]
        );
        assert_eq!(Heat::of(&cell(10, 0, 0, 10, 6), "drift"), Heat::Silent);
        assert_eq!(Heat::of(&cell(10, 0, 0, 4, 0), "connection"), Heat::Silent);
        assert_eq!(Heat::of(&cell(10, 9, 9, 10, 9), "connection"), Heat::Well);
    }

    #[test]
    fn a_point_finds_the_square_that_is_drawn_there() {
        for (sizes, rows, side) in [([30, 6], 5, 24), ([900, 124], 13, 12)] {
            let layout = Layout::of(sizes.into_iter());
            assert_eq!(layout.rows(), rows);
            let count = sizes[0];
            for number in 0..count {
                let middle = |place: usize| i32::try_from(place * side + side / 2).unwrap();
                assert_eq!(
                    layout.at(middle(number / rows), middle(number % rows), count),
                    Some(number)
                );
            }
            assert_eq!(layout.at(-1, 0, count), None);
            assert_eq!(layout.at(100_000, 0, count), None);
            assert_eq!(layout.at(0, 100_000, count), None);
        }
    }

    #[test]
    fn firmware_is_never_red_and_a_tenth_that_needs_a_person_is_framed() {
        let behind = |devices, behind| Cell {
            behind,
            ..cell(devices, devices, devices, devices, 0)
        };
        assert_eq!(Heat::of(&behind(1_024, 0), "firmware"), Heat::Well);
        assert_eq!(Heat::of(&behind(1_024, 1_024), "firmware"), Heat::Much);
        assert_eq!(Heat::of(&behind(1, 1), "firmware"), Heat::More);
        let needing = |devices, attention| Cell {
            attention,
            ..cell(devices, 0, 0, devices, 0)
        };
        let cells = [
            needing(100, 9),
            needing(100, 10),
            needing(1, 0),
            needing(1, 1),
        ];
        let drawn = Layout::of([4].into_iter()).draw(&cells, "drift");
        assert_eq!(drawn.framed().matches('M').count(), 2);
    }

    #[test]
    fn a_layout_is_bounded() {
        assert_eq!(Layout::of(std::iter::empty()).rows(), ROWS_MIN);
        assert_eq!(Layout::of([100_000].into_iter()).rows(), ROWS_MAX);
    }

    #[test]
    fn each_square_is_in_exactly_one_path() {
        let cells: Vec<_> = (0..100)
            .map(|number| cell(100, number, 0, 100, 0))
            .collect();
        let drawn = Layout::of([900].into_iter()).draw(&cells, "drift");
        let squares: usize = Heat::ALL
            .iter()
            .map(|heat| drawn.path(*heat).matches('M').count())
            .sum();
        assert_eq!(squares, 100);
        assert!(drawn.path(Heat::Well).starts_with("M3 3h4v4h-4z"));
    }
}

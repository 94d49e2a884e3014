//! What stored samples say of a period: the course of a share, where it is missing, and where it dipped.
//!
//! A stretch without samples is a gap: nothing is known of it, and it counts neither for nor against.

use std::time::Duration;

use store::{Bucket, figure::Kept};
use twin::time::Timestamp;

/// A dip begins where the share is lower than usual by more than this, in parts of one.
pub const DIP_BEGINS: f64 = 0.02;
/// It ends where the share is lower than usual by less than this.
pub const DIP_ENDS: f64 = 0.01;
/// One device that is away is no dip, however small the fleet.
pub const DIP_DEVICES_MIN: f64 = 2.0;

/// The share of one figure in another over time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Course {
    /// How long a stretch is.
    pub step: Duration,
    /// The stretches that were measured, oldest first.
    pub stretches: Vec<Stretch>,
}

/// The share during one stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// When it begins.
    pub at: Timestamp,
    /// The mean share, from 0 to 1.
    pub share: f64,
    /// The least share that was sampled.
    pub least: f64,
    /// The mean of the whole that it is a share of.
    pub whole: f64,
    /// How many samples; at least one.
    pub samples: u64,
}

/// A time from which there are no samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// When the last stretch with samples ended.
    pub from: Timestamp,
    /// When the next one begins.
    pub to: Timestamp,
}

/// A time during which the share was lower than usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dip {
    /// When its first stretch begins.
    pub from: Timestamp,
    /// When its last stretch ends.
    pub to: Timestamp,
    /// The lowest share that was sampled.
    pub least: f64,
    /// How many of the whole were missing then, against the usual share.
    pub devices: f64,
    /// Whether it lasted until the last sample.
    pub is_open: bool,
}

impl Course {
    /// The course of a part of a whole, where both were sampled and the whole is not empty.
    pub fn of(part: &Kept, whole: &Kept) -> Self {
        let mut wholes = whole.buckets.iter().peekable();
        let stretch = |part: &Bucket| {
            while wholes.next_if(|whole| whole.at < part.at).is_some() {}
            let whole = wholes.next_if(|whole| whole.at == part.at)?;
            (whole.mean > 0.0).then(|| Stretch {
                at: part.at,
                share: (part.mean / whole.mean).clamp(0.0, 1.0),
                least: (part.min / whole.max).clamp(0.0, 1.0),
                whole: whole.mean,
                samples: part.samples,
            })
        };
        Self {
            step: part.step,
            stretches: part.buckets.iter().filter_map(stretch).collect(),
        }
    }

    /// The mean share over all samples; `None` when there are none.
    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers of samples are far below 2^53"
    )]
    pub fn mean(&self) -> Option<f64> {
        let samples: u64 = self.stretches.iter().map(|it| it.samples).sum();
        let weighted = self.stretches.iter().map(|it| it.share * it.samples as f64);
        (samples > 0).then(|| weighted.sum::<f64>() / samples as f64)
    }

    /// The usual share: the median of the stretches.
    pub fn usual(&self) -> Option<f64> {
        let mut shares: Vec<f64> = self.stretches.iter().map(|it| it.share).collect();
        shares.sort_by(f64::total_cmp);
        shares.get(shares.len() / 2).copied()
    }

    /// When the first stretch begins and the last one ends.
    pub fn measured(&self) -> Option<(Timestamp, Timestamp)> {
        let (first, last) = (self.stretches.first()?, self.stretches.last()?);
        Some((first.at, last.at.plus(self.step)))
    }

    /// The times between the first and the last stretch of which nothing is known.
    pub fn gaps(&self) -> Vec<Gap> {
        let between = |pair: &[Stretch]| {
            let (from, to) = (pair[0].at.plus(self.step), pair[1].at);
            (from < to).then_some(Gap { from, to })
        };
        self.stretches.windows(2).filter_map(between).collect()
    }

    /// Where the share dipped: it fell by more than [`DIP_BEGINS`] below the usual, and was back when less than
    /// [`DIP_ENDS`] was missing. A gap ends a dip, for nothing is known of it.
    pub fn dips(&self) -> Vec<Dip> {
        let Some(usual) = self.usual() else {
            return Vec::new();
        };
        let mut dips: Vec<Dip> = Vec::new();
        let mut open: Option<Dip> = None;
        for stretch in &self.stretches {
            let end = stretch.at.plus(self.step);
            let missing = usual - stretch.share;
            let devices = (usual - stretch.least) * stretch.whole;
            open = match open.take() {
                Some(dip) if dip.to == stretch.at && missing > DIP_ENDS => Some(Dip {
                    to: end,
                    least: dip.least.min(stretch.least),
                    devices: dip.devices.max(devices),
                    ..dip
                }),
                other => {
                    dips.extend(other);
                    let begins = missing > DIP_BEGINS && missing * stretch.whole >= DIP_DEVICES_MIN;
                    begins.then_some(Dip {
                        from: stretch.at,
                        to: end,
                        least: stretch.least,
                        devices,
                        is_open: false,
                    })
                }
            };
        }
        dips.extend(open.map(|dip| Dip {
            is_open: true,
            ..dip
        }));
        dips
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_mins(5);

    fn at(stretch: u32) -> Timestamp {
        Timestamp::from_ms(0).plus(STEP * stretch)
    }

    fn kept(values: &[(u32, f64)]) -> Kept {
        let bucket = |(stretch, value): &(u32, f64)| Bucket {
            at: at(*stretch),
            mean: *value,
            min: value - 1.0,
            max: *value,
            samples: 30,
        };
        Kept {
            step: STEP,
            buckets: values.iter().map(bucket).collect(),
        }
    }

    fn course(shares: &[(u32, f64)]) -> Course {
        let parts: Vec<_> = shares.iter().map(|(at, it)| (*at, it * 1_000.0)).collect();
        let wholes: Vec<_> = shares.iter().map(|(at, _)| (*at, 1_000.0)).collect();
        Course::of(&kept(&parts), &kept(&wholes))
    }

    #[test]
    fn a_share_needs_both_sides_and_a_whole() {
        let part = kept(&[(0, 5.0), (1, 5.0), (3, 0.0), (4, 8.0)]);
        let whole = kept(&[(0, 10.0), (2, 10.0), (3, 0.0), (4, 10.0)]);
        let course = Course::of(&part, &whole);
        let shares: Vec<_> = course
            .stretches
            .iter()
            .map(|stretch| (stretch.at, stretch.share))
            .collect();
        assert_eq!(shares, [(at(0), 0.5), (at(4), 0.8)]);
        assert!((course.mean().unwrap() - 0.65).abs() < 1e-9);
        assert_eq!(Course::default().mean(), None);
        assert_eq!(Course::default().measured(), None);
    }

    #[test]
    fn what_was_not_measured_is_a_gap_and_not_a_dip() {
        let course = course(&[(0, 0.97), (1, 0.97), (9, 0.97), (10, 0.97)]);
        assert_eq!(
            course.gaps(),
            [Gap {
                from: at(2),
                to: at(9)
            }]
        );
        assert_eq!(course.dips(), []);
        assert_eq!(course.measured(), Some((at(0), at(11))));
    }

    #[test]
    fn a_dip_begins_below_its_threshold_and_ends_above_the_other() {
        for (shares, expected) in [
            // Not deep enough.
            (&[0.97, 0.97, 0.955, 0.97, 0.97][..], &[][..]),
            // Comes back slowly: below 2 points it begins, above 1 point it is over.
            (
                &[0.97, 0.97, 0.90, 0.955, 0.965, 0.97, 0.97],
                &[(2, 4, 71.0, false)],
            ),
            // Two.
            (
                &[0.97, 0.90, 0.97, 0.80, 0.97, 0.97],
                &[(1, 2, 71.0, false), (3, 4, 171.0, false)],
            ),
            // Until the end.
            (&[0.97, 0.97, 0.97, 0.5], &[(3, 4, 471.0, true)]),
        ] {
            let numbered: Vec<_> = (0..).zip(shares.iter().copied()).collect();
            let found: Vec<_> = course(&numbered)
                .dips()
                .iter()
                .map(|dip| (dip.from, dip.to, dip.devices.round(), dip.is_open))
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(from, to, devices, is_open)| (at(*from), at(*to), *devices, *is_open))
                .collect();
            assert_eq!(found, expected, "{shares:?}");
        }
    }

    #[test]
    fn a_gap_ends_a_dip_and_one_device_is_none() {
        let dips = course(&[
            (0, 0.97),
            (1, 0.97),
            (2, 0.97),
            (3, 0.9),
            (7, 0.9),
            (8, 0.97),
        ])
        .dips();
        let times: Vec<_> = dips.iter().map(|dip| (dip.from, dip.to)).collect();
        assert_eq!(times, [(at(3), at(4)), (at(7), at(8))]);

        let few = Course::of(
            &kept(&[(0, 10.0), (1, 10.0), (2, 9.0), (3, 10.0)]),
            &kept(&[(0, 10.0), (1, 10.0), (2, 10.0), (3, 10.0)]),
        );
        assert_eq!(few.dips(), []);
    }
}

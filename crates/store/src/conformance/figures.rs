//! Sampled figures.

use std::time::Duration;

use twin::time::Timestamp;

use super::Backend;
use crate::figure::TIERS;
use crate::{Bucket, Keep, Retention};

const BEGIN: Timestamp = Timestamp::from_ms(1_790_000_000_000 / 3_600_000 * 3_600_000);

fn after(seconds: u64) -> Timestamp {
    BEGIN.plus(Duration::from_secs(seconds))
}

/// Samples of one stretch become one bucket with mean, least and greatest.
pub async fn samples_fall_into_buckets(backend: &dyn Backend) {
    let store = backend.open().await;
    for (seconds, value) in [(0, 1.0), (3, 2.0), (9, 6.0), (10, 5.0), (60, 7.5)] {
        let figures = [
            ("drifting".to_owned(), value),
            ("other".to_owned(), -value),
            ("broken".to_owned(), f64::NAN),
        ];
        store
            .append_figures(after(seconds), &figures)
            .await
            .unwrap();
    }
    let fine = store
        .figure_range("drifting", after(0), after(120), 12)
        .await
        .unwrap();
    let bucket = |seconds, mean, min, max, samples| Bucket {
        at: after(seconds),
        mean,
        min,
        max,
        samples,
    };
    assert_eq!(
        fine,
        [
            bucket(0, 3.0, 1.0, 6.0, 3),
            bucket(10, 5.0, 5.0, 5.0, 1),
            bucket(60, 7.5, 7.5, 7.5, 1)
        ]
    );
    let coarse = store
        .figure_range("other", after(0), after(120), 2)
        .await
        .unwrap();
    assert_eq!(
        coarse,
        [
            bucket(0, -3.5, -6.0, -1.0, 4),
            bucket(60, -7.5, -7.5, -7.5, 1)
        ]
    );
    assert_eq!(
        store
            .figure_range("drifting", after(10), after(60), 5)
            .await
            .unwrap(),
        [bucket(10, 5.0, 5.0, 5.0, 1)]
    );
    assert!(
        store
            .figure_range("broken", after(0), after(120), 2)
            .await
            .unwrap()
            .is_empty()
    );
}

/// Longer ranges come from coarser tiers, and each tier forgets in its own time.
pub async fn old_figures_are_coarse_and_then_gone(backend: &dyn Backend) {
    let store = backend.open().await;
    for seconds in [0, 400, 4_000] {
        store
            .append_figures(after(seconds), &[("n".to_owned(), 1.0)])
            .await
            .unwrap();
    }
    let hours = |count: u64| Duration::from_secs(3_600 * count);
    let counts = |from: Timestamp, to: Timestamp| {
        let store = &store;
        async move {
            store
                .figure_range("n", from, to, 1_000)
                .await
                .unwrap()
                .iter()
                .map(|bucket| bucket.samples)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(counts(after(0), after(7_200)).await, [1, 1, 1]);
    assert_eq!(
        counts(after(0).minus(hours(24)), after(7_200)).await,
        [1, 1, 1]
    );
    assert_eq!(
        counts(after(0).minus(hours(24 * 30)), after(7_200)).await,
        [2, 1]
    );

    let keep = Keep {
        rows_max: u64::MAX,
        age_max: Duration::from_secs(u64::from(u32::MAX)),
    };
    let retention = Retention {
        history: keep,
        events: keep,
        messages: keep,
        audit: keep,
        batch_rows_max: 2,
    };
    let now = after(5_000).plus(TIERS[0].keep);
    let first = store.prune(now, &retention).await.unwrap();
    assert_eq!((first.figures, first.is_more), (2, true));
    let second = store.prune(now, &retention).await.unwrap();
    assert_eq!((second.figures, second.is_more), (1, false));
    assert!(counts(after(0), after(7_200)).await.is_empty());
    assert_eq!(
        counts(after(0).minus(hours(24)), after(7_200)).await,
        [1, 1, 1]
    );
}

/// A period of the last days is kept in fine stretches, an older one in coarse ones; a time without samples is a gap.
pub async fn what_is_kept_depends_on_how_old_it_is(backend: &dyn Backend) {
    let store = backend.open().await;
    for (seconds, value) in [(0, 1.0), (10, 3.0), (310, 5.0), (7_200, 6.0), (9_000, 9.0)] {
        store
            .append_figures(after(seconds), &[("n".to_owned(), value)])
            .await
            .unwrap();
    }
    let bucket = |seconds, mean, min, max, samples| Bucket {
        at: after(seconds),
        mean,
        min,
        max,
        samples,
    };
    let kept = |now| store.figure_kept("n", after(0), after(9_000), now);
    let fine = kept(after(9_000)).await.unwrap();
    assert_eq!(fine.step, TIERS[1].step);
    assert_eq!(
        fine.buckets,
        [
            bucket(0, 2.0, 1.0, 3.0, 2),
            bucket(300, 5.0, 5.0, 5.0, 1),
            bucket(7_200, 6.0, 6.0, 6.0, 1)
        ]
    );
    let coarse = kept(after(1).plus(TIERS[1].keep)).await.unwrap();
    assert_eq!(coarse.step, TIERS[2].step);
    assert_eq!(
        coarse.buckets,
        [bucket(0, 3.0, 1.0, 5.0, 3), bucket(7_200, 7.5, 6.0, 9.0, 2)]
    );
}

//! Laws of the language over random texts, conditions and devices.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod completion;
mod lowering;
mod meaning;
mod mending;
mod reading;

/// Fewer cases than is usual, because each is long; `PROPTEST_CASES` asks for more.
fn config() -> proptest::test_runner::Config {
    let usual = proptest::test_runner::Config::default();
    proptest::test_runner::Config {
        cases: usual.cases / 2,
        failure_persistence: None,
        ..usual
    }
}

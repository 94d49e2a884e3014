//! Counting what test runners print: cargo test, node's spec reporter, Python's unittest.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// Adds another count to this one.
    pub(crate) fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Takes in one printed line.
    fn read(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("test result: ") {
            self.passed += number_before(rest, " passed");
            self.failed += number_before(rest, " failed");
            self.skipped += number_before(rest, " ignored");
        } else if let Some(rest) = line.strip_prefix("ℹ ") {
            match rest.split_once(' ') {
                Some(("pass", n)) => self.passed += n.trim().parse().unwrap_or(0),
                Some(("fail" | "cancelled", n)) => self.failed += n.trim().parse().unwrap_or(0),
                Some(("skipped" | "todo", n)) => self.skipped += n.trim().parse().unwrap_or(0),
                _ => {}
            }
        } else if let Some(rest) = line.strip_prefix("Ran ") {
            // unittest says how many ran first, and on its last line how many of those did not pass.
            self.passed += number_before(rest, " test");
        } else if line.starts_with("OK (") || line.starts_with("FAILED (") {
            let failed = number_after(line, "failures=") + number_after(line, "errors=");
            let skipped = number_after(line, "skipped=");
            self.failed += failed;
            self.skipped += skipped;
            self.passed = self.passed.saturating_sub(failed + skipped);
        }
    }
}

/// Runs a test command, shows what it prints and counts it. A command that ends badly without a
/// failed test counts as one failure.
pub(crate) fn count(command: &mut Command) -> Result<Tally> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {command:?}"))?;
    let errors = child
        .stderr
        .take()
        .map(|pipe| std::thread::spawn(move || show(pipe)));
    let mut tally = child.stdout.take().map(show).unwrap_or_default();
    if let Some(errors) = errors.and_then(|thread| thread.join().ok()) {
        tally.add(errors);
    }
    if !child.wait()?.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

fn show(pipe: impl std::io::Read) -> Tally {
    let mut tally = Tally::default();
    for line in BufReader::new(pipe).lines().map_while(Result::ok) {
        println!("{line}");
        tally.read(&line);
    }
    tally
}

fn number_before(text: &str, word: &str) -> u64 {
    let Some((before, _)) = text.split_once(word) else {
        return 0;
    };
    before
        .rsplit(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0)
}

fn number_after(text: &str, word: &str) -> u64 {
    let Some((_, after)) = text.split_once(word) else {
        return 0;
    };
    after
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (u64, u64, u64) {
        let mut tally = Tally::default();
        text.lines().for_each(|line| tally.read(line));
        (tally.passed, tally.failed, tally.skipped)
    }

    #[test]
    fn each_runner_is_counted() {
        assert_eq!(
            of("test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out"),
            (12, 0, 3)
        );
        assert_eq!(
            of("ℹ tests 5\nℹ pass 4\nℹ fail 1\nℹ cancelled 0\nℹ skipped 2"),
            (4, 1, 2)
        );
        assert_eq!(
            of("Ran 9 tests in 3.1s\n\nFAILED (failures=1, errors=1, skipped=2)"),
            (5, 2, 2)
        );
        assert_eq!(of("Ran 9 tests in 3.1s\n\nOK"), (9, 0, 0));
    }
}

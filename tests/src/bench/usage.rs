//! What a process takes of the machine, as `/proc` says it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// Linux tells CPU time to programs in hundredths of a second, whatever its own clock.
const MS_PER_TICK: u64 = 10;

/// Resident memory of a process, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// All of it (`VmRSS`).
    pub resident: u64,
    /// Its own (`RssAnon`): what it would need if it were alone.
    pub own: u64,
    /// Pages of files that are mapped and can be dropped at any time (`RssFile`).
    pub files: u64,
}

/// Resident memory of a process.
///
/// # Errors
/// When there is no such process.
pub fn memory(process: u32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.trim_start_matches(':').split_whitespace().next());
        let kib: Option<u64> = kib.and_then(|kib| kib.parse().ok());
        kib.map(|kib| kib * 1024)
            .with_context(|| format!("no {name} of process {process}"))
    };
    Ok(Memory {
        resident: bytes("VmRSS")?,
        own: bytes("RssAnon")?,
        files: bytes("RssFile")?,
    })
}

/// CPU time that a process has used so far, all its threads.
///
/// # Errors
/// When there is no such process.
pub fn cpu(process: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may hold spaces; user and system time are the 12th and 13th field after it.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2);
    let ticks: Vec<u64> = ticks.filter_map(|field| field.parse().ok()).collect();
    anyhow::ensure!(ticks.len() == 2, "no times of process {process}");
    Ok(Duration::from_millis(
        ticks.iter().sum::<u64>() * MS_PER_TICK,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let memory = memory(std::process::id()).unwrap();
        assert!(memory.own > 100_000 && memory.resident >= memory.own);
        let before = cpu(std::process::id()).unwrap();
        let mut sum = 0_u64;
        while cpu(std::process::id()).unwrap() == before {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(memory.files > 0 && sum > 0);
    }
}

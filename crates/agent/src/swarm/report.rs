//! The final report of a swarm: for people as text, for programs as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::latency::Histogram;
use crate::tally::Tally;

/// How long something took, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// How often it was measured.
    pub count: u64,
    /// The median.
    pub p50_ms: f64,
    /// What 99 % did not exceed.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl From<&Histogram> for Latency {
    fn from(histogram: &Histogram) -> Self {
        let ms = |duration: Duration| (duration.as_secs_f64() * 1e6).round() / 1e3;
        Self {
            count: histogram.count(),
            p50_ms: ms(histogram.quantile(0.5)),
            p99_ms: ms(histogram.quantile(0.99)),
            max_ms: ms(histogram.max()),
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
            self.p50_ms, self.p99_ms, self.max_ms
        )
    }
}

/// What a swarm did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How many devices it had.
    pub devices: usize,
    /// How many of them never connect, by their fault.
    pub silent: usize,
    /// How long it ran, seconds.
    pub duration_s: f64,
    /// First connections.
    pub connects: u64,
    /// Later connections.
    pub reconnects: u64,
    /// Later connections that found their session kept.
    pub resumed: u64,
    /// Ended connections and failed tries, by reason.
    pub losses: BTreeMap<String, u64>,
    /// Acknowledged telemetry messages.
    pub telemetry: u64,
    /// Telemetry messages given up.
    pub telemetry_dropped: u64,
    /// Accepted reports.
    pub reports: u64,
    /// Refused reports.
    pub reports_refused: u64,
    /// Desired notifications.
    pub desired: u64,
    /// Answered method calls, by name.
    pub methods: BTreeMap<String, u64>,
    /// Played faults, by name.
    pub faults: BTreeMap<String, u64>,
    /// From CONNECT to CONNACK.
    pub connect_latency: Latency,
    /// From publishing telemetry to its acknowledgment.
    pub telemetry_latency: Latency,
    /// From publishing a report to its answer.
    pub report_latency: Latency,
}

impl Report {
    /// Sums up what was counted.
    pub fn of(tally: &Tally, devices: usize, silent: usize, duration: Duration) -> Self {
        Self {
            devices,
            silent,
            duration_s: (duration.as_secs_f64() * 10.0).round() / 10.0,
            connects: tally.connects.get(),
            reconnects: tally.reconnects.get(),
            resumed: tally.resumed.get(),
            losses: tally.losses.all(),
            telemetry: tally.telemetry.get(),
            telemetry_dropped: tally.telemetry_dropped.get(),
            reports: tally.reports.get(),
            reports_refused: tally.reports_refused.get(),
            desired: tally.desired.get(),
            methods: tally.methods.all(),
            faults: tally.faults.all(),
            connect_latency: (&tally.connect_latency).into(),
            telemetry_latency: (&tally.telemetry_latency).into(),
            report_latency: (&tally.report_latency).into(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            devices,
            silent,
            duration_s,
            ..
        } = self;
        writeln!(
            f,
            "{devices} devices for {duration_s} s, {silent} of them silent throughout"
        )?;
        writeln!(
            f,
            "connects    {} first, {} again ({} resumed)",
            self.connects, self.reconnects, self.resumed
        )?;
        writeln!(f, "            {}", self.connect_latency)?;
        writeln!(f, "losses      {}", Named(&self.losses))?;
        writeln!(
            f,
            "telemetry   {} acknowledged, {} dropped",
            self.telemetry, self.telemetry_dropped
        )?;
        writeln!(f, "            {}", self.telemetry_latency)?;
        writeln!(
            f,
            "reports     {} accepted, {} refused",
            self.reports, self.reports_refused
        )?;
        writeln!(f, "            {}", self.report_latency)?;
        writeln!(f, "desired     {} notifications", self.desired)?;
        writeln!(f, "methods     {}", Named(&self.methods))?;
        write!(f, "faults      {}", Named(&self.faults))
    }
}

/// `a 1, b 2`, or `none`.
struct Named<'a>(&'a BTreeMap<String, u64>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (index, (name, count)) in self.0.iter().enumerate() {
            write!(f, "{}{name} {count}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_as_text_and_as_json() {
        let tally = Tally::default();
        tally.connects.tick();
        tally.methods.tick("reboot");
        tally.report_latency.record(Duration::from_millis(20));
        let report = Report::of(&tally, 3, 1, Duration::from_millis(1_234));
        let text = report.to_string();
        assert!(
            text.starts_with("3 devices for 1.2 s, 1 of them silent throughout\n"),
            "{text}"
        );
        assert!(
            text.contains("methods     reboot 1\nfaults      none"),
            "{text}"
        );
        assert!(
            text.contains("p50 20.0 ms, p99 20.0 ms, longest 20.0 ms"),
            "{text}"
        );
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["report_latency"]["count"], 1);
    }
}

//! A report as comma-separated values (RFC 4180): one row for each figure, so that any program can filter them.

use app::conditions;
use fleet::monitor::Counts;
use fleet::report::{Change, Compared, Report};
use store::Actor;
use twin::time::Timestamp;

/// The columns: what part of the report, of what, from when (UTC), the value, the value of the period before, and for
/// figures of now the query behind them.
const HEAD: [&str; 7] = [
    "part", "name", "measure", "time", "value", "before", "query",
];

/// Writes the table.
pub(super) fn write(report: &Report) -> Result<Vec<u8>, csv::Error> {
    let mut table = Table(csv::Writer::from_writer(Vec::new()));
    table.0.write_record(HEAD)?;
    table.row(
        "report",
        "period",
        "",
        "",
        &report.period.to_string(),
        "",
        "",
    )?;
    table.row("report", "made", "", "", &report.at.to_string(), "", "")?;
    table.figures(report)?;
    for stretch in &report.course.stretches {
        let (time, share) = (stretch.at.to_string(), share(stretch.share));
        table.row("course", "connected", "share", &time, &share, "", "")?;
    }
    for (name, counts) in &report.regions {
        table.counts(
            report,
            "region",
            name.as_deref().unwrap_or_default(),
            *counts,
        )?;
    }
    if let Some((count, counts)) = &report.other_regions {
        table.counts(
            report,
            "other regions",
            &format!("{count} regions"),
            *counts,
        )?;
    }
    for decision in &report.decisions {
        let (name, now) = (
            format!("{:?}", decision.question).to_lowercase(),
            report.at.to_string(),
        );
        let count = decision.devices.to_string();
        table.row(
            "decide",
            &name,
            "devices",
            &now,
            &count,
            "",
            decision.question.condition(),
        )?;
    }
    for change in &report.changes {
        table.change(change)?;
    }
    for dip in &report.dips {
        table.span("dip", dip.from, dip.to, &format!("{:.0}", dip.devices))?;
    }
    for gap in &report.gaps {
        table.span("gap", gap.from, gap.to, "")?;
    }
    Ok(table
        .0
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?)
}

struct Table(csv::Writer<Vec<u8>>);

impl Table {
    #[expect(clippy::too_many_arguments, reason = "one for each column")]
    fn row(
        &mut self,
        part: &str,
        name: &str,
        measure: &str,
        time: &str,
        value: &str,
        before: &str,
        query: &str,
    ) -> Result<(), csv::Error> {
        let cells = [part, name, measure, time, value, before, query];
        self.0.write_record(cells.map(harmless))
    }

    fn figures(&mut self, report: &Report) -> Result<(), csv::Error> {
        let percent = |value: Option<f64>| value.map(share).unwrap_or_default();
        let whole = |value: Option<f64>| value.map(|it| format!("{it:.0}")).unwrap_or_default();
        let mut of =
            |name, measure, compared: Compared, written: &dyn Fn(Option<f64>) -> String| {
                let (value, before) = (written(compared.value), written(compared.before));
                self.row("figure", name, measure, "", &value, &before, "")
            };
        of(
            "as they should be",
            "mean share",
            report.converged,
            &percent,
        )?;
        of("connected", "mean share", report.connected, &percent)?;
        of("devices", "at the end", report.devices, &whole)?;
        of("silent", "at the end", report.silent, &whole)?;
        let now = report.at.to_string();
        for (name, count, query) in [
            (
                "as they should be",
                report.now.converged,
                conditions::CONVERGED,
            ),
            ("connected", report.now.connected, conditions::CONNECTED),
            ("devices", report.now.total, "*"),
            ("silent", report.now.silent, conditions::SILENT),
        ] {
            self.row("now", name, "devices", &now, &count.to_string(), "", query)?;
        }
        let (enrolled, query) = &report.enrolled;
        self.row(
            "now",
            "enrolled in the period",
            "devices",
            &now,
            &enrolled.to_string(),
            "",
            query,
        )?;
        let retired = report.retired.to_string();
        self.row(
            "figure",
            "retired in the period",
            "devices",
            "",
            &retired,
            "",
            "",
        )
    }

    fn counts(
        &mut self,
        report: &Report,
        part: &str,
        name: &str,
        counts: Counts,
    ) -> Result<(), csv::Error> {
        let now = report.at.to_string();
        for (measure, count) in [
            ("devices", counts.devices),
            ("connected", counts.connected),
            ("drifting", counts.drifting),
            ("refusing", counts.refusing),
            ("silent", counts.silent),
        ] {
            self.row(part, name, measure, &now, &count.to_string(), "", "")?;
        }
        Ok(())
    }

    fn change(&mut self, change: &Change) -> Result<(), csv::Error> {
        let who = match &change.actor {
            Actor::Person(name) => format!("person {name}"),
            Actor::Service(name) => format!("policy {name}"),
            Actor::Device(id) => format!("device {id}"),
            Actor::System(name) => format!("system {name}"),
            Actor::Job { job, by } => format!("job {job} started by {by}"),
        };
        for (measure, count) in [("done", change.done), ("refused", change.not_done)] {
            let measure = format!("{measure} by {who}");
            self.row(
                "change",
                &change.action,
                &measure,
                "",
                &count.to_string(),
                "",
                "",
            )?;
        }
        Ok(())
    }

    fn span(
        &mut self,
        part: &str,
        from: Timestamp,
        to: Timestamp,
        devices: &str,
    ) -> Result<(), csv::Error> {
        let length = to.since(from).as_secs().to_string();
        self.row(
            part,
            "connected",
            "seconds",
            &from.to_string(),
            &length,
            "",
            "",
        )?;
        if devices.is_empty() {
            return Ok(());
        }
        self.row(
            part,
            "connected",
            "devices away",
            &from.to_string(),
            devices,
            "",
            "",
        )
    }
}

fn share(share: f64) -> String {
    format!("{share:.5}")
}

/// Text that a spreadsheet takes for text: what begins like a formula gets an apostrophe before it. No number here is
/// negative.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula() {
        let mut table = Table(csv::Writer::from_writer(Vec::new()));
        table
            .row(
                "region",
                "=HYPERLINK(\"x\")",
                "a,b",
                "",
                "1",
                "-1",
                "two\nlines",
            )
            .unwrap();
        let text = String::from_utf8(table.0.into_inner().unwrap()).unwrap();
        assert_eq!(
            text,
            "region,\"'=HYPERLINK(\"\"x\"\")\",\"a,b\",,1,'-1,\"two\nlines\"\n"
        );
        for text in ["+1", "@a", "\tx", "-"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        assert_eq!(harmless("d-1=x"), "d-1=x");
    }
}

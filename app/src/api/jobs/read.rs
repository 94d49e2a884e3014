//! Reading jobs for their pages.

use fleet::configure::{JobReport, cannot_undo};
use store::{
    Counts, DeviceState, Job as Kept, JobDevice, JobId, JobState, Mark, OutcomeGroup, Which, Work,
};
use twin::id::Slot;

use super::{Device, Figure, Job, Listing, Logged, Outcome, words};
use crate::api::{Caller, Code, Problem};
use crate::format;

/// Jobs of one page.
const JOBS: usize = 50;
/// Devices of one page.
const DEVICES: usize = 50;

impl Caller {
    /// A page of jobs.
    pub(crate) async fn jobs(&self, before: Option<u64>) -> Result<Listing, Problem> {
        let configure = self.fleet.configure();
        let list = configure
            .jobs(&self.principal, before.map(JobId), JOBS)
            .await?;
        Ok(Listing {
            open: list.open.iter().map(words::line).collect(),
            ended: list.ended.iter().map(words::line).collect(),
            next: list.next.map(|job| job.0),
        })
    }

    /// A job with a page of its devices.
    pub(crate) async fn job(
        &self,
        id: u64,
        show: &str,
        after: Option<u64>,
    ) -> Result<Job, Problem> {
        let id = JobId(id);
        let configure = self.fleet.configure();
        let report = configure.job(&self.principal, id).await?.ok_or_else(|| {
            crate::api::refuse(Problem::new(
                Code::NotFound,
                format!("There is no job {id}. Jobs are forgotten some months after they end."),
            ))
        })?;
        let which = which(show).ok_or_else(|| {
            crate::api::refuse(
                Problem::new(Code::Invalid, "There is no such filter of devices.").at("show"),
            )
        })?;
        let after = after
            .and_then(|after| u32::try_from(after).ok())
            .unwrap_or(0);
        let devices = configure
            .job_devices(&self.principal, id, which, Slot(after), DEVICES)
            .await?;
        Ok(page(&report, show, &devices))
    }
}

/// What a filter of the address stands for.
fn which(show: &str) -> Option<Which> {
    if show.is_empty() {
        return Some(Which::All);
    }
    if let Some(outcome) = show.strip_prefix("outcome-") {
        return Some(Which::Of(outcome.parse().ok()?));
    }
    let state = DeviceState::ALL
        .into_iter()
        .find(|state| filter(*state) == show)?;
    Some(Which::In(state))
}

const fn filter(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Pending => "waiting",
        DeviceState::Called => "called",
        DeviceState::Done => "done",
        DeviceState::Failed => "failed",
        DeviceState::Skipped => "skipped",
        DeviceState::Canceled => "canceled",
        DeviceState::Undone => "undone",
    }
}

fn page(report: &JobReport, show: &str, devices: &[JobDevice]) -> Job {
    let job = &report.job;
    let last = devices.last().filter(|_| devices.len() == DEVICES);
    Job {
        line: words::line(job),
        has_ended: job.state == JobState::Ended,
        figures: figures(job),
        asked: asked(&job.spec.work),
        outcomes: report
            .outcomes
            .iter()
            .map(|group| outcome(group, job.counts.total))
            .collect(),
        shown: shown(report, show),
        devices: devices.iter().map(device).collect(),
        next: last.map(|device| u64::from(device.slot.0)),
        log: log(job),
        cannot_cancel: cannot_cancel(job),
        cannot_undo: cannot_undo(job),
        undoes: match job.spec.work {
            Work::Undo(of) => Some(of.0),
            Work::Change(_) | Work::Method(_) => None,
        },
        undone_by: report.undo.map(|undo| undo.0),
    }
}

fn cannot_cancel(job: &Kept) -> Option<String> {
    if job.state == JobState::Ended {
        return Some("It has ended.".to_owned());
    }
    job.cancellation
        .as_ref()
        .map(|_| "It is being canceled already.".to_owned())
}

fn figures(job: &Kept) -> Vec<Figure> {
    let Counts {
        total,
        called,
        done,
        failed,
        skipped,
        canceled,
        undone,
    } = job.counts;
    let is_method = matches!(job.spec.work, Work::Method(_));
    let figure = |name: &str, state: Option<DeviceState>, count, note: &str| Figure {
        name: name.to_owned(),
        show: state.map_or("", filter).to_owned(),
        count: format::count(count),
        note: note.to_owned(),
    };
    let mut figures = vec![
        figure("Asked", None, total, "taken down when it started"),
        figure(
            "Done",
            Some(DeviceState::Done),
            done,
            if is_method {
                "answered well"
            } else {
                "changed"
            },
        ),
        figure("Failed", Some(DeviceState::Failed), failed, "see why below"),
        figure(
            "Skipped",
            Some(DeviceState::Skipped),
            skipped,
            if is_method {
                "not connected"
            } else {
                "nothing to do"
            },
        ),
        figure(
            "Waiting",
            Some(DeviceState::Pending),
            job.counts.pending(),
            "nothing asked yet",
        ),
    ];
    for (name, state, count, note) in [
        (
            "Called",
            DeviceState::Called,
            called,
            "the answer is awaited",
        ),
        ("Canceled", DeviceState::Canceled, canceled, "never asked"),
        ("Taken back", DeviceState::Undone, undone, "by another job"),
    ] {
        if count > 0 || (is_method && state == DeviceState::Called) {
            figures.push(figure(name, Some(state), count, note));
        }
    }
    figures
}

fn asked(work: &Work) -> Vec<(String, String)> {
    match work {
        Work::Change(change) => words::asked(change)
            .into_iter()
            .map(|(path, value)| {
                let value = if value.is_empty() {
                    "removed".to_owned()
                } else {
                    value
                };
                (path, value)
            })
            .collect(),
        Work::Method(method) => {
            let payload = method.payload.as_ref();
            vec![
                ("method".to_owned(), method.name.clone()),
                ("payload".to_owned(), words::value(payload)),
                (
                    "time to answer".to_owned(),
                    words::lasts(method.response_timeout_ms / 1_000, 1),
                ),
            ]
        }
        Work::Undo(job) => vec![("takes back".to_owned(), format!("job {job}"))],
    }
}

fn outcome(group: &OutcomeGroup, total: u64) -> Outcome {
    let state = group.outcome.state;
    let ppm = (u128::from(group.devices) * 1_000_000)
        .checked_div(u128::from(total))
        .unwrap_or(0);
    Outcome {
        show: format!("outcome-{}", group.id),
        standing: words::device_state(state).0,
        words: words::outcome(state, &group.outcome.code),
        answer: group.outcome.answer.clone(),
        count: format::count(group.devices),
        share_ppm: u32::try_from(ppm).unwrap_or(u32::MAX),
        examples: group.examples.clone(),
    }
}

fn shown(report: &JobReport, show: &str) -> String {
    if show.is_empty() {
        return "all of them".to_owned();
    }
    let of_outcome = report
        .outcomes
        .iter()
        .find(|group| format!("outcome-{}", group.id) == show);
    match of_outcome {
        Some(group) => words::outcome(group.outcome.state, &group.outcome.code),
        None if show == "undone" => "taken back".to_owned(),
        None if show.starts_with("outcome-") => "one outcome".to_owned(),
        None => show.to_owned(),
    }
}

fn device(device: &JobDevice) -> Device {
    let (standing, state) = words::device_state(device.state);
    let (code, answer) = device.outcome.as_ref().map_or(("", ""), |outcome| {
        (outcome.code.as_str(), outcome.answer.as_str())
    });
    let words = match code {
        "" => String::new(),
        code => words::outcome(device.state, code),
    };
    Device {
        key: u64::from(device.slot.0),
        name: device.device_id.to_string(),
        standing,
        state: state.to_owned(),
        answer: [words.as_str(), answer]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(": "),
    }
}

fn log(job: &Kept) -> Vec<Logged> {
    let mut log = Vec::new();
    if let Some(at) = job.ended_at {
        log.push(Logged {
            at,
            what: "Ended".to_owned(),
            by: String::new(),
            reason: String::new(),
        });
    }
    let mut marked = |mark: &Mark, what: &str| {
        log.push(Logged {
            at: mark.at,
            what: what.to_owned(),
            by: words::who(&mark.actor),
            reason: mark.reason.clone(),
        });
    };
    if let Some(mark) = &job.cancellation {
        marked(mark, "Canceled");
    }
    marked(&job.spec.start, "Started");
    log
}

//! What a draft would do, in sentences.

use fleet::configure::{Preview, Sample as Previewed, UNCONFIRMED_DEVICES_MAX};
use fleet::monitor::QueryError;
use store::Work;

use super::draft::wrong;
use super::{Draft, Forecast, Kind, Said, Sample, Wrong, words};
use crate::api::{Caller, Code, Problem};
use crate::format;

impl Caller {
    /// What a draft would do.
    pub(crate) async fn forecast(&self, draft: Draft) -> Result<Forecast, Problem> {
        let configure = self.fleet.configure();
        let work = match draft.work() {
            Ok(work) => work,
            Err(wrong) => return self.counted(&draft, wrong).await,
        };
        let preview = configure.preview_job(&self.principal, &work, &draft.condition);
        let preview = match preview.await {
            Ok(preview) => preview,
            Err(error) => {
                use fleet::Error;
                let field = match (&error, draft.kind) {
                    (Error::Twin(_), _) => "path-0",
                    (Error::Invalid(_), Kind::Method) if !is_of_query(&draft.condition) => "method",
                    (Error::Invalid(_), _) => "condition",
                    _ => return Err(error.into()),
                };
                return Ok(Forecast {
                    wrong: vec![wrong(field, &error.to_string())],
                    ..Forecast::default()
                });
            }
        };
        let mut wrong = Vec::new();
        wrong.extend(draft.per_second().err());
        Ok(Forecast {
            sentences: sentences(&draft, &work, &preview),
            wrong,
            total: Some(preview.total),
            confirm: (preview.total > UNCONFIRMED_DEVICES_MAX)
                .then(|| format::count(preview.total)),
            samples: preview.samples.iter().map(sample).collect(),
        })
    }

    /// Whom a draft concerns that does not say yet what is asked.
    async fn counted(&self, draft: &Draft, mut found: Vec<Wrong>) -> Result<Forecast, Problem> {
        let monitor = self.fleet.monitor();
        let total = match monitor.count(&self.principal, &draft.condition).await {
            Ok(total) => Some(total),
            Err(error @ (QueryError::Problems { .. } | QueryError::TooLong { .. })) => {
                found.insert(0, wrong("condition", &error.to_string()));
                None
            }
            Err(error) => return Err(error.into()),
        };
        let sentence = |total| Said {
            is_warning: total == 0,
            text: whom(draft, total),
        };
        Ok(Forecast {
            sentences: total.map(sentence).into_iter().collect(),
            wrong: found,
            total,
            ..Forecast::default()
        })
    }

    /// Starts a job.
    pub(crate) async fn start_job(&self, draft: Draft) -> Result<u64, Problem> {
        let job = draft.job().map_err(|wrong| {
            let first = wrong.into_iter().next();
            let (field, sentence) = first.map_or_else(
                || (String::new(), "Something is wrong.".to_owned()),
                |wrong| (wrong.field, wrong.sentence),
            );
            crate::api::refuse(Problem::new(Code::Invalid, sentence).at(&field))
        })?;
        let id = self
            .fleet
            .configure()
            .start_job(&self.principal, job)
            .await?;
        Ok(id.0)
    }
}

fn is_of_query(condition: &str) -> bool {
    !query::parse_condition(condition).problems.is_empty()
}

fn sentences(draft: &Draft, work: &Work, preview: &Preview) -> Vec<Said> {
    let total = preview.total;
    let mut said = Vec::new();
    let mut say = |is_warning, text: String| said.push(Said { is_warning, text });
    say(total == 0, whom(draft, total));
    if total == 0 {
        return said;
    }
    match work {
        Work::Change(change) => {
            for (path, value) in words::asked(change) {
                let text = match value.as_str() {
                    "" => format!("{path} is removed."),
                    value => format!("{path} becomes {value}."),
                };
                say(false, text);
            }
            say(false, unchanged(preview));
        }
        Work::Method(method) => say(
            false,
            format!(
                "{} is called once on each device that is connected; each has {} to answer, and at most 200 are called at once.",
                method.name,
                words::lasts(method.response_timeout_ms / 1_000, 1)
            ),
        ),
        Work::Undo(_) => {}
    }
    for clash in &preview.clashes {
        say(true, clash.clone());
    }
    if preview.disconnected > 0 {
        let count = format::count(preview.disconnected);
        let text = match work {
            Work::Method(_) => format!(
                "{count} of them are not connected now: these are not called, and their outcome says so."
            ),
            Work::Change(_) | Work::Undo(_) if draft.kind == Kind::Tags => {
                format!(
                    "{count} of them are not connected now, which does not matter: devices do not see tags."
                )
            }
            Work::Change(_) | Work::Undo(_) => {
                format!("{count} of them are not connected now: these hear of it when they return.")
            }
        };
        say(false, text);
    }
    if preview.disabled > 0 {
        say(
            false,
            format!(
                "{} of them are disabled and cannot connect.",
                format::count(preview.disabled)
            ),
        );
    }
    if let Ok(Some(rate)) = draft.per_second() {
        let rate_words = format::plural(u64::from(rate), "device", "devices");
        say(
            false,
            format!(
                "At most {rate_words} a second: about {} in all.",
                words::lasts(total, rate)
            ),
        );
    }
    say(
        false,
        match work {
            Work::Method(_) => "A method cannot be taken back.".to_owned(),
            Work::Change(_) | Work::Undo(_) => {
                "It can be canceled while it runs, and taken back afterwards where nobody has changed the value since.".to_owned()
            }
        },
    );
    said
}

fn whom(draft: &Draft, total: u64) -> String {
    let devices = format::plural(total, "device", "devices");
    match total {
        0 => "No device matches the condition now: there is nothing to start.".to_owned(),
        1 => "1 device matches and is asked.".to_owned(),
        _ if draft.condition.trim().is_empty() => {
            format!("All {devices} of the fleet are asked.")
        }
        _ => format!("{devices} match the condition and are asked."),
    }
}

fn unchanged(preview: &Preview) -> String {
    match preview.unchanged {
        Some(0) => "None of them holds these values already.".to_owned(),
        Some(count) if count == preview.total => {
            "All of them hold these values already: nothing would change.".to_owned()
        }
        Some(count) => format!(
            "{} of them hold these values already: they are skipped, and no version moves.",
            format::count(count)
        ),
        None => {
            let is_same = |sample: &&Previewed| sample.edits.as_ref().is_ok_and(Vec::is_empty);
            let same = preview.samples.iter().filter(is_same).count();
            format!(
                "Of the {} devices looked at, {same} hold these values already: such devices are skipped, and no version moves.",
                preview.samples.len()
            )
        }
    }
}

fn sample(sample: &Previewed) -> Sample {
    let (edits, note) = match &sample.edits {
        Ok(edits) => {
            let line = |edit: &twin::document::Edit| {
                let new = match &edit.new {
                    None => "removed".to_owned(),
                    new => words::value(new.as_ref()),
                };
                (edit.path.clone(), words::value(edit.old.as_ref()), new)
            };
            (edits.iter().map(line).collect(), String::new())
        }
        Err(why) => (Vec::new(), format!("refused: {why}")),
    };
    Sample {
        device: sample.device_id.to_string(),
        note: match (note.as_str(), edits.is_empty(), sample.is_connected) {
            ("", _, true) => "connected".to_owned(),
            ("", _, false) => "not connected".to_owned(),
            _ => note,
        },
        edits,
    }
}

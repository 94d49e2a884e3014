//! From a posted file to its rehearsal, and from there to the enrollment.

use std::sync::Arc;

use fleet::Fleet;
use fleet::access::Principal;
use fleet::provision::{NewDevice, Registered};
use twin::identity::AuthenticationKind;
use twin::limits::STATUS_REASON_CHARS_MAX;

use super::desk::Desk;
use super::sheet::{self, Sheet, SheetRow};
use super::{
    CellWrong, Outcome, Rehearsal, ResultFile, Row, RowIs, Rows, SHOWN_ROWS_MAX, Stage, words,
};
use crate::format;

/// What a person posted.
pub struct Upload {
    /// The name of the file; empty for pasted text.
    pub name: String,
    /// What it holds.
    pub bytes: Arc<[u8]>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload")
            .field("name", &self.name)
            .field("size_bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// Says what a file would do, and keeps it under `token` for its enrollment. Writes nothing.
pub async fn rehearse(
    fleet: &Fleet,
    principal: &Principal,
    desk: &Desk,
    upload: Upload,
    token: String,
) -> Stage {
    let rehearsed = match rehearsal(fleet, principal, &upload, token.clone()).await {
        Ok(rehearsed) => rehearsed,
        Err(sentence) => return Stage::Unread(sentence),
    };
    let Upload { name, bytes } = upload;
    desk.keep_file((token, principal), name, bytes, fleet.clock().now());
    Stage::Rehearsed(rehearsed)
}

/// Enrolls the devices of a rehearsed file that can be; keeps their connection strings under `result_token`.
pub async fn enroll(
    fleet: &Fleet,
    principal: &Principal,
    desk: &Desk,
    (token, result_token): (&str, String),
    reason: &str,
) -> Stage {
    let now = fleet.clock().now();
    let Some((name, bytes)) = desk.file(token, principal, now) else {
        return Stage::Unread(
            "This file is not here any more: it was enrolled already, or waited too long. Choose it again; devices that are there stay as they are."
                .to_owned(),
        );
    };
    let length = reason.trim().chars().count();
    if length == 0 || length > STATUS_REASON_CHARS_MAX {
        let upload = Upload { name, bytes };
        let again = rehearsal(fleet, principal, &upload, token.to_owned()).await;
        return again.map_or_else(Stage::Unread, |rehearsal| {
            Stage::Rehearsed(Rehearsal {
                reason_error: Some(format!(
                    "Say why, in 1 to {STATUS_REASON_CHARS_MAX} characters, for whoever reads the audit log."
                )),
                ..rehearsal
            })
        });
    }
    match enrolled(fleet, principal, &bytes, reason).await {
        Err(sentence) => Stage::Unread(sentence),
        Ok(done) => {
            desk.forget(token, principal, now);
            let file = (done.strings > 0).then(|| {
                desk.keep_result(
                    (result_token.clone(), principal),
                    done.csv,
                    fleet.clock().now(),
                );
                ResultFile {
                    token: result_token,
                    sentence: words::result_file(done.strings),
                }
            });
            Stage::Enrolled(Outcome {
                title: words::title(&done.rows),
                facts: words::facts(&done.rows),
                file,
                rows: page(done.rows),
            })
        }
    }
}

async fn rehearsal(
    fleet: &Fleet,
    principal: &Principal,
    upload: &Upload,
    token: String,
) -> Result<Rehearsal, String> {
    let sheet = read(&upload.bytes).await?;
    let (rows, devices) = told(sheet, RowIs::New);
    let rehearsed = fleet.provision().rehearse(principal, &devices).await;
    let outcomes = rehearsed.map_err(|error| words::refused(&error))?;
    let rows = settled(rows, outcomes.into_iter().map(Result::err));
    let new = rows.iter().filter(|row| row.is == RowIs::New).count();
    Ok(Rehearsal {
        token,
        file: if upload.name.is_empty() {
            "pasted text".to_owned()
        } else {
            upload.name.clone()
        },
        facts: words::facts(&rows),
        sentences: words::sentences(&rows, &devices),
        enroll: (new > 0).then(|| words::enroll(new)),
        reason_error: None,
        rows: page(rows),
    })
}

/// What an enrollment did.
struct Done {
    rows: Vec<Row>,
    /// How many connection strings the file holds.
    strings: usize,
    /// A file with each device that was enrolled. Secret.
    csv: String,
}

async fn enrolled(
    fleet: &Fleet,
    principal: &Principal,
    bytes: &Arc<[u8]>,
    reason: &str,
) -> Result<Done, String> {
    let (rows, devices) = told(read(bytes).await?, RowIs::Done);
    let provision = fleet.provision();
    let outcomes = provision.enroll_many(principal, devices, reason).await;
    let outcomes = outcomes.map_err(|error| words::refused(&error))?;
    let mut strings = Vec::new();
    let errors = outcomes.into_iter().map(|outcome| match outcome {
        Ok(registered) => {
            strings.push(connection_string(fleet, &registered));
            None
        }
        Err(error) => Some(error),
    });
    let rows = settled(rows, errors.collect::<Vec<_>>().into_iter());
    let csv = written(&strings)?;
    Ok(Done {
        rows,
        strings: strings.len(),
        csv,
    })
}

/// A device's name and what it connects with.
fn connection_string(fleet: &Fleet, registered: &Registered) -> (String, String) {
    let identity = &registered.record.identity;
    let id = &identity.device_id;
    let string = match (&registered.keys, identity.authentication) {
        (Some((key, _)), AuthenticationKind::Sas) => fleet.provision().connection_string(id, key),
        // As the official SDKs write it: the certificate comes from elsewhere.
        _ => format!("HostName={};DeviceId={id};x509=true", fleet.host_name()),
    };
    (id.as_str().to_owned(), string)
}

fn written(strings: &[(String, String)]) -> Result<String, String> {
    let unwritten = |_| "The file of connection strings could not be written.".to_owned();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = [("deviceId".to_owned(), "connectionString".to_owned())];
    for (id, string) in head.iter().chain(strings) {
        writer
            .write_record([id, string])
            .map_err(|error| unwritten(error.to_string()))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| unwritten(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| unwritten(error.to_string()))
}

/// Reads a file on a thread that may take its time.
async fn read(bytes: &Arc<[u8]>) -> Result<Sheet, String> {
    let bytes = Arc::clone(bytes);
    let read = tokio::task::spawn_blocking(move || sheet::read(&bytes)).await;
    read.unwrap_or_else(|_| Err("The file could not be read.".to_owned()))
}

/// A row for each line, and the devices of those that are right, in the same order.
fn told(sheet: Sheet, right: RowIs) -> (Vec<Row>, Vec<NewDevice>) {
    let mut devices = Vec::with_capacity(sheet.len());
    let row = |SheetRow { line, id, device }| {
        let (is, wrongs) = match device {
            Ok(device) => {
                devices.push(device);
                (right, Vec::new())
            }
            Err(wrongs) => (RowIs::Wrong, wrongs),
        };
        Row {
            line,
            id,
            is,
            wrongs,
        }
    };
    (sheet.into_iter().map(row).collect(), devices)
}

/// The rows with what the fleet says of the devices of those that are right.
fn settled(mut rows: Vec<Row>, errors: impl Iterator<Item = Option<fleet::Error>>) -> Vec<Row> {
    let right = rows.iter_mut().filter(|row| row.is != RowIs::Wrong);
    for (row, error) in right.zip(errors) {
        match error {
            None => {}
            Some(fleet::Error::Exists { .. }) => row.is = RowIs::There,
            Some(error) => {
                row.is = RowIs::Wrong;
                row.wrongs.push(CellWrong {
                    column: String::new(),
                    sentence: words::refused(&error),
                });
            }
        }
    }
    rows
}

/// The rows that a page shows: those with a problem first.
fn page(mut rows: Vec<Row>) -> Rows {
    rows.sort_by_key(|row| (row.is, row.line));
    let rest = rows.len().saturating_sub(SHOWN_ROWS_MAX);
    rows.truncate(SHOWN_ROWS_MAX);
    let rest = match rest {
        0 => String::new(),
        rest => format!(
            "and {}",
            format::plural(rest as u64, "more row", "more rows")
        ),
    };
    Rows { shown: rows, rest }
}

#[cfg(test)]
mod tests {
    use fleet::access::Role;
    use twin::id::DeviceId;

    use super::super::super::enroll::testing::fleet;
    use super::*;

    fn olga(role: Role) -> Principal {
        let name = "olga".to_owned();
        Principal::Person { id: 1, name, role }
    }

    fn upload(text: &str) -> Upload {
        Upload {
            name: "devices.csv".to_owned(),
            bytes: text.as_bytes().into(),
        }
    }

    const FILE: &str = "deviceId,primaryKey,tags.site,desired.n\n\
        am4-1,,Breda,1\n\
        am4-2,MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,Breda,2\n\
        a b,,Breda,3\n\
        there,,Breda,4\n";

    #[tokio::test]
    async fn a_file_is_rehearsed_enrolled_and_told_and_twice_is_once() {
        let folder = tempfile::tempdir().unwrap();
        let fleet = fleet(&folder).await;
        let (olga, desk) = (olga(Role::Operator), Desk::default());
        let there = NewDevice::new(DeviceId::parse("there").unwrap());
        fleet.provision().create(&olga, there).await.unwrap();

        let stage = rehearse(&fleet, &olga, &desk, upload(FILE), "f".into()).await;
        let Stage::Rehearsed(rehearsed) = stage else {
            panic!("{stage:?}")
        };
        let told: Vec<_> = rehearsed
            .rows
            .shown
            .iter()
            .map(|row| (row.line, row.is))
            .collect();
        assert_eq!(
            told,
            [
                (4, RowIs::Wrong),
                (5, RowIs::There),
                (2, RowIs::New),
                (3, RowIs::New)
            ]
        );
        assert_eq!(rehearsed.enroll.as_deref(), Some("Enroll 2 devices"));
        let id = DeviceId::parse("am4-1").unwrap();
        let written = fleet.provision().device(&olga, &id).await.unwrap();
        assert!(written.is_none(), "a rehearsal writes nothing");

        let silent = enroll(&fleet, &olga, &desk, ("f", "r".into()), "  ").await;
        assert!(matches!(
            silent,
            Stage::Rehearsed(Rehearsal {
                reason_error: Some(_),
                ..
            })
        ));
        let stage = enroll(&fleet, &olga, &desk, ("f", "r".into()), "delivery 7").await;
        let Stage::Enrolled(outcome) = stage else {
            panic!("{stage:?}")
        };
        assert_eq!(outcome.title, "2 devices are enrolled");
        assert_eq!(
            outcome.file.as_ref().map(|file| file.token.as_str()),
            Some("r")
        );
        let now = fleet.clock().now();
        let csv = desk.take_result("r", &olga, now).unwrap();
        let (key, _) = fleet.provision().keys(&olga, &id).await.unwrap().unwrap();
        let expected = format!(
            "deviceId,connectionString\n\
             am4-1,HostName=hub.example;DeviceId=am4-1;SharedAccessKey={key}\n\
             am4-2,HostName=hub.example;DeviceId=am4-2;SharedAccessKey=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n"
        );
        assert_eq!(csv, expected);
        assert!(desk.take_result("r", &olga, now).is_none(), "once");
        let audit = fleet.audit().entries(&olga, None, 10).await.unwrap();
        let because = audit
            .iter()
            .filter(|logged| logged.entry.reason.as_deref() == Some("delivery 7"));
        assert_eq!(because.count(), 2);

        // The same again, and another file with the same devices: nothing is done twice.
        let again = enroll(&fleet, &olga, &desk, ("f", "r2".into()), "again").await;
        assert!(matches!(again, Stage::Unread(_)));
        let stage = rehearse(&fleet, &olga, &desk, upload(FILE), "g".into()).await;
        let Stage::Rehearsed(rehearsed) = stage else {
            panic!("{stage:?}")
        };
        assert_eq!(rehearsed.enroll, None);
        let stage = enroll(&fleet, &olga, &desk, ("g", "r2".into()), "again").await;
        assert!(
            matches!(stage, Stage::Enrolled(Outcome { file: None, .. })),
            "{stage:?}"
        );
    }

    #[tokio::test]
    async fn who_may_not_enroll_hears_why_and_nothing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let fleet = fleet(&folder).await;
        let (sam, desk) = (olga(Role::Supervisor), Desk::default());
        let stage = rehearse(&fleet, &sam, &desk, upload(FILE), "f".into()).await;
        let Stage::Unread(sentence) = stage else {
            panic!("{stage:?}")
        };
        assert!(sentence.contains("supervisor"), "{sentence}");
        assert!(desk.file("f", &sam, fleet.clock().now()).is_none());
    }

    #[test]
    fn a_page_shows_problems_first_and_counts_the_rest() {
        let row = |line: u64| Row {
            line,
            id: String::new(),
            is: if line == 250 {
                RowIs::Wrong
            } else {
                RowIs::New
            },
            wrongs: Vec::new(),
        };
        let rows = page((2..=251).map(row).collect());
        assert_eq!(
            (rows.shown.len(), rows.shown[0].line),
            (SHOWN_ROWS_MAX, 250)
        );
        assert_eq!(rows.rest, "and 50 more rows");
    }
}

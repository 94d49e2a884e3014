//! A list of devices as comma-separated values (RFC 4180), written while it is taken.
//!
//! Texts that a spreadsheet would take for a formula are written behind an apostrophe.

use fleet::Fleet;
use fleet::access::Principal;
use fleet::monitor::{Export, Live, QueryError};
use futures::Stream;
use futures::stream::try_unfold;
use query::{Path, Row as _};
use twin::Value;

use super::columns;
use crate::api::{Caller, Problem};
use crate::routes::Search;

/// Why a file is not whole.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The fleet stopped answering.
    #[error("The list could not be read to its end.")]
    Fleet(#[from] QueryError),
    /// It could not be written.
    #[error("The list could not be written.")]
    Write(#[from] csv::Error),
}

/// The list that a search shows, all of it: a line of names, then a line a device, in the order of ids.
///
/// # Errors
/// As the list itself, before anything was written.
pub async fn file(
    fleet: Fleet,
    principal: Principal,
    search: &Search,
) -> Result<impl Stream<Item = Result<Vec<u8>, FileError>> + Send + use<>, Problem> {
    let caller = Caller { fleet, principal };
    let declared = caller.declared().await?;
    let paths = columns::file_paths(&columns::read(search.columns.as_deref(), &declared));
    let monitor = caller.fleet.monitor();
    let export = monitor.export(&caller.principal, &search.query).await?;
    Ok(try_unfold(Some((export, paths, true)), next))
}

type Rest = Option<(Export, Vec<Path>, bool)>;

/// The next lines.
async fn next(rest: Rest) -> Result<Option<(Vec<u8>, Rest)>, FileError> {
    let Some((mut export, paths, is_first)) = rest else {
        return Ok(None);
    };
    let mut lines = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    if is_first {
        lines.write_record(paths.iter().map(ToString::to_string))?;
    }
    let batch = export.next().await?;
    let rest = match batch {
        None => None,
        Some(batch) => {
            for live in &batch {
                write(&mut lines, live, &paths)?;
            }
            Some((export, paths, false))
        }
    };
    let lines = lines
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(Some((lines, rest)))
}

fn write(lines: &mut csv::Writer<Vec<u8>>, live: &Live, paths: &[Path]) -> Result<(), csv::Error> {
    let row = live.row();
    let cells = paths.iter().map(|path| cell(row.get(path).to_value()));
    lines.write_record(cells)
}

fn cell(value: Option<Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) => harmless(text),
        Some(value) => value.to_string(),
    }
}

/// A text that no spreadsheet takes for a formula.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_is_a_formula_and_numbers_stay_numbers() {
        for (value, written) in [
            (json!("=1+1"), "'=1+1"),
            (json!("@SUM(A1)"), "'@SUM(A1)"),
            (json!("-3 °C"), "'-3 °C"),
            (json!("plain"), "plain"),
            (json!(-74), "-74"),
            (json!(true), "true"),
            (json!(null), "null"),
            (json!({ "a": [1] }), "{\"a\":[1]}"),
        ] {
            assert_eq!(cell(Some(value)), written);
        }
        assert_eq!(cell(None), "");
    }
}

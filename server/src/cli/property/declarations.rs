//! The declarations behind either door, with the same words for what is refused.

use anyhow::{Context, Result, anyhow};
use axum::http::StatusCode;
use fleet::plan::{property_from_wire, property_view};
use serde_json::Value;
use wire::percent;

use crate::cli::door::{COMMAND, Door};
use crate::service_client::Refused;
use crate::wire_up::Wired;

use super::table::Listed;

/// All declared properties.
pub(super) async fn list(door: &Door) -> Result<Vec<Listed>> {
    let listed = match door {
        Door::Server(client) => client.get("/properties").await?,
        Door::Database { wired, .. } => {
            let mut declared = wired.fleet.plan().declared(&COMMAND).await?;
            // The columns are the server's; those of this process are of no use to anybody.
            for property in &mut declared {
                property.column = None;
            }
            declared.iter().map(property_view).collect()
        }
    };
    serde_json::from_value(listed).context("the list of properties cannot be understood")
}

/// Declares a property, or says something else of it.
pub(super) async fn put(door: &Door, path: &str, body: &Value, replaces: bool) -> Result<()> {
    let done = match door {
        Door::Server(client) => client.put(&address(path), body, replaces).await,
        Door::Database { wired, .. } => declare(wired, path, body, replaces).await,
    };
    done.map_err(|error| {
        if is_conflict(&error) {
            anyhow!("{error} Give --replace to say something else of it.")
        } else {
            error
        }
    })
}

/// Takes a declaration back.
pub(super) async fn drop_property(door: &Door, path: &str) -> Result<()> {
    match door {
        Door::Server(client) => client.delete(&address(path)).await,
        Door::Database { wired, .. } => {
            Ok(wired.fleet.plan().drop_property(&COMMAND, path).await?)
        }
    }
}

async fn declare(wired: &Wired, path: &str, body: &Value, replaces: bool) -> Result<()> {
    let plan = wired.fleet.plan();
    let property = property_from_wire(path, body)?;
    if replaces {
        plan.change_property(&COMMAND, property).await?;
    } else {
        plan.declare(&COMMAND, property).await?;
    }
    Ok(())
}

fn address(path: &str) -> String {
    format!("/properties/{}", percent::encode(path))
}

/// Whether something of that name is there already.
fn is_conflict(error: &anyhow::Error) -> bool {
    let by_server = error
        .downcast_ref::<Refused>()
        .is_some_and(|refused| refused.status == StatusCode::CONFLICT);
    let by_fleet = error
        .downcast_ref::<fleet::Error>()
        .is_some_and(|error| matches!(error, fleet::Error::Exists { .. }));
    by_server || by_fleet
}

//! `GET /devices.csv`: the list of devices that an address shows, as a file.

use app::api::devices;
use app::routes::{Address, Search};
use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use fleet::access::Principal;
use std::collections::HashMap;

use super::Console;

/// Writes the list while it is taken; a reader that goes away stops the reading.
pub(super) async fn devices(
    State(console): State<Console>,
    principal: Option<Extension<Principal>>,
    Query(members): Query<HashMap<String, String>>,
) -> Response {
    let search = Search::read(|name| members.get(name).cloned());
    let Some(Extension(principal)) = principal else {
        let next = Some(Address::Devices(search).href());
        return Redirect::to(&Address::SignIn { next }.href()).into_response();
    };
    match devices::file(console.fleet.clone(), principal, &search).await {
        Ok(lines) => {
            let at = console.fleet.clock().now().to_string();
            let day = at.get(..10).unwrap_or("now");
            let name = format!("attachment; filename=\"devices-{day}.csv\"");
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, name),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, Body::from_stream(lines)).into_response()
        }
        Err(problem) => {
            let status = StatusCode::from_u16(problem.code.status());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, format!("{}\n", problem.sentence)).into_response()
        }
    }
}

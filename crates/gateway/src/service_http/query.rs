//! `POST /devices/query`: a question in the query language, answered page by page (contract section 4.4).
//!
//! It shares its address with a device of the name `query`, whose other methods are in [`super::devices`].

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName};
use twin::Value;
use wire::status::ErrorCode;

use super::answer::Answer;
use super::body::Json;
use super::caller::{Caller, text};
use super::refusal::Refused;
use crate::hub::Hub;

const PAGE_SIZE: HeaderName = HeaderName::from_static("x-ms-max-item-count");
const CONTINUATION: HeaderName = HeaderName::from_static("x-ms-continuation");
const ITEM_TYPE: HeaderName = HeaderName::from_static("x-ms-item-type");

pub(super) async fn post(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    Json(body): Json,
) -> Result<Answer, Refused> {
    if !name.eq_ignore_ascii_case("query") {
        return Err(super::not_allowed().await);
    }
    let question = match body.get("query") {
        None | Some(Value::Null) => {
            return Err(Refused::new(ErrorCode::ArgumentNull, "'query' is missing."));
        }
        Some(Value::String(text)) => text,
        Some(_) => return Err(Refused::argument("'query' is not a string.")),
    };
    let page_size = match text(&headers, &PAGE_SIZE)?.filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(
            text.parse()
                .ok()
                .filter(|rows: &usize| *rows > 0)
                .ok_or_else(|| {
                    Refused::argument(format!("'{PAGE_SIZE}' is not a number of rows."))
                })?,
        ),
    };
    let continuation = text(&headers, &CONTINUATION)?.filter(|text| !text.is_empty());
    let rows = hub
        .fleet
        .monitor()
        .run_query(&principal, question, continuation, page_size)
        .await?;
    let answer = Answer::json(Value::Array(rows.rows)).header(ITEM_TYPE, rows.item_type);
    // An empty header would make a client ask for ever: there is one only when there is more.
    Ok(match rows.continuation {
        Some(continuation) => answer.header(CONTINUATION, &continuation),
        None => answer,
    })
}

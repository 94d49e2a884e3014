//! Forms that let devices in, sent by the browser alone: the answer is the page itself, with what came of it.
//!
//! Connection strings stand in the answer to the form that made them, or are fetched once; nothing of it may be kept by
//! a cache (all pages say so, see `headers`).

use std::fmt::Write as _;
use std::sync::Arc;

use app::api::provision::many::{self, FILE_BYTES_MAX, Stage, Upload};
use app::api::provision::{Brought, PostedForm, post as enroll_one};
use app::routes::{Address, PROVISION};
use axum::body::Body;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, Extension, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use fleet::access::Principal;
use leptos::prelude::provide_context;
use leptos_axum::render_app_async_with_context;

use super::{Console, assets, headers};

/// What a form may hold beside its file, in bytes.
const FORM_BYTES_MAX: usize = 256 * 1024;
/// Random bytes in the name of what waits.
const TOKEN_BYTES: usize = 24;

/// The routes of these forms.
pub(super) fn routes() -> Router<Console> {
    let many = Address::EnrollMany.href();
    let result = format!("/{PROVISION}/{}/result/{{token}}", app::routes::MANY);
    let form = DefaultBodyLimit::max(FORM_BYTES_MAX);
    let file = DefaultBodyLimit::max(FILE_BYTES_MAX + FORM_BYTES_MAX);
    Router::new()
        .route(&Address::Provision.href(), post(one).layer(form))
        .route(&many, post(from_file).layer(file))
        .route(&result, get(fetch))
}

/// `POST /provision`: the form of one device.
async fn one(
    State(console): State<Console>,
    Extension(principal): Extension<Principal>,
    parts: Parts,
    Form(form): Form<PostedForm>,
) -> Response {
    let (fleet, here) = (&console.fleet, &console.installation);
    let (brought, status) = enroll_one(fleet, &principal, here, form).await;
    page(console, parts, brought, status).await
}

/// What the form of a file holds.
#[derive(Default)]
struct Given {
    step: String,
    token: String,
    reason: String,
    text: String,
    file: Option<(String, Vec<u8>)>,
}

/// `POST /provision/many`: a file to be rehearsed, or the enrollment of one that was.
async fn from_file(
    State(console): State<Console>,
    Extension(principal): Extension<Principal>,
    parts: Parts,
    form: Multipart,
) -> Response {
    let (fleet, desk) = (console.fleet.clone(), console.desk.clone());
    let stage = match read(form).await {
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let most = FILE_BYTES_MAX / 1024 / 1024;
            Stage::Unread(format!(
                "The file is larger than {most} MB, the most at once. Split it."
            ))
        }
        Err(_) => Stage::Unread("The form did not arrive whole. Send it again.".to_owned()),
        Ok(given) if given.step == "enroll" => {
            let tokens = (given.token.as_str(), token(&console));
            many::enroll(&fleet, &principal, &desk, tokens, &given.reason).await
        }
        Ok(given) => {
            let (name, bytes) = given
                .file
                .unwrap_or_else(|| (String::new(), given.text.into_bytes()));
            let bytes = Arc::from(bytes);
            let upload = Upload { name, bytes };
            many::rehearse(&fleet, &principal, &desk, upload, token(&console)).await
        }
    };
    let status = if matches!(stage, Stage::Unread(_)) {
        422
    } else {
        200
    };
    page(console, parts, Brought::Many(Box::new(stage)), status).await
}

async fn read(mut form: Multipart) -> Result<Given, MultipartError> {
    let mut given = Given::default();
    while let Some(field) = form.next_field().await? {
        match field.name().unwrap_or_default() {
            "step" => given.step = field.text().await?,
            "token" => given.token = field.text().await?,
            "reason" => given.reason = field.text().await?,
            "text" => given.text = field.text().await?,
            "file" => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let bytes = field.bytes().await?;
                // A field that was left empty is sent, too.
                if !bytes.is_empty() {
                    given.file = Some((name, bytes.to_vec()));
                }
            }
            _ => {}
        }
    }
    Ok(given)
}

/// `GET /provision/many/result/{token}`: the connection strings of an enrollment, once.
async fn fetch(
    State(console): State<Console>,
    Extension(principal): Extension<Principal>,
    Path(token): Path<String>,
) -> Response {
    let now = console.fleet.clock().now();
    let Some(csv) = console.desk.take_result(&token, &principal, now) else {
        let sentence = "This file was fetched already, or its time is over. When it is lost, roll the keys of the devices.\n";
        return (StatusCode::GONE, sentence).into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"connection-strings.csv\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, csv).into_response()
}

fn token(console: &Console) -> String {
    let mut bytes = [0; TOKEN_BYTES];
    console.rng.fill(&mut bytes);
    let mut token = String::with_capacity(2 * TOKEN_BYTES);
    for byte in bytes {
        // Writing to a string cannot fail.
        _ = write!(token, "{byte:02x}");
    }
    token
}

/// The page at the form's own address, with what the form brought.
async fn page(console: Console, parts: Parts, brought: Brought, status: u16) -> Response {
    let assets = assets(&console.site);
    let document = move || app::shell(assets.clone());
    let provide = move || {
        provide_context(console.fleet.clone());
        provide_context(console.installation.clone());
        provide_context(console.machine.clone());
        provide_context(brought.clone());
        headers::provide_policy();
    };
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = parts.uri;
    *request.headers_mut() = parts.headers;
    *request.extensions_mut() = parts.extensions;
    let mut response = render_app_async_with_context(provide, document)(request).await;
    if let Ok(status) = StatusCode::from_u16(status) {
        *response.status_mut() = status;
    }
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

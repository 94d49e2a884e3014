//! The report of a period as a table for other programs: an ordinary download, authorized like the page.

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use fleet::access::Principal;
use fleet::monitor::QueryError;
use fleet::report::{Period, Report};

use super::Console;

mod table;

/// Answers what ends in `.csv` below the reports of the fleet; everything else goes on to the pages.
pub(super) async fn table_or_page(
    State(console): State<Console>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let text = path
        .strip_prefix("/reports/fleet/")
        .and_then(|file| file.strip_suffix(".csv"))
        .map(ToOwned::to_owned);
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some(text) = text.filter(|_| is_read) else {
        return next.run(request).await;
    };
    let Some(principal) = request.extensions().get::<Principal>() else {
        return Redirect::to("/sign-in").into_response();
    };
    let Some(period) = Period::parse(&text) else {
        let sentence = "there is no such period; a day is written 2026-11-22, a week 2026-W47, a month 2026-11\n";
        return (StatusCode::NOT_FOUND, sentence).into_response();
    };
    let fleet = &console.fleet;
    match fleet
        .reports()
        .fleet(principal, fleet.monitor(), period)
        .await
    {
        Ok(report) => download(&report),
        Err(error) => refusal(&error),
    }
}

fn download(report: &Report) -> Response {
    match table::write(report) {
        Ok(table) => {
            let name = format!("attachment; filename=\"fleet-{}.csv\"", report.period);
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, name),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, table).into_response()
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "A report could not be written as a table."
            );
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn refusal(error: &QueryError) -> Response {
    let status = match error {
        QueryError::Denied(_) => StatusCode::FORBIDDEN,
        QueryError::Building(_) | QueryError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        error => {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "The console could not read the store for a report."
            );
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    (status, format!("{error} Try again in a moment.\n")).into_response()
}

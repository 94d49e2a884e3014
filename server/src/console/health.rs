//! Whether the process is alive and ready, and its metrics.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::Console;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: the database answers; else 503 and the reason.
pub(super) async fn ready(State(console): State<Console>) -> (StatusCode, String) {
    match console.fleet.store().last_seq().await {
        Ok(_) => (StatusCode::OK, "ready\n".to_owned()),
        Err(error) => {
            tracing::warn!(error = %error, "Not ready.");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n".to_owned(),
            )
        }
    }
}

/// `GET /metrics`: Prometheus text.
pub(super) async fn metrics(State(console): State<Console>) -> impl IntoResponse {
    console.metrics.run_upkeep();
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        console.metrics.render(),
    )
}

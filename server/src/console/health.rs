//! Whether the process is alive and ready, and its metrics.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::Console;
use crate::telemetry;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: the database answers; else 503 and the reason. While the index is being built the process is ready:
/// devices are served, and pages say how far it is, as the text does.
pub(super) async fn ready(State(console): State<Console>) -> (StatusCode, String) {
    match console.fleet.store().last_seq().await {
        Ok(_) => {
            let text = match console.fleet.monitor().freshness().building {
                None => "ready\n".to_owned(),
                Some(building) => format!(
                    "ready; the index is being built: {} of {} devices read\n",
                    building.done, building.total
                ),
            };
            (StatusCode::OK, text)
        }
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
    let mut queues = console.fleet.queues();
    queues.extend((console.machine.queues)());
    telemetry::show(&queues);
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        console.metrics.render(),
    )
}

//! `GET /$iothub/websocket`: MQTT over WebSocket (contract section 2.10). The device proves itself with its CONNECT.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::Response;

use crate::hub::Hub;
use crate::listener::Peer;
use crate::mqtt;
use crate::websocket::Bytestream;

/// Largest frame, in bytes: the largest packet and its header.
const FRAME_BYTES_MAX: usize = 512 * 1024;

pub(super) async fn any(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    upgrade: WebSocketUpgrade,
) -> Response<Body> {
    let admitted = hub.device_admission.admit().await;
    let tracked = hub.tasks.token();
    upgrade
        .protocols(["mqtt"])
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .on_upgrade(async move |socket| {
            let _tracked = tracked;
            mqtt::serve(hub, Box::new(Bytestream::new(socket)), peer, admitted).await;
        })
}

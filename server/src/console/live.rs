//! `GET /live`: the tab's one WebSocket, mapped to text frames for the console.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use fleet::access::Principal;
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt};

use super::{Console, guard, session};

/// What a browser may say at once: a page's worth of visible ids. Bytes.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// A quiet network must not close the socket.
const PING_EVERY: Duration = Duration::from_secs(20);
/// A browser that takes nothing for this long is gone; it comes back by itself.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Messages between the page's feed and the socket: one, so that a slow browser gets the latest state.
const QUEUED_MAX: usize = 1;

/// Upgrades a request of a signed-in person from one of our own pages.
pub(super) async fn upgrade(
    State(console): State<Console>,
    principal: Option<Extension<Principal>>,
    headers: HeaderMap,
    socket: WebSocketUpgrade,
) -> Response {
    let token = session::token(&headers).unwrap_or_default().to_owned();
    // A socket upgrade carries cookies from anywhere, so the origin decides.
    if !guard::is_same_origin(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(Extension(principal)) = principal else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    socket
        .max_message_size(MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| carry(console, principal, token, socket))
}

async fn carry(console: Console, principal: Principal, token: String, socket: WebSocket) {
    let build = console.site.manifest().id.clone();
    let fleet = console.fleet.clone();
    let (mut out, inp) = socket.split();
    let (to_browser, mut messages) = mpsc::channel::<String>(QUEUED_MAX);
    let from_browser = Box::pin(inp.filter_map(async |message| match message {
        Ok(Message::Text(text)) => Some(text.to_string()),
        _ => None,
    }));
    let sending = async {
        let mut ping = tokio::time::interval(PING_EVERY);
        loop {
            let message = tokio::select! {
                next = messages.next() => match next {
                    Some(text) => Message::Text(text.into()),
                    None => return,
                },
                _ = ping.tick() => {
                    // A session that was ended ends what it opened. A store that does not answer ends nothing.
                    if matches!(fleet.access().is_open(&token).await, Ok(false)) {
                        return;
                    }
                    Message::Ping(Bytes::new())
                }
            };
            if !matches!(
                tokio::time::timeout(SEND_TIMEOUT, out.send(message)).await,
                Ok(Ok(()))
            ) {
                return;
            }
        }
    };
    tokio::select! {
        () = app::live::serve(console.fleet, principal, build, from_browser, to_browser) => {}
        () = sending => {}
    }
}

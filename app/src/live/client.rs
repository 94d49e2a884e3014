//! The browser's end of the channel: connect, say what is shown, take what comes, try again.

use futures::channel::mpsc;
use futures::{FutureExt, SinkExt, StreamExt, select};
use gloo_net::websocket::Message;
use gloo_net::websocket::futures::WebSocket;
use gloo_timers::future::TimeoutFuture;

use super::arrive::asks;
use super::protocol::Interests;
use super::store::{Link, Live};
use crate::browser;

/// The first wait after a lost connection, doubled at every failure up to the last.
const WAIT_FIRST_MS: u32 = 250;
const WAIT_LAST_MS: u32 = 8_000;
/// What pages begin to watch within this time is said in one message.
const GATHER_MS: u32 = 20;
/// A server that says nothing for so long is gone: it sends its pulse every ten seconds.
const SILENCE_MS: u32 = 35_000;

/// Runs for as long as the tab lives.
pub(super) async fn run(live: Live, mut woken: mpsc::Receiver<()>) {
    browser::on_visibility(move || live.wake());
    let mut wait_ms = WAIT_FIRST_MS;
    loop {
        if let Ok(socket) = WebSocket::open(&browser::socket_address("/live"))
            && talk(live, socket, &mut woken).await
        {
            wait_ms = WAIT_FIRST_MS;
        }
        pause(live, wait_ms).await;
        wait_ms = (wait_ms * 2).min(WAIT_LAST_MS);
    }
}

/// Speaks over one connection until it ends. Gives whether the server was heard.
async fn talk(live: Live, socket: WebSocket, woken: &mut mpsc::Receiver<()>) -> bool {
    let (mut outgoing, incoming) = socket.split();
    let mut incoming = incoming.fuse();
    let mut said: Option<(Interests, bool)> = None;
    let mut is_greeted = false;
    loop {
        select! {
            message = incoming.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    live.take(&text, |build| {
                        is_greeted = true;
                        meet(live, build);
                    });
                }
                Some(Ok(Message::Bytes(_))) => {}
                Some(Err(_)) | None => return is_greeted,
            },
            _ = woken.next() => TimeoutFuture::new(GATHER_MS).await,
            () = TimeoutFuture::new(SILENCE_MS).fuse() => return is_greeted,
        }
        if !is_greeted {
            continue;
        }
        let (interests, is_held) = live.wishes();
        let wished = if browser::is_hidden() {
            (
                Interests {
                    since: interests.since,
                    ..Interests::default()
                },
                is_held,
            )
        } else {
            (interests, is_held)
        };
        for ask in asks(said.as_ref(), &wished) {
            let Ok(text) = serde_json::to_string(&ask) else {
                continue;
            };
            if outgoing.send(Message::Text(text)).await.is_err() {
                return true;
            }
        }
        said = Some(wished);
    }
}

/// A tab of another build reloads itself, unless a person is in the middle of something.
fn meet(live: Live, build: &str) {
    if browser::build().is_some_and(|ours| ours != build) {
        if browser::is_busy() {
            live.is_outdated.set(true);
        } else {
            browser::reload();
        }
    }
}

/// Waits, saying how long.
async fn pause(live: Live, wait_ms: u32) {
    let mut left_ms = wait_ms;
    while left_ms > 0 {
        live.link.set(Link::Lost {
            retry_s: left_ms.div_ceil(1_000),
        });
        let step_ms = if left_ms.is_multiple_of(1_000) {
            1_000
        } else {
            left_ms % 1_000
        };
        TimeoutFuture::new(step_ms).await;
        left_ms -= step_ms;
    }
    live.link.set(Link::Lost { retry_s: 0 });
}

//! HTTP/1.1 over one connection.

use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tracing::debug;

use super::Surface;
use crate::listener::Arrival;

/// Serves one client until it hangs up, is idle for too long, or the hub closes; then the request that was begun is
/// still answered.
pub(crate) async fn serve(surface: Surface, arrival: Arrival) {
    let Arrival {
        stream,
        peer,
        mut admitted,
    } = arrival;
    admitted.is_in();
    let (stop, timeout) = (surface.hub.stop.clone(), surface.hub.limits.request_timeout);
    let address = peer.address;
    let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let answer = surface.clone().call(request.map(Body::new), peer.clone());
        async move { Ok::<_, std::convert::Infallible>(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        debug!(peer.address = %address, %error, "A connection for HTTP broke.");
    }
}

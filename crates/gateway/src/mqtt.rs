//! MQTT 3.1.1 from the first byte to the last, over any stream (contract sections 1.7 and 2).
//!
//! [`serve`] lets a client in or tells it why not, runs its [`Connection`], and cleans up behind it. The listener, the
//! WebSocket and the tests differ only in the stream that they bring.

mod enter;

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tracing::{Instrument as _, debug, info_span};
use twin::id::{DeviceId, Slot};

use crate::connection::Connection;
use crate::figures;
use crate::hub::Hub;
use crate::listener::Peer;
use crate::session::Outputs;
use crate::throttle::Admitted;

/// Serves one client until it or the hub ends the connection.
pub(crate) async fn serve<S>(hub: Arc<Hub>, stream: S, peer: Peer, admitted: Admitted)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // Boxed: what entering needs is given back before the long time that follows.
    let entered = Box::pin(enter::enter(&hub, stream, &peer, admitted)).await;
    if let Some(visit) = entered {
        let span = info_span!("session", device.id = visit.device.as_str());
        visit.serve(hub).instrument(span).await;
    }
}

/// A device that is connected.
struct Visit<S> {
    device: DeviceId,
    slot: Slot,
    generation_id: String,
    connection: Connection<S>,
    /// What its session wants done first.
    first: Outputs,
    _admitted: Admitted,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Visit<S> {
    async fn serve(mut self: Box<Self>, hub: Arc<Hub>) {
        figures::connect_accepted();
        figures::connections("mqtt", hub.registry.connected());
        let (ending, parked) = self.connection.run(std::mem::take(&mut self.first)).await;

        let Self {
            device,
            slot,
            generation_id,
            connection,
            ..
        } = *self;
        hub.parking.put(&device, &generation_id, parked);
        let gone = hub
            .fleet
            .monitor()
            .disconnected(slot, &device, hub.now(), ending.reason());
        // A store that does not answer must not keep the device from coming back.
        let _ = tokio::time::timeout(hub.limits.drain_timeout, gone).await;
        drop(connection);
        figures::session_ended(ending.kind());
        figures::connections("mqtt", hub.registry.connected());
        debug!(reason = ending.reason(), "The session ended.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Stream = Box<tokio_rustls::server::TlsStream<tokio::net::TcpStream>>;

    fn size_of_future<F>(_: impl Fn(Arc<Hub>, Stream, Peer, Admitted) -> F) -> usize {
        size_of::<F>()
    }

    /// A future holds everything that it ever passes on; a careless one costs ten kilobytes a device.
    #[test]
    fn an_idle_connection_is_small() {
        let bytes = size_of_future(serve::<Stream>) + size_of::<Visit<Stream>>();
        assert!(bytes < 3 * 1024, "{bytes} bytes beside the TLS stream");
    }
}

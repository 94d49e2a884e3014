//! The gateway without sockets and certificates, for tests: devices connect through a pipe, service clients call the
//! surface directly. Everything behind the doors is the real thing.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use fleet::{Fleet, Outlet};
use tokio::io::DuplexStream;

use crate::hub::Hub;
use crate::limits::Limits;
use crate::listener::Peer;
use crate::mqtt;
use crate::service_http::Surface;

/// Bytes that a pipe holds before its writer waits.
const PIPE_BYTES: usize = 64 * 1024;

/// A gateway in memory. Dropping it hangs up on everybody.
#[derive(Debug)]
pub struct Mock {
    hub: Arc<Hub>,
    surface: Surface,
}

impl Mock {
    /// Becomes the fleet's outlet. Must be called on a runtime.
    pub fn new(fleet: Fleet, host_name: &str, limits: Limits) -> Self {
        let hub = Arc::new(Hub::new(fleet, host_name.to_owned(), limits));
        hub.fleet
            .set_outlet(Arc::clone(&hub.registry) as Arc<dyn Outlet>);
        Self {
            surface: Surface::new(Arc::clone(&hub)),
            hub,
        }
    }

    /// A device's end of a new connection, before its CONNECT.
    pub fn connect(&self) -> DuplexStream {
        let (near, far) = tokio::io::duplex(PIPE_BYTES);
        let hub = Arc::clone(&self.hub);
        self.hub.tasks.spawn(async move {
            let admitted = hub.device_admission.admit().await;
            mqtt::serve(hub, far, peer(), admitted).await;
        });
        near
    }

    /// The answer to a request of a service client.
    pub async fn call(&self, request: Request<Body>) -> Response<Body> {
        self.surface.clone().call(request, peer()).await
    }

    /// How many devices are connected.
    pub fn connected(&self) -> usize {
        self.hub.registry.connected()
    }

    /// Closes the doors as [`Running::shutdown`](crate::Running::shutdown) does.
    pub async fn shutdown(self, grace: Duration) -> bool {
        self.hub.close();
        tokio::time::timeout(grace, self.hub.tasks.wait())
            .await
            .is_ok()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.hub.close();
    }
}

fn peer() -> Peer {
    Peer {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        certificate: None,
    }
}

//! Opening the doors, and closing them again.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fleet::{Fleet, Outlet};
use store::Queue;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::hub::Hub;
use crate::limits::Limits;
use crate::listener::{self, Listener};
use crate::mqtt;
use crate::service_http::{self, Surface};
use crate::throttle::Admission;
use crate::tls::TlsMaterial;

/// Time between two looks at the age of the server certificate.
const RENEWAL_INTERVAL: Duration = Duration::from_hours(6);

/// Where and as what the hub listens.
#[derive(Debug, Clone)]
pub struct Config {
    /// MQTT over TLS; port 0 lets the system choose.
    pub mqtts_addr: SocketAddr,
    /// HTTPS: service REST, device HTTPS and MQTT over WebSocket; port 0 lets the system choose.
    pub https_addr: SocketAddr,
    /// What devices and service clients call this hub, as in their connection strings.
    pub host_name: String,
    /// From [`tls::ensure`](crate::tls::ensure).
    pub tls: TlsMaterial,
    /// Bounds; [`Limits::default`] unless there is a reason.
    pub limits: Limits,
}

/// Why the hub could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on. The operator chooses another or frees it.
    #[error("the hub cannot listen on {address} for {surface}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// `MQTT` or `HTTPS`.
        surface: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The fleet has an outlet already: there is one gateway to a fleet.
    #[error("the fleet is served by another gateway")]
    SecondGateway,
}

/// A gateway that is serving.
#[derive(Debug)]
pub struct Running {
    /// Where MQTT over TLS is served.
    pub mqtts_addr: SocketAddr,
    /// Where HTTPS is served.
    pub https_addr: SocketAddr,
    hub: Arc<Hub>,
}

/// Binds both listeners, becomes the fleet's outlet and serves until [`Running::shutdown`].
///
/// # Errors
/// See [`StartError`].
pub async fn start(fleet: Fleet, config: Config) -> Result<Running, StartError> {
    let Config {
        mqtts_addr,
        https_addr,
        host_name,
        tls,
        limits,
    } = config;
    let bind = |address, surface| {
        let bound = listener::bind(address).and_then(|socket| Ok((socket.local_addr()?, socket)));
        bound.map_err(|source| StartError::Bind {
            address,
            surface,
            source,
        })
    };
    let (mqtts_addr, mqtts) = bind(mqtts_addr, "MQTT")?;
    let (https_addr, https) = bind(https_addr, "HTTPS")?;
    let hub = Arc::new(Hub::new(fleet, host_name, limits));
    if !hub
        .fleet
        .set_outlet(Arc::clone(&hub.registry) as Arc<dyn Outlet>)
    {
        return Err(StartError::SecondGateway);
    }

    let (limits, stop, tasks) = (&hub.limits, &hub.stop, &hub.tasks);
    let mqtts = Listener {
        name: "mqtt",
        socket: mqtts,
        tls: tls.server_config(),
        admission: Arc::clone(&hub.device_admission),
        handshake_timeout: limits.handshake_timeout,
    };
    let for_devices = Arc::clone(&hub);
    let serve = move |arrival: listener::Arrival| {
        mqtt::serve(
            Arc::clone(&for_devices),
            arrival.stream,
            arrival.peer,
            arrival.admitted,
        )
    };
    tasks.spawn(mqtts.run(serve, stop.clone(), tasks.clone()));

    let https = Listener {
        name: "https",
        socket: https,
        tls: tls.server_config(),
        admission: Arc::new(Admission::new(
            limits.service_connections_max,
            limits.handshakes_max,
        )),
        handshake_timeout: limits.handshake_timeout,
    };
    let surface = Surface::new(Arc::clone(&hub));
    let serve = move |arrival| service_http::serve(surface.clone(), arrival);
    tasks.spawn(https.run(serve, stop.clone(), tasks.clone()));

    tasks.spawn(keep_certificate(tls, Arc::clone(&hub), stop.clone()));
    info!(mqtts.address = %mqtts_addr, https.address = %https_addr, "The hub serves MQTT on {mqtts_addr} and HTTPS on {https_addr}.");
    Ok(Running {
        mqtts_addr,
        https_addr,
        hub,
    })
}

/// Asks the hub for its bounded queues, as long as anybody wants to know.
#[derive(Debug, Clone)]
pub struct Queues(Arc<Hub>);

impl Queues {
    /// The queues that all connections share. Those of one connection are bounded too; a full one ends the connection or
    /// keeps its socket from being read, which other metrics count.
    pub fn look(&self) -> Vec<Queue> {
        let Self(hub) = self;
        vec![hub.gate.queue(), hub.keeper.queue(), hub.parking.queue()]
    }
}

impl Running {
    /// The bounded queues of the hub, for metrics.
    pub fn queues(&self) -> Queues {
        Queues(Arc::clone(&self.hub))
    }

    /// How many devices are connected.
    pub fn connected(&self) -> usize {
        self.hub.registry.connected()
    }

    /// Closes the doors: accepts nobody, lets requests and batches that were begun finish, and hangs up on every device
    /// after it got its acknowledgments. `false` when something had not finished within `grace`.
    ///
    /// The fleet must still be open.
    pub async fn shutdown(self, grace: Duration) -> bool {
        self.hub.close();
        let has_finished = tokio::time::timeout(grace, self.hub.tasks.wait())
            .await
            .is_ok();
        info!(finished = has_finished, "The hub is closed.");
        has_finished
    }
}

impl Drop for Running {
    /// Without [`shutdown`](Self::shutdown) nothing is waited for, but nobody is served any more either.
    fn drop(&mut self) {
        self.hub.close();
    }
}

/// Renews the server certificate in use when it is due.
async fn keep_certificate(tls: TlsMaterial, hub: Arc<Hub>, stop: CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(RENEWAL_INTERVAL))
        .await
        .is_some()
    {
        let (tls, now) = (tls.clone(), hub.now());
        match tokio::task::spawn_blocking(move || {
            tls.renew(now).map(|is_new| (is_new, tls.expires_at()))
        })
        .await
        {
            Ok(Ok((true, expires_at))) => {
                info!(%expires_at, "The server certificate was renewed; it expires {expires_at}.");
            }
            Ok(Ok((false, _))) => {}
            Ok(Err(error)) => error!(
                error = &error as &dyn std::error::Error,
                "The server certificate could not be renewed; clients will refuse the hub when it expires."
            ),
            Err(panicked) => error!(
                error = &panicked as &dyn std::error::Error,
                "Renewing the server certificate failed."
            ),
        }
    }
}

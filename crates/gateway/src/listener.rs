//! TCP and TLS, the same for every surface: accept when there is room, shake hands in time, hand the stream over.
//!
//! A slow or silent client delays nobody: each handshake runs in a task of its own, bounded by [`Admission`] and by a
//! time-out. When the process runs out of file descriptors, accepting pauses instead of spinning.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls_pki_types::CertificateDer;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use crate::figures;
use crate::throttle::{Admission, Admitted};

/// Connections that wait for `accept`, at most.
const LISTEN_QUEUE: u32 = 4096;
/// Pause after the system refused to accept, for example for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// One listening address.
pub(crate) struct Listener {
    /// How logs and figures call it.
    pub(crate) name: &'static str,
    pub(crate) socket: TcpListener,
    pub(crate) tls: Arc<ServerConfig>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) handshake_timeout: Duration,
}

/// A client after the TLS handshake.
pub(crate) struct Arrival {
    /// Boxed, because a stream of more than a kilobyte would be part of every future that it passes through.
    pub(crate) stream: Box<TlsStream<TcpStream>>,
    pub(crate) peer: Peer,
    pub(crate) admitted: Admitted,
}

/// What is known of a client before it has said a word.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// The certificate whose key the client holds, when it showed one; nothing else of it is checked.
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

/// Opens the address; port 0 lets the system choose.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(LISTEN_QUEUE)
}

impl Listener {
    /// Accepts until `stop`, and gives each arrival to `serve` in a task of `tasks`.
    pub(crate) async fn run<F, Served>(self, serve: F, stop: CancellationToken, tasks: TaskTracker)
    where
        F: Fn(Arrival) -> Served + Clone + Send + 'static,
        Served: Future<Output = ()> + Send + 'static,
    {
        while let Some(handshake) = stop.run_until_cancelled(self.accept()).await {
            let (serve, stop, name) = (serve.clone(), stop.clone(), self.name);
            tasks.spawn(async move {
                match stop.run_until_cancelled(Box::pin(handshake)).await {
                    Some(Ok(arrival)) => serve(arrival).await,
                    Some(Err(error)) => {
                        figures::handshake_failed(name);
                        debug!(listener = name, %error, "A TLS handshake failed.");
                    }
                    None => {}
                }
            });
        }
    }

    /// The handshake with the next client, to be carried out elsewhere.
    async fn accept(&self) -> impl Future<Output = io::Result<Arrival>> + Send + use<> {
        loop {
            let admitted = self.admission.admit().await;
            match self.socket.accept().await {
                Ok((stream, address)) => {
                    let acceptor = TlsAcceptor::from(Arc::clone(&self.tls));
                    return shake_hands(
                        acceptor,
                        stream,
                        address,
                        admitted,
                        self.handshake_timeout,
                    );
                }
                Err(error) if is_about_one_connection(&error) => {}
                Err(error) => {
                    warn!(listener = self.name, %error, "Connections cannot be accepted at the moment.");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

async fn shake_hands(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    address: SocketAddr,
    admitted: Admitted,
    timeout: Duration,
) -> io::Result<Arrival> {
    stream.set_nodelay(true)?;
    let stream = tokio::time::timeout(timeout, acceptor.accept(stream))
        .await
        .map_err(io::Error::from)??;
    let certificate = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(|chain| chain.first())
        .map(|leaf| leaf.clone().into_owned());
    Ok(Arrival {
        stream: Box::new(stream),
        peer: Peer {
            address,
            certificate,
        },
        admitted,
    })
}

/// Errors of the connection that was to be accepted; the next one may be fine.
fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

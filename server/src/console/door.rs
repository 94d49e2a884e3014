//! Where people come in: plain, or over TLS with handshakes done aside, so that a slow one holds nobody up.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use store::{Queue, Stalls};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

/// A browser that does not finish its handshake by then is gone.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that may wait to be served; further ones wait in the system's queue.
const WAITING_MAX: usize = 64;
/// How long to wait when the system has no more connections to give.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

type Stream = Either<TcpStream, TlsStream<TcpStream>>;

/// Connections that are ready to be served.
#[derive(Debug)]
pub(crate) struct Door {
    ready: mpsc::Receiver<(Stream, SocketAddr)>,
    address: SocketAddr,
    doorstep: Doorstep,
}

/// Tells how many connections wait to be served.
#[derive(Clone, Debug)]
pub(crate) struct Doorstep {
    ready: mpsc::WeakSender<(Stream, SocketAddr)>,
    stalls: Arc<Stalls>,
}

/// Where a request came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Door {
    /// Opens the door at an address, over TLS when a certificate chain and its key (PEM) are given.
    ///
    /// # Errors
    /// When the address is taken, or the files cannot be read or do not belong together.
    pub(crate) async fn open(
        address: SocketAddr,
        certificate: Option<(&Path, &Path)>,
    ) -> Result<Self> {
        let acceptor = certificate
            .map(|(chain, key)| acceptor(chain, key))
            .transpose()?;
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("the console cannot listen on {address}"))?;
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(WAITING_MAX);
        let doorstep = Doorstep {
            ready: sender.downgrade(),
            stalls: Arc::default(),
        };
        tokio::spawn(accept(
            listener,
            acceptor,
            sender,
            Arc::clone(&doorstep.stalls),
        ));
        Ok(Self {
            ready,
            address,
            doorstep,
        })
    }

    /// Who waits at it.
    pub(crate) fn doorstep(&self) -> Doorstep {
        self.doorstep.clone()
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Doorstep {
    /// Connections that shake hands or wait to be served; further ones wait in the system's queue.
    pub(crate) fn queue(&self) -> Queue {
        let taken = |ready: mpsc::Sender<_>| WAITING_MAX - ready.capacity();
        // A place is kept for the connection that comes next.
        let depth = self.ready.upgrade().map_or(0, taken).saturating_sub(1);
        Queue {
            name: "console.door",
            depth,
            bound: WAITING_MAX,
            stalls: self.stalls.count(),
        }
    }
}

fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .with_context(|| format!("the certificate {} cannot be read", certificate.display()))?;
    let key = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("the key {} cannot be read", key.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("the console's certificate and key do not belong together")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Accepts until nobody takes connections any more.
async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    ready: mpsc::Sender<(Stream, SocketAddr)>,
    stalls: Arc<Stalls>,
) {
    loop {
        if ready.capacity() == 0 {
            stalls.add();
        }
        let Ok(place) = ready.clone().reserve_owned().await else {
            return;
        };
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(error = %error, "The console could not accept a connection.");
                tokio::time::sleep(EXHAUSTED_PAUSE).await;
                continue;
            }
        };
        // Pages stream in several small writes; without this each would wait on a delayed acknowledgment.
        _ = stream.set_nodelay(true);
        match acceptor.clone() {
            None => _ = place.send((Either::Left(stream), from)),
            Some(acceptor) => {
                tokio::spawn(async move {
                    let shaken =
                        tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await;
                    if let Ok(Ok(stream)) = shaken {
                        place.send((Either::Right(stream), from));
                    }
                });
            }
        }
    }
}

impl Listener for Door {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The accepting task does not end before this does.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.address)
    }
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self(*stream.remote_addr())
    }
}

//! How a client reaches its hub: TLS over TCP, or whatever else a test puts in its place.

use std::io;
use std::sync::Arc;

use futures::future::BoxFuture;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::link::Stream;

/// Opens streams to a hub.
pub trait Dial: Send + Sync {
    /// Opens one stream; fails when the hub cannot be reached or does not prove who it is.
    fn dial(&self) -> BoxFuture<'_, io::Result<Box<dyn Stream>>>;
}

/// Why an endpoint could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The CA file is not PEM, or holds no certificate.
    #[error("the CA file holds no certificate in PEM form")]
    NoCertificate,
    /// A certificate of the CA file is not one.
    #[error("the CA file holds something that is not a certificate")]
    Certificate(#[source] rustls::Error),
    /// The host name is neither a DNS name nor an address.
    #[error("{0:?} is not a host name")]
    HostName(String),
    /// TLS could not be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// A hub reached by TLS; one is shared by all clients of a process.
#[derive(Clone)]
pub struct Endpoint {
    address: (String, u16),
    server_name: ServerName<'static>,
    connector: TlsConnector,
}

impl Endpoint {
    /// A hub that shows a certificate for `host_name` signed by one of the authorities in `ca_pem`.
    ///
    /// `address` is where to connect; it differs from the host name behind a gateway or a port forward.
    ///
    /// # Errors
    /// [`EndpointError`]: the caller fixes the CA file or the host name.
    pub fn new(
        host_name: &str,
        address: (&str, u16),
        ca_pem: &[u8],
    ) -> Result<Self, EndpointError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(ca_pem) {
            let certificate = certificate.map_err(|_| EndpointError::NoCertificate)?;
            roots.add(certificate).map_err(EndpointError::Certificate)?;
        }
        if roots.is_empty() {
            return Err(EndpointError::NoCertificate);
        }
        // The provider is named here, so that the process needs no global one.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(EndpointError::Tls)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let server_name = ServerName::try_from(host_name.to_owned())
            .map_err(|_| EndpointError::HostName(host_name.to_owned()))?;
        let address = (address.0.to_owned(), address.1);
        Ok(Self {
            address,
            server_name,
            connector: TlsConnector::from(Arc::new(config)),
        })
    }
}

impl Dial for Endpoint {
    fn dial(&self) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        Box::pin(async move {
            let socket = TcpStream::connect((self.address.0.as_str(), self.address.1)).await?;
            socket.set_nodelay(true)?;
            let stream = self
                .connector
                .connect(self.server_name.clone(), socket)
                .await?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_file_without_a_certificate_is_refused() {
        for pem in [
            &b""[..],
            b"hello",
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            assert!(Endpoint::new("localhost", ("localhost", 8883), pem).is_err());
        }
    }
}

//! The hub's identity towards its clients: a private certificate authority, the server certificate it signs, and the
//! TLS settings that both listeners share.
//!
//! [`ensure`] is called once at start. Without an [`OwnCertificate`] it keeps four files in the data directory, and
//! makes those that are missing:
//!
//! | file | mode | what |
//! |---|---|---|
//! | `ca.pem` | readable | the authority that devices and service clients are told to trust |
//! | `ca.key` | 0600 | its private key, needed only to renew |
//! | `server.pem` | readable | the server certificate for the host name, `localhost`, `127.0.0.1` and `::1` |
//! | `server.key` | 0600 | its private key |
//!
//! The authority never changes on its own: renewal, a new host name or a damaged server certificate all end in a new
//! server certificate from the same authority. [`TlsMaterial::renew`] does that while the listeners run; handshakes
//! pick up the new certificate from the next connection on.
//!
//! What is deliberately absent: client certificates are not checked against anything here. The handshake proves that
//! the client holds the private key of whatever certificate it shows; who that is, is decided at CONNECT or at the
//! request (contract section 1.4).

mod authority;
mod files;
mod possession;
mod resolver;
mod source;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use twin::time::Timestamp;

use possession::ProofOfPossession;
use resolver::Swappable;
use source::Source;

/// A certificate and key from somebody else (a public or corporate authority), used in place of the private one.
#[derive(Debug, Clone)]
pub struct OwnCertificate {
    /// PEM file with the server certificate first, then its intermediates.
    pub certificate: PathBuf,
    /// PEM file with the private key of the first certificate.
    pub key: PathBuf,
}

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file could not be read or written. The operator fixes permissions or the path.
    #[error("the TLS file {} cannot be {action}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        action: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what its name says. The operator restores it, or removes it to have it made again.
    #[error("the TLS file {} is not usable: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A new server certificate is due, and the authority's key is gone. The operator restores `ca.key`, or removes
    /// `ca.pem` to start a new authority that every client must then be told to trust.
    #[error("a new server certificate is due, but {} is missing", path.display())]
    AuthorityKeyMissing {
        /// Where the key should be.
        path: PathBuf,
    },
    /// A certificate could not be made, for example because the host name is not one.
    #[error("a certificate for {subject:?} cannot be made")]
    Issue {
        /// Whose certificate.
        subject: String,
        /// What the certificate library said.
        #[source]
        source: rcgen::Error,
    },
    /// The TLS library refused the settings.
    #[error("TLS cannot be configured")]
    Configuration(#[source] rustls::Error),
}

/// The certificate in use and the way to renew it. Cheap to clone; all clones share one certificate.
#[derive(Debug, Clone)]
pub struct TlsMaterial {
    source: Arc<Source>,
    resolver: Arc<Swappable>,
    config: Arc<ServerConfig>,
    ca_pem: Option<Arc<str>>,
}

/// Loads the TLS material, making whatever is missing or due.
///
/// `now` decides about validity and renewal, and stamps new certificates.
///
/// # Errors
/// See [`TlsError`]; nothing that exists is ever overwritten except a server certificate that this function made.
pub fn ensure(
    data_dir: &Path,
    host_name: &str,
    own: Option<OwnCertificate>,
    now: Timestamp,
) -> Result<TlsMaterial, TlsError> {
    let source = match own {
        Some(own) => Source::Own(own),
        None => Source::Private {
            data_dir: data_dir.to_owned(),
            host_name: host_name.to_owned(),
        },
    };
    let loaded = source.load(now)?;
    let resolver = Arc::new(Swappable::new(loaded.key, loaded.expires_at));
    let config = server_config(Arc::clone(&resolver))?;
    Ok(TlsMaterial {
        source: Arc::new(source),
        resolver,
        config,
        ca_pem: loaded.ca_pem.map(Arc::from),
    })
}

impl TlsMaterial {
    /// The settings for a TLS acceptor: TLS 1.2 and 1.3, session tickets, a client certificate asked for but not
    /// required (contract sections 1.4 and 1.5).
    pub fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// The authority that clients must trust, as PEM; `None` when an own certificate is in use.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// When the certificate in use stops being valid.
    pub fn expires_at(&self) -> Timestamp {
        self.resolver.expires_at()
    }

    /// Renews the private server certificate when it is due, or reads an own certificate again when its files hold a
    /// new one. Returns whether the certificate in use changed. Blocks for a few file operations.
    ///
    /// # Errors
    /// See [`TlsError`]; the certificate in use then stays in use.
    pub fn renew(&self, now: Timestamp) -> Result<bool, TlsError> {
        let loaded = self.source.load(now)?;
        Ok(self.resolver.replace(loaded.key, loaded.expires_at))
    }
}

fn server_config(resolver: Arc<Swappable>) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let client_certificates = ProofOfPossession::new(provider.signature_verification_algorithms);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::Configuration)?
        .with_client_cert_verifier(Arc::new(client_certificates))
        .with_cert_resolver(resolver);
    config.ticketer = ring::Ticketer::new().map_err(TlsError::Configuration)?;
    config.send_tls13_tickets = 1;
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests;

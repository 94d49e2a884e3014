//! The server certificate as something that can be exchanged while handshakes go on.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use twin::time::Timestamp;

/// One certificate for every client; SNI is not consulted.
#[derive(Debug)]
pub(super) struct Swappable {
    current: RwLock<(Arc<CertifiedKey>, Timestamp)>,
}

impl Swappable {
    pub(super) fn new(key: CertifiedKey, expires_at: Timestamp) -> Self {
        Self {
            current: RwLock::new((Arc::new(key), expires_at)),
        }
    }

    pub(super) fn expires_at(&self) -> Timestamp {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .1
    }

    /// Takes the certificate into use from the next handshake on. Returns whether it differs from the current one.
    pub(super) fn replace(&self, key: CertifiedKey, expires_at: Timestamp) -> bool {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = current.0.cert != key.cert;
        if is_new {
            *current = (Arc::new(key), expires_at);
        }
        is_new
    }
}

impl ResolvesServerCert for Swappable {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(
            &self
                .current
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .0,
        ))
    }
}

//! Where the server certificate comes from: the private authority in the data directory, or files of the operator.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::crypto::ring;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use twin::time::Timestamp;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::files::{self, Mode};
use super::{OwnCertificate, TlsError, authority};

/// A private server certificate is renewed when it has less than this left.
const RENEWED_BEFORE: Duration = Duration::from_hours(60 * 24);

#[derive(Debug)]
pub(super) enum Source {
    Own(OwnCertificate),
    Private {
        data_dir: PathBuf,
        host_name: String,
    },
}

/// A server certificate ready for handshakes.
pub(super) struct Loaded {
    pub(super) key: CertifiedKey,
    pub(super) expires_at: Timestamp,
    pub(super) ca_pem: Option<String>,
}

impl Source {
    /// Reads the certificate; a private one is made or renewed first when that is due.
    pub(super) fn load(&self, now: Timestamp) -> Result<Loaded, TlsError> {
        match self {
            Self::Own(own) => own_certificate(own),
            Self::Private {
                data_dir,
                host_name,
            } => private_certificate(data_dir, host_name, now),
        }
    }
}

fn own_certificate(own: &OwnCertificate) -> Result<Loaded, TlsError> {
    let key = usable(
        &own.certificate,
        &required(&own.certificate)?,
        &required(&own.key)?,
    )?;
    let expires_at = facts(&own.certificate, &key)?.expires_at;
    Ok(Loaded {
        key,
        expires_at,
        ca_pem: None,
    })
}

fn private_certificate(
    data_dir: &Path,
    host_name: &str,
    now: Timestamp,
) -> Result<Loaded, TlsError> {
    let names = server_names(host_name);
    let (ca_pem, ca_key) = private_authority(data_dir, now)?;
    let certificate_path = data_dir.join("server.pem");
    let key_path = data_dir.join("server.key");

    if let (Some(certificate), Some(key)) =
        (files::read(&certificate_path)?, files::read(&key_path)?)
        && let Ok(key) = usable(&certificate_path, &certificate, &key)
        && let Ok(facts) = facts(&certificate_path, &key)
        && facts.is_good(&names, now)
        && is_signed_by(&key, &ca_pem)
    {
        return Ok(Loaded {
            key,
            expires_at: facts.expires_at,
            ca_pem: Some(ca_pem),
        });
    }

    let ca_key = ca_key.ok_or_else(|| TlsError::AuthorityKeyMissing {
        path: data_dir.join("ca.key"),
    })?;
    let issued = authority::sign_server(&ca_pem, &ca_key, &names, now)?;
    // Key first: a start interrupted in between finds a pair that does not match, and makes a new one.
    files::write(&key_path, &issued.key, Mode::Private)?;
    files::write(&certificate_path, &issued.certificate, Mode::Public)?;
    let key = usable(&certificate_path, &issued.certificate, &issued.key)?;
    let expires_at = facts(&certificate_path, &key)?.expires_at;
    Ok(Loaded {
        key,
        expires_at,
        ca_pem: Some(ca_pem),
    })
}

/// The authority's certificate, and its key unless the operator keeps it elsewhere. Made at first start.
fn private_authority(
    data_dir: &Path,
    now: Timestamp,
) -> Result<(String, Option<String>), TlsError> {
    let certificate_path = data_dir.join("ca.pem");
    let key_path = data_dir.join("ca.key");
    let key = files::read(&key_path)?;
    if let Some(certificate) = files::read(&certificate_path)? {
        certificates(&certificate_path, &certificate)?;
        return Ok((certificate, key));
    }
    let key = if let Some(key) = key {
        key
    } else {
        let key = authority::new_key()?;
        files::write(&key_path, &key, Mode::Private)?;
        key
    };
    let certificate = authority::certify(&key, now)?;
    files::write(&certificate_path, &certificate, Mode::Public)?;
    Ok((certificate, Some(key)))
}

fn server_names(host_name: &str) -> Vec<String> {
    let mut names = vec![host_name.to_ascii_lowercase()];
    for name in ["localhost", "127.0.0.1", "::1"] {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn required(path: &Path) -> Result<String, TlsError> {
    files::read(path)?.ok_or_else(|| TlsError::File {
        path: path.to_owned(),
        action: "read",
        source: std::io::ErrorKind::NotFound.into(),
    })
}

fn content(path: &Path, reason: &impl ToString) -> TlsError {
    TlsError::Content {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

fn certificates(path: &Path, pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| content(path, &error))?;
    if chain.is_empty() {
        Err(content(path, &"it holds no certificate"))
    } else {
        Ok(chain)
    }
}

/// Certificate and key as one; refused when they do not belong together.
fn usable(path: &Path, certificate_pem: &str, key_pem: &str) -> Result<CertifiedKey, TlsError> {
    let chain = certificates(path, certificate_pem)?;
    let key =
        PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(|error| content(path, &error))?;
    CertifiedKey::from_der(chain, key, &ring::default_provider())
        .map_err(|error| content(path, &error))
}

/// What decides about renewal.
struct Facts {
    starts_at: Timestamp,
    expires_at: Timestamp,
    names: Vec<String>,
}

impl Facts {
    fn is_good(&self, names: &[String], now: Timestamp) -> bool {
        self.starts_at <= now
            && now.plus(RENEWED_BEFORE) < self.expires_at
            && names.iter().all(|name| self.names.contains(name))
    }
}

fn facts(path: &Path, key: &CertifiedKey) -> Result<Facts, TlsError> {
    let leaf = key
        .end_entity_cert()
        .map_err(|error| content(path, &error))?;
    let (_, leaf) = X509Certificate::from_der(leaf).map_err(|error| content(path, &error))?;
    let names = leaf
        .subject_alternative_name()
        .map_err(|error| content(path, &error))?
        .map(|extension| {
            extension
                .value
                .general_names
                .iter()
                .filter_map(written_name)
                .collect()
        })
        .unwrap_or_default();
    Ok(Facts {
        starts_at: Timestamp::from_ms(leaf.validity().not_before.timestamp().saturating_mul(1000)),
        expires_at: Timestamp::from_ms(leaf.validity().not_after.timestamp().saturating_mul(1000)),
        names,
    })
}

fn written_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes)
                .ok()
                .map(|octets| std::net::Ipv4Addr::from(octets).to_string()),
            16 => <[u8; 16]>::try_from(*bytes)
                .ok()
                .map(|octets| std::net::Ipv6Addr::from(octets).to_string()),
            _ => None,
        },
        _ => None,
    }
}

fn is_signed_by(key: &CertifiedKey, ca_pem: &str) -> bool {
    let Ok(authority) = CertificateDer::from_pem_slice(ca_pem.as_bytes()) else {
        return false;
    };
    let Ok((_, authority)) = X509Certificate::from_der(&authority) else {
        return false;
    };
    let Ok(leaf) = key.end_entity_cert() else {
        return false;
    };
    let Ok((_, leaf)) = X509Certificate::from_der(leaf) else {
        return false;
    };
    leaf.verify_signature(Some(authority.public_key())).is_ok()
}

//! The private certificate authority: makes itself, and signs server certificates.
//!
//! Keys are ECDSA P-256, which every TLS 1.2 client of the contract supports. Pure apart from key generation: reading
//! and writing files is the business of [`super::source`].

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use twin::time::Timestamp;

use super::TlsError;

/// How long the authority is valid. Replacing it means telling every client, so it outlives the hardware.
const AUTHORITY_VALIDITY: Duration = Duration::from_hours(30 * 365 * 24);
/// How long a server certificate is valid; no longer than public authorities may issue.
const SERVER_VALIDITY: Duration = Duration::from_hours(397 * 24);
/// Certificates start in the past, for clients whose clocks are slow.
const BACKDATED: Duration = Duration::from_hours(24);
const SUBJECT: &str = "Tandem private authority";

/// A certificate or authority as PEM, and the PEM of its key.
pub(super) struct Issued {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// A new private key for the authority, as PEM.
pub(super) fn new_key() -> Result<String, TlsError> {
    KeyPair::generate()
        .map(|key| key.serialize_pem())
        .map_err(|source| issue(SUBJECT, source))
}

/// The authority's own certificate over `key_pem`.
pub(super) fn certify(key_pem: &str, now: Timestamp) -> Result<String, TlsError> {
    let make = || {
        let key = KeyPair::from_pem(key_pem)?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        // Two hubs must not have authorities of one name, or a client that trusts both may try the wrong one.
        let fingerprint = params.key_identifier(&key);
        let name = match fingerprint.first_chunk() {
            Some(first) => format!("{SUBJECT} {:08x}", u32::from_be_bytes(*first)),
            None => SUBJECT.to_owned(),
        };
        params.distinguished_name.push(DnType::CommonName, name);
        validity(&mut params, now, AUTHORITY_VALIDITY);
        params
            .self_signed(&key)
            .map(|certificate| certificate.pem())
    };
    make().map_err(|source| issue(SUBJECT, source))
}

/// A server certificate for `names` (host names and addresses), signed by the authority, with a new key.
pub(super) fn sign_server(
    ca_pem: &str,
    ca_key_pem: &str,
    names: &[String],
    now: Timestamp,
) -> Result<Issued, TlsError> {
    let make = || {
        let issuer = Issuer::from_ca_cert_pem(ca_pem, KeyPair::from_pem(ca_key_pem)?)?;
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if let Some(name) = names.first() {
            params
                .distinguished_name
                .push(DnType::CommonName, name.as_str());
        }
        validity(&mut params, now, SERVER_VALIDITY);
        let certificate = params.signed_by(&key, &issuer)?.pem();
        Ok(Issued {
            certificate,
            key: key.serialize_pem(),
        })
    };
    make().map_err(|source| issue(names.first().map_or("server", String::as_str), source))
}

fn validity(params: &mut CertificateParams, now: Timestamp, length: Duration) {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let now = Duration::from_millis(u64::try_from(now.as_ms()).unwrap_or_default());
    params.not_before = epoch + now.saturating_sub(BACKDATED);
    params.not_after = epoch + (now + length);
}

fn issue(subject: &str, source: rcgen::Error) -> TlsError {
    TlsError::Issue {
        subject: subject.to_owned(),
        source,
    }
}

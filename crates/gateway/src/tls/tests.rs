use std::fs;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use rustls::client::WebPkiServerVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tempfile::TempDir;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;

const DAY: Duration = Duration::from_hours(24);

fn start() -> Timestamp {
    Timestamp::parse("2026-11-22T10:00:00Z").unwrap()
}

fn private(folder: &TempDir, host_name: &str, now: Timestamp) -> TlsMaterial {
    ensure(folder.path(), host_name, None, now).unwrap()
}

fn file(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn the_first_start_makes_an_authority_and_the_second_keeps_it() {
    let folder = TempDir::new().unwrap();
    let first = private(&folder, "hub.example", start());
    assert_eq!(first.ca_pem(), Some(file(&folder, "ca.pem").as_str()));
    assert!(first.expires_at() > start().plus(DAY * 390));
    let files = ["ca.pem", "ca.key", "server.pem", "server.key"].map(|name| file(&folder, name));

    private(&folder, "hub.example", start().plus(DAY));
    assert_eq!(
        files,
        ["ca.pem", "ca.key", "server.pem", "server.key"].map(|name| file(&folder, name))
    );
}

#[cfg(unix)]
#[test]
fn private_keys_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    private(&folder, "hub.example", start());
    for name in ["ca.key", "server.key"] {
        let mode = fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_new_host_name_gets_a_new_server_certificate_from_the_same_authority() {
    let folder = TempDir::new().unwrap();
    private(&folder, "old.example", start());
    let (ca, server) = (file(&folder, "ca.pem"), file(&folder, "server.pem"));
    private(&folder, "new.example", start());
    assert_eq!(ca, file(&folder, "ca.pem"));
    assert_ne!(server, file(&folder, "server.pem"));
}

#[test]
fn a_certificate_is_renewed_in_use_before_it_expires() {
    let folder = TempDir::new().unwrap();
    let material = private(&folder, "hub.example", start());
    let expired_at = material.expires_at();
    assert!(
        !material.renew(start().plus(DAY * 300)).unwrap(),
        "not due yet"
    );
    assert!(material.renew(start().plus(DAY * 340)).unwrap());
    assert!(material.expires_at() > expired_at.plus(DAY * 300));
}

#[test]
fn a_damaged_or_foreign_server_certificate_is_made_again() {
    let folder = TempDir::new().unwrap();
    private(&folder, "hub.example", start());
    fs::write(folder.path().join("server.pem"), "not a certificate").unwrap();
    private(&folder, "hub.example", start());
    assert!(file(&folder, "server.pem").starts_with("-----BEGIN CERTIFICATE-----"));

    let other = TempDir::new().unwrap();
    private(&other, "hub.example", start());
    for name in ["server.pem", "server.key"] {
        fs::copy(other.path().join(name), folder.path().join(name)).unwrap();
    }
    private(&folder, "hub.example", start());
    assert_ne!(file(&folder, "server.pem"), file(&other, "server.pem"));
}

#[test]
fn the_authority_key_is_missed_only_when_it_is_needed() {
    let folder = TempDir::new().unwrap();
    private(&folder, "hub.example", start());
    fs::remove_file(folder.path().join("ca.key")).unwrap();
    private(&folder, "hub.example", start());
    let refused = ensure(folder.path(), "new.example", None, start());
    assert!(
        matches!(refused, Err(TlsError::AuthorityKeyMissing { .. })),
        "{refused:?}"
    );
}

#[test]
fn an_own_certificate_is_taken_and_read_again() {
    let folder = TempDir::new().unwrap();
    let own = OwnCertificate {
        certificate: folder.path().join("own.pem"),
        key: folder.path().join("own.key"),
    };
    let write_new = || {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["hub.example".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        fs::write(&own.certificate, certificate.pem()).unwrap();
        fs::write(&own.key, key.serialize_pem()).unwrap();
    };
    write_new();
    let material = ensure(folder.path(), "hub.example", Some(own.clone()), start()).unwrap();
    assert_eq!(material.ca_pem(), None);
    assert!(!folder.path().join("ca.pem").exists());
    assert!(!material.renew(start()).unwrap(), "the files are the same");
    write_new();
    assert!(material.renew(start()).unwrap());

    fs::write(&own.key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let refused = material.renew(start());
    assert!(
        matches!(refused, Err(TlsError::Content { .. })),
        "a key of another certificate: {refused:?}"
    );
}

/// The pair that a handshake settles: what the server sees of the client's certificate, and the version.
async fn shake_hands(
    material: &TlsMaterial,
    name: &'static str,
    version: &'static SupportedProtocolVersion,
    client: Option<(CertificateDer<'static>, PrivateKeyDer<'static>)>,
) -> io::Result<(Option<CertificateDer<'static>>, Option<ProtocolVersion>)> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(material.ca_pem().unwrap().as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .unwrap();
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_webpki_verifier(verifier);
    let config = match client {
        Some((certificate, key)) => {
            let key = ring::sign::any_supported_type(&key).unwrap();
            let shown = CertifiedKey::new(vec![certificate], key);
            config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(shown)))
        }
        None => config.with_no_client_auth(),
    };
    let (near, far) = tokio::io::duplex(16 * 1024);
    let server = TlsAcceptor::from(material.server_config()).accept(far);
    let client =
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name).unwrap(), near);
    let (server, client) = tokio::join!(server, client);
    client?;
    let server = server?;
    let (_, connection) = server.get_ref();
    let seen = connection
        .peer_certificates()
        .map(|chain| chain[0].clone().into_owned());
    Ok((seen, connection.protocol_version()))
}

/// Handshakes check dates against the machine's clock, so these certificates are made for the present.
fn current(folder: &TempDir) -> TlsMaterial {
    let now = x509_parser::time::ASN1Time::now().timestamp();
    private(folder, "hub.example", Timestamp::from_ms(now * 1000))
}

#[tokio::test]
async fn clients_that_trust_the_authority_connect_by_every_name_and_version() {
    let folder = TempDir::new().unwrap();
    let material = current(&folder);
    for name in ["hub.example", "localhost", "127.0.0.1", "::1"] {
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let (certificate, settled) = shake_hands(&material, name, version, None).await.unwrap();
            assert_eq!(
                (certificate, settled),
                (None, Some(version.version)),
                "{name}"
            );
        }
    }
    shake_hands(&material, "other.example", &rustls::version::TLS13, None)
        .await
        .unwrap_err();
}

#[tokio::test]
async fn any_client_certificate_is_shown_to_the_hub() {
    let folder = TempDir::new().unwrap();
    let material = current(&folder);
    let key = KeyPair::generate().unwrap();
    let self_signed = CertificateParams::new(vec![])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let version_1 =
        CertificateDer::from_pem_slice(include_bytes!("fixtures/version1.pem")).unwrap();
    let clients = [
        (self_signed.der().clone(), key.serialize_pem()),
        (version_1, include_str!("fixtures/version1.key").to_owned()),
    ];
    for (certificate, key) in clients {
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            let client = Some((certificate.clone(), key));
            let (seen, _) = shake_hands(&material, "localhost", version, client)
                .await
                .unwrap();
            assert_eq!(seen.as_ref(), Some(&certificate));
        }
    }
}

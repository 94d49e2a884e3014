//! Certificates that are known by their thumbprint (contract section 1.4).

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls_pki_types::CertificateDer;
use twin::time::Timestamp;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Whether the certificate is valid now and its SHA-1 or SHA-256 is one of the thumbprints.
pub(super) fn is_accepted(
    certificate: &CertificateDer<'_>,
    thumbprints: &(Option<String>, Option<String>),
    now: Timestamp,
) -> bool {
    let known = [&thumbprints.0, &thumbprints.1];
    let mut known = known
        .into_iter()
        .flatten()
        .map(|thumbprint| normal(thumbprint));
    let shown = [&SHA1_FOR_LEGACY_USE_ONLY, &SHA256]
        .map(|algorithm| hex(digest(algorithm, certificate).as_ref()));
    known.any(|known| shown.contains(&known)) && is_valid(certificate, now)
}

fn is_valid(certificate: &CertificateDer<'_>, now: Timestamp) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else {
        return false;
    };
    let seconds = now.as_ms().div_euclid(1000);
    let validity = certificate.validity();
    (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&seconds)
}

/// Tools write thumbprints in either case and with or without colons.
fn normal(thumbprint: &str) -> String {
    thumbprint
        .chars()
        .filter(|c| *c != ':')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::pem::PemObject as _;

    use super::*;

    const SHA_1: &str = "9fac68ee25ebb9d66c99b73eb7deac15d68cf1be";
    const SHA_256: &str = "9e02d54d0a60e374a85dd062d0f962fb5e908ccc80fbae0844433ab2618120d4";

    fn certificate() -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(include_bytes!("../tls/fixtures/version1.pem")).unwrap()
    }

    fn is_accepted_with(thumbprint: &str, now: &str) -> bool {
        let now = Timestamp::parse(now).unwrap();
        let first = is_accepted(&certificate(), &(Some(thumbprint.to_owned()), None), now);
        let second = is_accepted(&certificate(), &(None, Some(thumbprint.to_owned())), now);
        assert_eq!(first, second, "both places count alike");
        first
    }

    #[test]
    fn both_digests_are_known_in_every_spelling() {
        let now = "2027-01-01T00:00:00Z";
        for thumbprint in [SHA_1, SHA_256] {
            assert!(is_accepted_with(thumbprint, now));
            assert!(is_accepted_with(&thumbprint.to_uppercase(), now));
            let bytes: Vec<_> = thumbprint
                .as_bytes()
                .chunks(2)
                .map(|pair| std::str::from_utf8(pair).unwrap())
                .collect();
            assert!(is_accepted_with(&bytes.join(":"), now));
        }
        assert!(!is_accepted_with(&SHA_1.replace('9', "8"), now));
        assert!(!is_accepted_with("", now));
    }

    #[test]
    fn a_certificate_counts_only_while_it_is_valid() {
        assert!(!is_accepted_with(SHA_256, "2026-11-22T00:00:00Z"));
        assert!(!is_accepted_with(SHA_256, "2127-01-01T00:00:00Z"));
    }
}

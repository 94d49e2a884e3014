//! Certificate: the one that the hub shows its devices comes to its end.

use super::{Check, Seen, Severity, words};

#[derive(Debug)]
pub(super) struct Certificate;

impl Check for Certificate {
    fn id(&self) -> &'static str {
        "certificate"
    }

    fn severity(&self) -> Severity {
        Severity::Fault
    }

    fn sentence(&self, seen: &Seen<'_>) -> Option<String> {
        let expires_at = seen.around.certificate_expires_at?;
        let left = expires_at.since(seen.now);
        if left > seen.around.certificate_left_min {
            None
        } else if left.is_zero() {
            Some("The hub’s certificate has expired".to_owned())
        } else {
            Some(format!(
                "The hub’s certificate expires in {}",
                words::time(left)
            ))
        }
    }

    fn cause(&self, _seen: &Seen<'_>) -> String {
        "Devices stop to connect when it has expired. The hub renews its own certificate by itself, so the authority’s key is missing; \
         a certificate of your own is read again as soon as its files are replaced."
            .to_owned()
    }
}

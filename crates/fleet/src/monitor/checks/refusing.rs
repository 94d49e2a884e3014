//! Refusing: devices that answered a desired property with a code of failure.

use super::{Around, Check, Seen, Severity, words};

#[derive(Debug)]
pub(super) struct Refusing;

impl Check for Refusing {
    fn id(&self) -> &'static str {
        "refusing"
    }

    fn severity(&self) -> Severity {
        Severity::Fault
    }

    fn condition(&self, _around: &Around) -> Option<String> {
        Some("drift.refused > 0".to_owned())
    }

    fn sentence(&self, seen: &Seen<'_>) -> Option<String> {
        let who = words::devices(seen.devices, "refuses", "refuse");
        let whom = if seen.devices == 1 { "it" } else { "them" };
        (seen.devices > 0).then(|| format!("{who} what was asked of {whom}"))
    }

    fn cause(&self, seen: &Seen<'_>) -> String {
        match seen.crowd.in_common() {
            Some(common) => format!(
                "{common}. What was asked may not fit these; each device says why at the property."
            ),
            None => "Each device says why at the property that it refused.".to_owned(),
        }
    }
}

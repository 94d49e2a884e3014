//! Silent: devices that may connect and were not heard of within the limit.

use super::{Around, Check, Seen, Severity, words};

#[derive(Debug)]
pub(super) struct Silent;

impl Check for Silent {
    fn id(&self) -> &'static str {
        "silent"
    }

    fn severity(&self) -> Severity {
        Severity::Silent
    }

    fn condition(&self, around: &Around) -> Option<String> {
        let limit = words::ago(around.silent_after);
        // Who was registered since has had no time yet.
        Some(format!(
            "status = 'enabled' AND lastActivityTime < {limit} AND createdTime < {limit}"
        ))
    }

    fn sentence(&self, seen: &Seen<'_>) -> Option<String> {
        let who = words::devices(seen.devices, "has", "have");
        let limit = words::time(seen.around.silent_after);
        (seen.devices > 0).then(|| format!("{who} been silent for more than {limit}"))
    }

    fn cause(&self, seen: &Seen<'_>) -> String {
        match seen.crowd.in_common() {
            Some(common) => {
                format!("{common}. Looks like one fault around them, not a fault of each.")
            }
            None => "They have nothing in common that the declared properties show. Look for power and network, one by one.".to_owned(),
        }
    }
}

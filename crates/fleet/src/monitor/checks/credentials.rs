//! Credentials: known devices that came and were not let in, and keys that this installation cannot open.

use crate::provision::NotAdmitted;

use super::{Around, Check, Seen, Severity, words};

#[derive(Debug)]
pub(super) struct Credentials;

impl Check for Credentials {
    fn id(&self) -> &'static str {
        "credentials"
    }

    fn severity(&self) -> Severity {
        Severity::Fault
    }

    fn condition(&self, around: &Around) -> Option<String> {
        let names: Vec<_> = around
            .not_admitted
            .iter()
            .map(|(device, _)| words::text(device.as_str()))
            .collect();
        (!names.is_empty()).then(|| format!("deviceId IN [{}]", names.join(", ")))
    }

    fn sentence(&self, seen: &Seen<'_>) -> Option<String> {
        let who = words::devices(seen.devices, "was", "were");
        let more = if seen.around.is_more_not_admitted {
            "At least "
        } else {
            ""
        };
        (seen.devices > 0).then(|| format!("{more}{who} not let in"))
    }

    fn cause(&self, seen: &Seen<'_>) -> String {
        let tally = |why: NotAdmitted| {
            let devices = seen.around.not_admitted.iter();
            devices.filter(|(_, reason)| *reason == why).count()
        };
        let most = NotAdmitted::ALL.into_iter().max_by_key(|why| tally(*why));
        let guess = match most {
            Some(NotAdmitted::Unreadable) => {
                "Their stored keys cannot be opened: the key file does not belong to this database. Restore the key file, or roll the keys."
            }
            Some(NotAdmitted::Expired) => {
                "They show tokens that have expired. Their clocks may be wrong, or their tokens are made elsewhere."
            }
            Some(NotAdmitted::WrongCertificate) => {
                "They show a certificate that is not the registered one, or is not valid now. Register the new thumbprint."
            }
            Some(NotAdmitted::WrongKind) => {
                "They prove themselves in another way than they are registered for: key instead of certificate, or the reverse."
            }
            Some(NotAdmitted::WrongKey) | None => {
                "They sign with a key that is not theirs. A key may have been rolled without them, or somebody tries their names."
            }
        };
        match seen.crowd.in_common() {
            Some(common) => format!("{guess} {common}."),
            None => guess.to_owned(),
        }
    }
}

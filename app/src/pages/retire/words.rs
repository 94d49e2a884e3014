//! The sentences of this page.

use crate::api::retire::Subject;
use crate::format;

/// What is written in the form, as far as it decides what will happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a choice of its own in the form"
)]
pub(super) struct Wanted {
    pub(super) is_replaced: bool,
    /// The name of the new device.
    pub(super) new: String,
    /// Whether its keys are given.
    pub(super) are_keys_given: bool,
    /// Whether the old device stays, blocked.
    pub(super) is_blocked: bool,
    /// Whether keys are destroyed at once.
    pub(super) is_final: bool,
}

/// So many devices, retired.
pub(super) fn retired(count: u64) -> String {
    format!("{} retired", format::plural(count, "device", "devices"))
}

/// What will happen, in the order in which it does.
pub(super) fn sentences(subject: Option<&Subject>, wanted: &Wanted, grace: &str) -> Vec<String> {
    let Some(subject) = subject else {
        return vec![
            "Name a device: what is known of it stands here before anything is done.".to_owned(),
            format!("A retired device can be restored for {grace}, with the keys it had."),
        ];
    };
    let id = &subject.id;
    let leaves = !(wanted.is_replaced && wanted.is_blocked);
    let mut said = Vec::new();
    if wanted.is_replaced {
        let new = match wanted.new.trim() {
            "" => "The new device",
            new => new,
        };
        said.push(format!(
            "{new} is registered with {} and {} of {id}.",
            format::plural(subject.tags, "tag", "tags"),
            format::plural(subject.settings, "setting", "settings"),
        ));
        said.push(if wanted.are_keys_given {
            "It proves itself by the keys that you give.".to_owned()
        } else {
            "The hub makes two keys for it. You see its connection string once.".to_owned()
        });
        said.push(format!("Both know of each other: {new} replaces {id}."));
    }
    if subject.is_connected {
        said.push(format!("{id} is connected: its connection ends at once."));
    }
    if leaves {
        said.push(format!(
            "{id} is unknown to the hub from then on. {} let it in no more.",
            subject.proof.replace("Its certificate", "Its certificates")
        ));
        said.push(
            "Its twin goes to the archive, with these checks, your reason and your name."
                .to_owned(),
        );
        said.push(if wanted.is_final && !wanted.is_replaced {
            "Its keys are destroyed at once: it can never be restored.".to_owned()
        } else {
            format!(
                "It can be restored for {grace}, with the keys it has. Then they are destroyed."
            )
        });
    } else {
        said.push(format!(
            "{id} stays in the fleet, disabled: nothing lets it in. Its twin and its history stay."
        ));
    }
    said
}

/// What the reason must be, when it is not.
pub(super) fn wrong_reason(reason: &str, chars_max: usize) -> Option<String> {
    let chars = reason.trim().chars().count();
    if chars == 0 {
        Some("Say why, for whoever reads the record.".to_owned())
    } else if chars > chars_max {
        Some(format!(
            "At most {chars_max} characters; these are {chars}."
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        Subject {
            id: "am4-1".into(),
            etag: "e".into(),
            is_connected: true,
            proof: "Its two keys".into(),
            tags: 1,
            settings: 3,
            checks: Vec::new(),
        }
    }

    #[test]
    fn the_sentences_follow_the_choice() {
        let said = |wanted: &Wanted| sentences(Some(&subject()), wanted, "30 days").join(" ");
        let plain = said(&Wanted::default());
        assert!(plain.contains("its connection ends at once"), "{plain}");
        assert!(plain.contains("Its two keys let it in no more"), "{plain}");
        assert!(plain.contains("restored for 30 days"), "{plain}");
        let lost = said(&Wanted {
            is_final: true,
            ..Wanted::default()
        });
        assert!(
            lost.contains("never be restored") && !lost.contains("30 days"),
            "{lost}"
        );
        let blocked = said(&Wanted {
            is_replaced: true,
            is_blocked: true,
            new: "am4-2".into(),
            ..Wanted::default()
        });
        assert!(
            blocked.starts_with("am4-2 is registered with 1 tag and 3 settings of am4-1."),
            "{blocked}"
        );
        assert!(
            blocked.contains("stays in the fleet, disabled") && !blocked.contains("archive"),
            "{blocked}"
        );
    }

    #[test]
    fn without_a_device_nothing_is_promised() {
        let said = sentences(None, &Wanted::default(), "30 days");
        assert_eq!(said.len(), 2);
    }

    #[test]
    fn a_reason_has_words_and_an_end() {
        assert!(wrong_reason("  ", 5).is_some());
        assert!(wrong_reason("toolong", 5).is_some());
        assert_eq!(wrong_reason(" fine ", 5), None);
    }
}

//! Device identities (contract section 4.2).

pub(super) mod bulk;
pub(super) mod commands;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod modules;
pub(super) mod put;

use fleet::provision::{Registered, registry_view};

use super::answer::Answer;

fn answer(device: &Registered) -> Answer {
    Answer::json(registry_view(device)).etag(&device.record.identity.wire_etag())
}

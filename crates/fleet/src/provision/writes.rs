//! The writes that create, change and remove devices, with the rules that they keep.

use store::{IdentityChange, Record, Write};
use twin::id::{DeviceId, Match};
use twin::identity::{AuthenticationKind, Identity, Status};
use twin::limits::STATUS_REASON_CHARS_MAX;
use twin::time::Timestamp;

use super::device::{DeviceUpdate, NewDevice};
use super::keys::{self, Keys};
use crate::access::Principal;
use crate::core::Core;
use crate::{Error, audit};

/// The keys of a device, opened.
pub(super) fn opened(core: &Core, record: &Record) -> Option<Keys> {
    let sealed = record.identity.sealed_keys.as_ref()?;
    keys::open(core, &record.identity.device_id, sealed)
}

/// The write that registers a device, and the keys it gets.
pub(super) fn create_write(
    core: &Core,
    principal: &Principal,
    new: NewDevice,
) -> Result<(Write, Option<Keys>), Error> {
    let at = core.clock.now();
    let (tags, desired) = (new.tags.clone(), new.desired.clone());
    let reason = new.reason.clone();
    let (identity, keys) = new_identity(core, new, at)?;
    let audit = audit::done(
        core,
        principal,
        "device.create",
        identity.device_id.as_str(),
    )
    .reason(reason)
    .detail(serde_json::json!({
        "status": identity.status.as_str(),
        "authentication": identity.authentication.as_str(),
    }))
    .entry();
    let write = Write::Create {
        identity,
        tags,
        desired,
        actor: principal.actor(),
        at,
        audit: Some(audit),
    };
    Ok((write, keys))
}

/// Who a new device is, and the keys it gets.
pub(crate) fn new_identity(
    core: &Core,
    new: NewDevice,
    at: Timestamp,
) -> Result<(Identity, Option<Keys>), Error> {
    check_status_reason(new.status_reason.as_deref())?;
    check_thumbprints(new.authentication, &new.thumbprints)?;
    let keys = match (new.authentication, new.keys) {
        (AuthenticationKind::Sas, given) => Some(keys::complete(core, given)?),
        (_, Some((primary, secondary))) if primary.is_empty() && secondary.is_empty() => None,
        (_, given) => given
            .map(|given| keys::complete(core, Some(given)))
            .transpose()?,
    };
    let identity = Identity {
        generation_id: generation_id(core, at),
        etag: first_etag(core),
        status: new.status,
        status_reason: new.status_reason,
        status_updated_at: Timestamp::NEVER,
        created_at: at,
        authentication: new.authentication,
        thumbprints: new.thumbprints,
        sealed_keys: keys.as_ref().map(|keys| keys::seal(core, &new.id, keys)),
        connection_state_updated_at: Timestamp::NEVER,
        device_id: new.id,
    };
    Ok((identity, keys))
}

/// The write that changes a device, given what it is now. Keys that are given but are the present ones
/// are no change: clients send whole documents back.
pub(super) fn update_write(
    core: &Core,
    principal: &Principal,
    record: &Record,
    update: DeviceUpdate,
    if_match: Match,
) -> Result<Write, Error> {
    let identity = &record.identity;
    let id = &identity.device_id;
    let authentication = update.authentication.unwrap_or(identity.authentication);
    check_status_reason(
        update
            .status_reason
            .iter()
            .flatten()
            .next()
            .map(String::as_str),
    )?;
    let thumbprints = update.thumbprints.as_ref().unwrap_or(&identity.thumbprints);
    check_thumbprints(authentication, thumbprints)?;
    let present = opened(core, record);
    let wanted = wanted_keys(core, authentication, present.clone(), update.keys)?;
    let change = IdentityChange {
        status: update.status,
        status_reason: update.status_reason,
        sealed_keys: wanted
            .filter(|wanted| present.as_ref() != Some(wanted))
            .map(|wanted| keys::seal(core, id, &wanted)),
        authentication: update.authentication,
        thumbprints: update.thumbprints,
        model_id: None,
    };
    let audit = audit::done(core, principal, "device.update", id.as_str())
        .reason(update.reason.clone())
        .detail(serde_json::json!({
            "status": change.status.map(Status::as_str),
            "keys": change.sealed_keys.is_some(),
            "authentication": change.authentication.map(AuthenticationKind::as_str),
            "thumbprints": change.thumbprints.is_some(),
        }))
        .entry();
    Ok(Write::Identity {
        device_id: id.clone(),
        change,
        if_match,
        actor: principal.actor(),
        reason: update.reason,
        at: core.clock.now(),
        audit: Some(audit),
    })
}

/// The write that removes a device.
pub(super) fn delete_write(
    core: &Core,
    principal: &Principal,
    id: &DeviceId,
    if_match: Match,
    reason: Option<String>,
) -> Write {
    let audit = audit::done(core, principal, "device.delete", id.as_str())
        .reason(reason.clone())
        .entry();
    Write::Delete {
        device_id: id.clone(),
        if_match,
        actor: principal.actor(),
        reason,
        at: core.clock.now(),
        audit: Some(audit),
    }
}

/// The keys a device shall have after an update; `None` leaves them alone.
fn wanted_keys(
    core: &Core,
    authentication: AuthenticationKind,
    present: Option<Keys>,
    given: Option<Keys>,
) -> Result<Option<Keys>, Error> {
    let needs_keys = authentication == AuthenticationKind::Sas && present.is_none();
    let (primary, secondary) = given.unwrap_or_default();
    if primary.is_empty() && secondary.is_empty() && !needs_keys {
        return Ok(None);
    }
    let (present_primary, present_secondary) = present.unwrap_or_default();
    let choose = |given: String, present| if given.is_empty() { present } else { given };
    let chosen = (
        choose(primary, present_primary),
        choose(secondary, present_secondary),
    );
    keys::complete(core, Some(chosen)).map(Some)
}

fn check_status_reason(reason: Option<&str>) -> Result<(), Error> {
    match reason {
        Some(reason) if reason.chars().count() > STATUS_REASON_CHARS_MAX => Err(Error::Invalid(
            format!("A status reason has at most {STATUS_REASON_CHARS_MAX} characters."),
        )),
        _ => Ok(()),
    }
}

fn check_thumbprints(
    authentication: AuthenticationKind,
    (primary, secondary): &(Option<String>, Option<String>),
) -> Result<(), Error> {
    let is_thumbprint = |text: &String| {
        matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if !primary.iter().chain(secondary).all(is_thumbprint) {
        return Err(Error::invalid(
            "A thumbprint is the SHA-1 or SHA-256 of a certificate: 40 or 64 hexadecimal digits.",
        ));
    }
    if authentication == AuthenticationKind::SelfSigned && primary.is_none() && secondary.is_none()
    {
        return Err(Error::invalid(
            "A device with a certificate of its own needs at least one thumbprint.",
        ));
    }
    Ok(())
}

/// Ticks of 100 ns since the year 1, made unique by chance below the millisecond (contract section
/// 4.2: a decimal tick string that changes at each create).
fn generation_id(core: &Core, now: Timestamp) -> String {
    let ms = now.as_ms().saturating_sub(Timestamp::NEVER.as_ms());
    (i128::from(ms) * 10_000 + i128::from(random(core) % 10_000)).to_string()
}

/// A first etag that the name's earlier owner did not have, as far as chance goes.
fn first_etag(core: &Core) -> u64 {
    u64::from(random(core) % 900_000_000 + 100_000_000)
}

fn random(core: &Core) -> u32 {
    let mut bytes = [0; 4];
    core.rng.fill(&mut bytes);
    u32::from_le_bytes(bytes)
}

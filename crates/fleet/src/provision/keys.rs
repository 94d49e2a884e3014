//! Symmetric keys of devices: making, checking, sealing and opening them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use twin::id::DeviceId;

use crate::Error;
use crate::core::Core;

/// Length of a key that is made here, in bytes.
const MADE_KEY_BYTES: usize = 32;
/// Lengths of keys that are accepted, in bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// Primary and secondary key, base64 as on the wire.
pub(crate) type Keys = (String, String);

/// Checks the given keys and makes those that are missing or empty.
///
/// # Errors
/// [`Error::Invalid`] when a key is not base64 of 16 to 64 bytes.
pub(super) fn complete(core: &Core, given: Option<Keys>) -> Result<Keys, Error> {
    let (primary, secondary) = given.unwrap_or_default();
    Ok((complete_one(core, primary)?, complete_one(core, secondary)?))
}

fn complete_one(core: &Core, given: String) -> Result<String, Error> {
    if given.is_empty() {
        return Ok(make(core));
    }
    let is_key = STANDARD
        .decode(&given)
        .is_ok_and(|key| KEY_BYTES.contains(&key.len()));
    if is_key {
        Ok(given)
    } else {
        Err(Error::invalid(
            "A symmetric key is base64 of 16 to 64 bytes.",
        ))
    }
}

/// A key that nobody has had.
pub(super) fn make(core: &Core) -> String {
    let mut key = [0; MADE_KEY_BYTES];
    core.rng.fill(&mut key);
    STANDARD.encode(key)
}

/// Seals both keys for their device.
pub(super) fn seal(core: &Core, device: &DeviceId, keys: &Keys) -> Vec<u8> {
    // Base64 has no line breaks: the first one parts the two.
    let text = format!("{}\n{}", keys.0, keys.1);
    core.sealing
        .seal(device.as_str(), text.as_bytes(), &*core.rng)
}

/// Opens both keys; `None` when the sealed text is not of this installation or this device.
pub(super) fn open(core: &Core, device: &DeviceId, sealed: &[u8]) -> Option<Keys> {
    let text = core.sealing.open(device.as_str(), sealed).inspect_err(|error| {
        tracing::error!(device.id = device.as_str(), error = %error, "The keys of device {device} cannot be opened.");
    });
    let text = String::from_utf8(text.ok()?).ok()?;
    let (primary, secondary) = text.split_once('\n')?;
    Some((primary.to_owned(), secondary.to_owned()))
}

/// A key's bytes; empty when the text is not base64, which [`complete`] never lets in.
pub(super) fn bytes(key: &str) -> Vec<u8> {
    STANDARD.decode(key).unwrap_or_default()
}

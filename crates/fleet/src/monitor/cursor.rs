//! Places in answers, as opaque text.
//!
//! A cursor is plain data in URL-safe base64 with a checksum, so that cut or garbled text is refused
//! and not misread. It is not signed: whoever makes one up gets a page that they could have asked for
//! anyway. Each reader checks what it decodes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest text that is looked at, in bytes.
const TEXT_BYTES_MAX: usize = 16 * 1_024;
const CHECK_BYTES: usize = 4;

/// A text that no cursor looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The continuation cannot be read.")]
pub(crate) struct BadCursor;

/// The text of a place.
pub(crate) fn encode<T: Serialize>(place: &T) -> String {
    let mut bytes = serde_json::to_vec(place).unwrap_or_default();
    let check = check(&bytes);
    bytes.extend_from_slice(&check);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place of a text.
pub(crate) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, BadCursor> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(BadCursor);
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
    let (place, found) = bytes.split_last_chunk::<CHECK_BYTES>().ok_or(BadCursor)?;
    if *found != check(place) {
        return Err(BadCursor);
    }
    serde_json::from_slice(place).map_err(|_| BadCursor)
}

fn check(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest
        .as_ref()
        .first_chunk()
        .copied()
        .unwrap_or([0; CHECK_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_and_damage_is_refused() {
        let place = (Some(41_u64), "meter-1".to_owned());
        let text = encode(&place);
        assert_eq!(decode::<(Option<u64>, String)>(&text), Ok(place));
        for index in 0..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged[index] = if damaged[index] == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8(damaged).unwrap();
            // The last letter of base64 without padding may hold unused bits, which are refused as well.
            assert_eq!(
                decode::<(Option<u64>, String)>(&damaged),
                Err(BadCursor),
                "{damaged}"
            );
        }
        for nonsense in ["", "x", "…", "AAAA", "AAAAAAAAAAAA", &"A".repeat(20_000)] {
            assert_eq!(decode::<(Option<u64>, String)>(nonsense), Err(BadCursor));
        }
        assert_eq!(
            decode::<u64>(&text),
            Err(BadCursor),
            "a place of another kind"
        );
    }
}

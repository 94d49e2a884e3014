//! Shared access signatures: built by the agent, parsed and verified by the server (contract 1.1).
//!
//! ```
//! use twin::time::Timestamp;
//! use wire::sas::{Token, build, resource_of_device};
//!
//! let key = b"0123456789abcdef0123456789abcdef";
//! let resource = resource_of_device("localhost", "dev-1");
//! let text = build(&resource, key, None, Timestamp::from_ms(1_893_456_000_000));
//!
//! let token = Token::parse(&text)?;
//! assert_eq!(token.verify(&[key], "localhost/devices/dev-1", Timestamp::from_ms(0)), Ok(()));
//! # Ok::<(), wire::sas::SasError>(())
//! ```
//!
//! The signature is over the resource exactly as the token writes it, since clients encode it differently. Which keys a
//! resource or a policy has is for the caller to know.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use twin::limits::CLOCK_DRIFT_MAX;
use twin::time::Timestamp;

use crate::percent::{Encoded, decode};

/// The word before the fields, in a password and in an `Authorization` header.
pub const SCHEME: &str = "SharedAccessSignature";

/// A token as a client presented it, not yet verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Token<'a> {
    /// `sr` as it was written: still encoded, if it was.
    pub raw_resource: &'a str,
    /// `skn`: the policy whose key signed it; `None` when the device's own key did.
    pub policy: Option<Cow<'a, str>>,
    /// `se`: when the token stops being good.
    pub expires_at: Timestamp,
    raw_expiry: &'a str,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Reads a token; its fields may come in any order, and unknown ones are passed over.
    ///
    /// # Errors
    /// [`SasError::Scheme`], [`SasError::Missing`] and [`SasError::Malformed`]; the client builds the token anew.
    pub fn parse(text: &'a str) -> Result<Self, SasError> {
        let fields = text
            .trim()
            .strip_prefix(SCHEME)
            .and_then(|rest| rest.strip_prefix(' '))
            .ok_or(SasError::Scheme)?;
        let (mut sr, mut sig, mut se, mut skn) = (None, None, None, None);
        for member in fields.trim_start().split('&') {
            let Some((name, value)) = member.split_once('=') else {
                continue;
            };
            let (slot, field) = match name {
                "sr" => (&mut sr, "sr"),
                "sig" => (&mut sig, "sig"),
                "se" => (&mut se, "se"),
                "skn" => (&mut skn, "skn"),
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(SasError::Malformed { field });
            }
        }
        let raw_expiry = se.ok_or(SasError::Missing { field: "se" })?;
        let seconds: i64 = raw_expiry
            .parse()
            .map_err(|_| SasError::Malformed { field: "se" })?;
        let signature = decode(sig.ok_or(SasError::Missing { field: "sig" })?);
        Ok(Self {
            raw_resource: sr
                .filter(|sr| !sr.is_empty())
                .ok_or(SasError::Missing { field: "sr" })?,
            policy: skn.filter(|skn| !skn.is_empty()).map(decode),
            expires_at: Timestamp::from_ms(seconds.saturating_mul(1_000)),
            raw_expiry,
            signature: STANDARD
                .decode(signature.as_ref())
                .map_err(|_| SasError::Malformed { field: "sig" })?,
        })
    }

    /// Whether the token opens `resource` at `now`: it covers it, has not expired, and one of `keys` (decoded) signed it.
    ///
    /// A clock up to five minutes behind ours is allowed for. All keys are tried and compared in constant time.
    ///
    /// # Errors
    /// [`SasError::Resource`], [`SasError::Expired`] and [`SasError::Signature`]; the client renews the token or gets its key right.
    pub fn verify(&self, keys: &[&[u8]], resource: &str, now: Timestamp) -> Result<(), SasError> {
        if !self.covers(resource) {
            return Err(SasError::Resource);
        }
        if now > self.expires_at.plus(CLOCK_DRIFT_MAX) {
            return Err(SasError::Expired {
                at: self.expires_at,
            });
        }
        let is_signed = keys.iter().fold(false, |found, key| {
            let mac = sign(key, self.raw_resource, self.raw_expiry);
            found | mac.is_some_and(|mac| mac.verify_slice(&self.signature).is_ok())
        });
        if is_signed {
            Ok(())
        } else {
            Err(SasError::Signature)
        }
    }

    /// Whether the token's resource is `resource` or above it: by whole path segments, the host case-insensitively.
    ///
    /// A port in the token's host is passed over: connection strings may carry one and the server knows none.
    ///
    /// ```
    /// # use wire::sas::Token;
    /// let token = Token::parse("SharedAccessSignature sr=HUB%2Fdevices%2Fa&sig=AAAA&se=1")?;
    /// assert!(token.covers("hub/devices/a") && token.covers("hub/devices/a/modules/m"));
    /// assert!(!token.covers("hub/devices/ab") && !token.covers("hub/devices/A") && !token.covers("hub"));
    /// # Ok::<(), wire::sas::SasError>(())
    /// ```
    pub fn covers(&self, resource: &str) -> bool {
        let granted = decode(self.raw_resource);
        let mut wanted = resource.split('/');
        let mut granted = granted.trim_end_matches('/').split('/');
        let is_same_host = granted
            .next()
            .zip(wanted.next())
            .is_some_and(|(granted, wanted)| {
                without_port(granted).eq_ignore_ascii_case(without_port(wanted))
            });
        is_same_host && granted.all(|segment| wanted.next() == Some(segment))
    }
}

impl fmt::Debug for Token<'_> {
    /// Everything but the signature.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("raw_resource", &self.raw_resource)
            .field("policy", &self.policy)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => host,
    }
}

/// Builds a token for a resource (not encoded) with a decoded key; `policy` names the key when it is not the device's own.
///
/// ```
/// # use twin::time::Timestamp;
/// let text = wire::sas::build("localhost", b"key", Some("service"), Timestamp::from_ms(1_000));
/// assert!(text.starts_with("SharedAccessSignature sr=localhost&sig="));
/// assert!(text.ends_with("&se=1&skn=service"));
/// ```
pub fn build(resource: &str, key: &[u8], policy: Option<&str>, expires_at: Timestamp) -> String {
    let resource = Encoded(resource).to_string();
    let expiry = expires_at.as_ms().div_euclid(1_000).to_string();
    let signature = sign(key, &resource, &expiry)
        .map(|mac| mac.finalize().into_bytes())
        .unwrap_or_default();
    let mut text = format!(
        "{SCHEME} sr={resource}&sig={}&se={expiry}",
        Encoded(&STANDARD.encode(signature))
    );
    if let Some(policy) = policy {
        text.push_str("&skn=");
        text.push_str(&Encoded(policy).to_string());
    }
    text
}

/// The signature over both texts as they stand in the token. HMAC takes keys of every length.
fn sign(key: &[u8], raw_resource: &str, raw_expiry: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in [raw_resource, "\n", raw_expiry] {
        mac.update(part.as_bytes());
    }
    Some(mac)
}

/// The resource of a device's own token: `{host}/devices/{id}` (contract 1.2).
pub fn resource_of_device(host: &str, device_id: &str) -> String {
    format!("{host}/devices/{device_id}")
}

/// Reads a symmetric key: standard base64 of at least one byte.
///
/// # Errors
/// [`SasError::Key`]; whoever chose the key fixes it.
///
/// ```
/// # use wire::sas::decode_key;
/// assert_eq!(decode_key("a2V5")?, b"key");
/// assert!(decode_key("not base64").is_err() && decode_key("").is_err());
/// # Ok::<(), wire::sas::SasError>(())
/// ```
pub fn decode_key(text: &str) -> Result<Vec<u8>, SasError> {
    STANDARD
        .decode(text.trim())
        .ok()
        .filter(|key| !key.is_empty())
        .ok_or(SasError::Key)
}

/// Why a token or a key is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SasError {
    /// The text does not begin with `SharedAccessSignature`.
    #[error("the token does not begin with '{SCHEME} '")]
    Scheme,
    /// A field is not there.
    #[error("the token has no '{field}'")]
    Missing {
        /// Its name in the token.
        field: &'static str,
    },
    /// A field is there twice or cannot be read.
    #[error("the token's '{field}' cannot be read")]
    Malformed {
        /// Its name in the token.
        field: &'static str,
    },
    /// The token is for something else.
    #[error("the token is for another resource")]
    Resource,
    /// The token is too old.
    #[error("the token expired at {at}")]
    Expired {
        /// When it did.
        at: Timestamp,
    },
    /// No key gives this signature.
    #[error("the token's signature is wrong")]
    Signature,
    /// A key is not base64.
    #[error("the key is not base64, send 16 to 64 bytes in standard base64")]
    Key,
}

#[cfg(test)]
mod tests;

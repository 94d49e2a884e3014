//! Who a client is: tokens, policies and certificates (contract sections 1.1 to 1.4).
//!
//! Both doors come through here: a device with its CONNECT or its HTTPS request, a service client with each request.
//! What they may do afterwards is decided in the fleet.

mod thumbprint;

use std::sync::Arc;

use fleet::access::{Action, Denied, Principal, authorize};
use fleet::provision::{Credentials, NotAdmitted};
use rmqtt_codec::v3::Connect;
use rustls_pki_types::CertificateDer;
use twin::id::DeviceId;
use twin::identity::{AuthenticationKind, Status};
use twin::time::Timestamp;
use wire::sas::{SasError, Token, resource_of_device};
use wire::username::{ClientId, Username};

use crate::hub::Hub;

/// Why a client was not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Denial {
    #[error("{0}")]
    Malformed(String),
    #[error("Authorization header missing")]
    Missing,
    #[error("The token or the user name is for another host.")]
    WrongHost,
    #[error("Authentication failed, renew token or certificate and reconnect: {0}.")]
    Token(#[from] SasError),
    #[error("The token's policy is not known.")]
    UnknownPolicy,
    #[error("The IotHub does not contain the specified device.")]
    UnknownDevice,
    #[error("The device is disabled.")]
    Disabled,
    #[error("Thumbprint does not match configuration, or the certificate is not valid now.")]
    WrongCertificate,
    #[error("The device authenticates in another way.")]
    WrongKind,
    #[error(transparent)]
    NotPermitted(#[from] Denied),
    #[error(transparent)]
    Fleet(#[from] fleet::Error),
}

/// A device that has proved who it is.
#[derive(Debug)]
pub(crate) struct Proven {
    pub(crate) device: DeviceId,
    pub(crate) credentials: Arc<Credentials>,
    /// When its token expires.
    pub(crate) expires_at: Option<Timestamp>,
    /// For the properties of its messages: `{"scope":…,"type":…,"issuer":"iothub"}`.
    pub(crate) method: &'static str,
}

/// The device that a CONNECT is from, and the model it announces (contract section 1.7).
pub(crate) async fn connect(
    hub: &Hub,
    connect: &Connect,
    certificate: Option<&CertificateDer<'_>>,
) -> Result<(Proven, Option<String>), Denial> {
    let malformed = |what: &str| Denial::Malformed(what.to_owned());
    let client_id = ClientId::parse(&connect.client_id)
        .map_err(|error| Denial::Malformed(error.to_string()))?;
    let name = connect
        .username
        .as_deref()
        .ok_or_else(|| malformed("there is no user name"))?;
    let Username::Hub(name) =
        Username::parse(name).map_err(|error| Denial::Malformed(error.to_string()))?
    else {
        return Err(Denial::WrongHost);
    };
    if name.client_id != client_id {
        return Err(malformed("the client id is not the one in the user name"));
    }
    if !is_same_host(&name.host, &hub.host_name) {
        return Err(Denial::WrongHost);
    }
    if client_id.module_id.is_some() {
        return Err(Denial::UnknownDevice);
    }
    let password = match &connect.password {
        Some(password) => Some(std::str::from_utf8(password).map_err(|_| SasError::Scheme)?),
        None => None,
    };
    let proven = device(hub, client_id.device_id, password, certificate).await?;
    Ok((proven, name.model_id))
}

/// A device by its token, or by its certificate when it shows no token.
pub(crate) async fn device(
    hub: &Hub,
    device: DeviceId,
    token: Option<&str>,
    certificate: Option<&CertificateDer<'_>>,
) -> Result<Proven, Denial> {
    let credentials = hub
        .fleet
        .provision()
        .credentials(&device)
        .await?
        .ok_or(Denial::UnknownDevice)?;
    let proven = match (token, certificate) {
        (Some(token), _) => Token::parse(token)
            .map_err(Denial::from)
            .and_then(|token| by_token(hub, &device, &credentials, &token)),
        (None, Some(certificate)) => by_certificate(&credentials, certificate, hub.now()),
        (None, None) => return Err(Denial::Missing),
    };
    // A disabled device is kept out on purpose, whatever it shows.
    if credentials.status == Status::Disabled {
        proven?;
        return Err(Denial::Disabled);
    }
    let (expires_at, method) = proven.inspect_err(|denial| {
        if let Some(why) = not_admitted(denial) {
            hub.fleet.provision().not_admitted(&device, why);
        }
    })?;
    hub.fleet.provision().admitted(&device);
    Ok(Proven {
        device,
        credentials,
        expires_at,
        method,
    })
}

/// What keeps a known device out and needs a person; `None` for what is not its own credentials' fault.
fn not_admitted(denial: &Denial) -> Option<NotAdmitted> {
    match denial {
        Denial::Token(SasError::Expired { .. }) => Some(NotAdmitted::Expired),
        Denial::Token(_) => Some(NotAdmitted::WrongKey),
        Denial::WrongCertificate => Some(NotAdmitted::WrongCertificate),
        Denial::WrongKind => Some(NotAdmitted::WrongKind),
        Denial::Malformed(_)
        | Denial::Missing
        | Denial::WrongHost
        | Denial::UnknownPolicy
        | Denial::UnknownDevice
        | Denial::Disabled
        | Denial::NotPermitted(_)
        | Denial::Fleet(_) => None,
    }
}

fn by_token(
    hub: &Hub,
    device: &DeviceId,
    credentials: &Credentials,
    token: &Token<'_>,
) -> Result<(Option<Timestamp>, &'static str), Denial> {
    let resource = resource_of_device(&hub.host_name, device.as_str());
    let method = match &token.policy {
        Some(policy) => {
            let principal = policy_of(hub, policy, token, &resource)?;
            authorize(&principal, Action::ConnectAsDevice)?;
            r#"{"scope":"hub","type":"sas","issuer":"iothub"}"#
        }
        None if credentials.authentication != AuthenticationKind::Sas => {
            return Err(Denial::WrongKind);
        }
        None => {
            let keys = present([&credentials.primary_key, &credentials.secondary_key]);
            token.verify(&keys, &resource, hub.now())?;
            r#"{"scope":"device","type":"sas","issuer":"iothub"}"#
        }
    };
    Ok((Some(token.expires_at), method))
}

fn by_certificate(
    credentials: &Credentials,
    certificate: &CertificateDer<'_>,
    now: Timestamp,
) -> Result<(Option<Timestamp>, &'static str), Denial> {
    if credentials.authentication != AuthenticationKind::SelfSigned {
        return Err(Denial::WrongKind);
    }
    if !thumbprint::is_accepted(certificate, &credentials.thumbprints, now) {
        return Err(Denial::WrongCertificate);
    }
    Ok((
        None,
        r#"{"scope":"device","type":"x509","issuer":"iothub"}"#,
    ))
}

/// A service client by the `Authorization` header of a request for `path` (decoded, with its leading slash).
pub(crate) fn service(
    hub: &Hub,
    authorization: Option<&str>,
    path: &str,
) -> Result<Principal, Denial> {
    let token = Token::parse(authorization.ok_or(Denial::Missing)?)?;
    let policy = token.policy.as_deref().ok_or(Denial::UnknownPolicy)?;
    policy_of(
        hub,
        policy,
        &token,
        &format!("{}{}", hub.host_name, path.trim_end_matches('/')),
    )
}

fn policy_of(
    hub: &Hub,
    name: &str,
    token: &Token<'_>,
    resource: &str,
) -> Result<Principal, Denial> {
    let policy = hub
        .fleet
        .access()
        .policy(name)
        .ok_or(Denial::UnknownPolicy)?;
    token.verify(
        &present([&policy.primary_key, &policy.secondary_key]),
        resource,
        hub.now(),
    )?;
    Ok(policy.principal())
}

/// A missing key is no key: everybody can sign with nothing.
fn present(keys: [&Vec<u8>; 2]) -> Vec<&[u8]> {
    keys.into_iter()
        .filter(|key| !key.is_empty())
        .map(Vec::as_slice)
        .collect()
}

/// Connection strings may name a port; the hub is known by its name alone.
fn is_same_host(given: &str, ours: &str) -> bool {
    let name = given.split_once(':').map_or(given, |(name, _port)| name);
    name.eq_ignore_ascii_case(ours)
}

//! Who an MQTT CONNECT says it is: client id and user name in all forms that clients use (contract 1.7).
//!
//! ```
//! use wire::username::{ClientId, Username};
//!
//! let Username::Hub(name) = Username::parse("localhost/d-1/?api-version=2021-04-12&model-id=dtmi:a:b;1")? else {
//!     panic!("a hub name");
//! };
//! assert_eq!(name.client_id, ClientId::parse("d-1")?);
//! assert_eq!(name.model_id.as_deref(), Some("dtmi:a:b;1"));
//! # Ok::<(), wire::username::UsernameError>(())
//! ```
//!
//! It does not prove anything: the password does, and the session compares all three.

use std::fmt;

use twin::id::{DeviceId, IdError};

use crate::percent::decode;

/// A client id: `{deviceId}` or `{deviceId}/{moduleId}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientId {
    /// The device.
    pub device_id: DeviceId,
    /// The module of it.
    pub module_id: Option<String>,
}

impl ClientId {
    /// Reads a client id.
    ///
    /// # Errors
    /// [`UsernameError::Id`] and [`UsernameError::Shape`]; the client fixes its id.
    pub fn parse(text: &str) -> Result<Self, UsernameError> {
        let (device_id, module_id) = text
            .split_once('/')
            .map_or((text, None), |(device, module)| (device, Some(module)));
        Self::new(device_id, module_id)
    }

    fn new(device_id: &str, module_id: Option<&str>) -> Result<Self, UsernameError> {
        if module_id.is_some_and(|module_id| module_id.is_empty() || module_id.contains('/')) {
            return Err(UsernameError::Shape);
        }
        Ok(Self {
            device_id: DeviceId::parse(device_id)?,
            module_id: module_id.map(str::to_owned),
        })
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.device_id)?;
        self.module_id
            .as_ref()
            .map_or(Ok(()), |module_id| write!(f, "/{module_id}"))
    }
}

/// A user name, by the service it is meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Username {
    /// `{host}/{clientId}` with parameters: a device of the hub.
    Hub(HubName),
    /// `{idScope}/registrations/{registrationId}/api-version=…`: a device that asks to be provisioned.
    Provisioning(ProvisioningName),
}

/// The user name of a device of the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubName {
    /// The host as the device calls it.
    pub host: String,
    /// Which must be the CONNECT's client id.
    pub client_id: ClientId,
    /// `api-version`; without it the hub of the contract refuses reported patches.
    pub api_version: Option<String>,
    /// `model-id`: what the twin's `modelId` becomes.
    pub model_id: Option<String>,
    /// `DeviceClientType`: the client library.
    pub client_type: Option<String>,
}

/// The user name of a device that asks to be provisioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisioningName {
    /// The scope of the provisioning service.
    pub id_scope: String,
    /// Which must be the CONNECT's client id.
    pub registration_id: String,
    /// `api-version`.
    pub api_version: Option<String>,
    /// `ClientVersion`: the client library.
    pub client_version: Option<String>,
}

impl Username {
    /// Reads a user name: parameters after `/?` or `/`, or none at all; unknown ones are passed over.
    ///
    /// # Errors
    /// [`UsernameError::Shape`] and [`UsernameError::Id`]; the client fixes its name.
    pub fn parse(text: &str) -> Result<Self, UsernameError> {
        let (host, rest) = text
            .split_once('/')
            .filter(|(host, _)| !host.is_empty())
            .ok_or(UsernameError::Shape)?;
        if let Some((registration_id, parameters)) = rest
            .strip_prefix("registrations/")
            .and_then(|rest| rest.split_once('/'))
            && is_parameters(parameters)
            && !parameters.starts_with('?')
        {
            return Ok(Self::Provisioning(ProvisioningName {
                id_scope: host.to_owned(),
                registration_id: registration_id.to_owned(),
                api_version: parameter(parameters, "api-version"),
                client_version: parameter(parameters, "ClientVersion"),
            }));
        }
        let (device_id, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let (module_id, parameters) = match rest {
            "" => (None, ""),
            rest if is_parameters(rest) => (None, rest),
            rest => rest
                .split_once('/')
                .map_or((Some(rest), ""), |(module_id, rest)| {
                    (Some(module_id), rest)
                }),
        };
        if !parameters.is_empty() && !is_parameters(parameters) {
            return Err(UsernameError::Shape);
        }
        Ok(Self::Hub(HubName {
            host: host.to_owned(),
            client_id: ClientId::new(device_id, module_id)?,
            api_version: parameter(parameters, "api-version"),
            model_id: parameter(parameters, "model-id"),
            client_type: parameter(parameters, "DeviceClientType"),
        }))
    }
}

/// Whether this is where parameters begin, and not a module's name.
fn is_parameters(text: &str) -> bool {
    [
        "?",
        "api-version=",
        "DeviceClientType=",
        "model-id=",
        "ClientVersion=",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}

/// A parameter decoded; an empty one is none.
fn parameter(parameters: &str, name: &str) -> Option<String> {
    let parameters = parameters.strip_prefix('?').unwrap_or(parameters);
    let mut members = parameters
        .split('&')
        .filter_map(|member| member.split_once('='));
    let (_, value) = members.find(|(key, value)| *key == name && !value.is_empty())?;
    Some(decode(value).into_owned())
}

impl fmt::Display for HubName {
    /// The form that the agent sends: `{host}/{clientId}/?api-version=…&DeviceClientType=…&model-id=…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/", self.host, self.client_id)?;
        let parameters = [
            ("api-version", &self.api_version),
            ("DeviceClientType", &self.client_type),
            ("model-id", &self.model_id),
        ];
        let given = parameters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        for (index, (name, value)) in given.enumerate() {
            write!(
                f,
                "{}{name}={}",
                if index == 0 { '?' } else { '&' },
                crate::percent::Encoded(value)
            )?;
        }
        Ok(())
    }
}

/// Why a client id or a user name is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    /// It has none of the forms.
    #[error(
        "the name has none of the forms that the contract knows, write host/deviceId/?api-version=2021-04-12"
    )]
    Shape,
    /// The device id in it is none.
    #[error(transparent)]
    Id(#[from] IdError),
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    fn hub(text: &str) -> HubName {
        match Username::parse(text) {
            Ok(Username::Hub(name)) => name,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn all_forms_of_the_contract_are_read() {
        for (text, client_id, api_version, model_id, client_type) in [
            (
                "h/d/?api-version=2019-10-01&DeviceClientType=py%2F2.14",
                "d",
                Some("2019-10-01"),
                None,
                Some("py/2.14"),
            ),
            (
                "h/d/?api-version=2021-04-12&model-id=dtmi:a:b;1&DeviceClientType=x",
                "d",
                Some("2021-04-12"),
                Some("dtmi:a:b;1"),
                Some("x"),
            ),
            (
                "h/d/?api-version=2020-09-30&DeviceClientType=x&model-id=dtmi%3Aa%3Bb",
                "d",
                Some("2020-09-30"),
                Some("dtmi:a;b"),
                Some("x"),
            ),
            (
                "h/d/api-version=2016-11-14",
                "d",
                Some("2016-11-14"),
                None,
                None,
            ),
            (
                "h/d/api-version=2016-11-14&DeviceClientType=x",
                "d",
                Some("2016-11-14"),
                None,
                Some("x"),
            ),
            ("h/d", "d", None, None, None),
            ("h/d/", "d", None, None, None),
            ("h/d/m/?api-version=1", "d/m", Some("1"), None, None),
            ("h/d/m", "d/m", None, None, None),
            ("h/d/m/api-version=1", "d/m", Some("1"), None, None),
            (
                "h/registrations/?api-version=1",
                "registrations",
                Some("1"),
                None,
                None,
            ),
        ] {
            let name = hub(text);
            assert_eq!(
                (name.host.as_str(), name.client_id.to_string().as_str()),
                ("h", client_id),
                "{text}"
            );
            assert_eq!(
                (
                    name.api_version.as_deref(),
                    name.model_id.as_deref(),
                    name.client_type.as_deref()
                ),
                (api_version, model_id, client_type),
                "{text}"
            );
        }
    }

    #[test]
    fn a_provisioning_name_is_told_apart() {
        let name = Username::parse(
            "0ne00000001/registrations/reg-1/api-version=2019-03-31&ClientVersion=py%2F2",
        );
        assert_eq!(
            name,
            Ok(Username::Provisioning(ProvisioningName {
                id_scope: "0ne00000001".to_owned(),
                registration_id: "reg-1".to_owned(),
                api_version: Some("2019-03-31".to_owned()),
                client_version: Some("py/2".to_owned()),
            }))
        );
    }

    #[test]
    fn what_has_no_form_is_refused() {
        for text in [
            "",
            "h",
            "h/",
            "/d",
            "h/d/m/x",
            "h/d/m/x/?api-version=1",
            "h/d e/?api-version=1",
        ] {
            assert!(Username::parse(text).is_err(), "{text}");
        }
        for text in ["", "d/", "d/m/x", "/m"] {
            assert!(ClientId::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn names_round_trip(
            device_id in "[a-zA-Z0-9.+%_#*?!(),=@$':-]{1,16}",
            module_id in option::of("[a-z]{1,6}"),
            api_version in option::of("[0-9-]{1,10}"),
            model_id in option::of(".{1,8}"),
            client_type in option::of(".{1,8}"),
        ) {
            prop_assume!(device_id != "registrations");
            let client_id = ClientId { device_id: DeviceId::parse(&device_id).unwrap(), module_id };
            let name = HubName { host: "hub.example".to_owned(), client_id, api_version, model_id, client_type };
            prop_assert_eq!(Username::parse(&name.to_string()), Ok(Username::Hub(name.clone())));
            prop_assert_eq!(ClientId::parse(&name.client_id.to_string()), Ok(name.client_id));
        }
    }
}

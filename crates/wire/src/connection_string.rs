//! Connection strings: where the hub is and what to prove oneself with (contract 1.6).
//!
//! ```
//! use wire::connection_string::{ConnectionString, Credential, Holder};
//!
//! let parsed = ConnectionString::parse("HostName=localhost;DeviceId=d-1;SharedAccessKey=a2V5")?;
//! let Holder::Device { device_id, credential, .. } = &parsed.holder else { panic!("a device") };
//! assert_eq!((parsed.host_name.as_str(), device_id.as_str()), ("localhost", "d-1"));
//! assert_eq!(credential, &Credential::Key("a2V5".to_owned()));
//! assert_eq!(parsed.to_string(), "HostName=localhost;DeviceId=d-1;SharedAccessKey=a2V5");
//! # Ok::<(), wire::connection_string::ConnectionStringError>(())
//! ```
//!
//! Printing shows the key, [`fmt::Debug`] does not. Strings of event hubs and storage accounts are not read here.

use std::fmt;

use twin::id::{DeviceId, IdError};

/// A connection string of the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionString {
    /// `HostName`: what user names and tokens say.
    pub host_name: String,
    /// `GatewayHostName`: where to connect to instead of the host.
    pub gateway_host_name: Option<String>,
    /// Who it is for.
    pub holder: Holder,
}

/// Who a connection string is for.
#[derive(Clone, PartialEq, Eq)]
pub enum Holder {
    /// A service client with a policy.
    Policy {
        /// `SharedAccessKeyName`.
        name: String,
        /// `SharedAccessKey`: base64.
        key: String,
    },
    /// A device or a module of it.
    Device {
        /// `DeviceId`.
        device_id: DeviceId,
        /// `ModuleId`.
        module_id: Option<String>,
        /// What it proves itself with.
        credential: Credential,
    },
}

/// What a device proves itself with.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// `SharedAccessKey`: base64.
    Key(String),
    /// `SharedAccessSignature`: a token made elsewhere.
    Token(String),
    /// `x509=true`: a certificate.
    Certificate,
}

impl ConnectionString {
    /// Reads a connection string; unknown members are passed over.
    ///
    /// # Errors
    /// [`ConnectionStringError`] says which member is missing, given twice or not understood; whoever wrote the text fixes it.
    pub fn parse(text: &str) -> Result<Self, ConnectionStringError> {
        let members = Members::read(text)?;
        let host_name = members.require("HostName")?;
        let holder = match members.get("DeviceId") {
            Some(device_id) => Holder::Device {
                device_id: DeviceId::parse(device_id)?,
                module_id: members.get("ModuleId").map(str::to_owned),
                credential: members.credential()?,
            },
            None => Holder::Policy {
                name: members
                    .get("SharedAccessKeyName")
                    .ok_or(ConnectionStringError::Missing {
                        member: "DeviceId or SharedAccessKeyName",
                    })?
                    .to_owned(),
                key: members.require("SharedAccessKey")?.to_owned(),
            },
        };
        Ok(Self {
            host_name: host_name.to_owned(),
            gateway_host_name: members.get("GatewayHostName").map(str::to_owned),
            holder,
        })
    }
}

struct Members<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Members<'a> {
    fn read(text: &'a str) -> Result<Self, ConnectionStringError> {
        let mut members: Vec<(&str, &str)> = Vec::new();
        for member in text.trim().split(';').filter(|member| !member.is_empty()) {
            let (name, value) = member.split_once('=').ok_or(ConnectionStringError::Shape)?;
            if members.iter().any(|(known, _)| *known == name) {
                return Err(ConnectionStringError::Twice {
                    member: name.chars().take(64).collect(),
                });
            }
            members.push((name, value));
        }
        Ok(Self(members))
    }

    /// A member that is there and not empty.
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(known, value)| *known == name && !value.is_empty())
            .map(|(_, value)| *value)
    }

    fn require(&self, member: &'static str) -> Result<&'a str, ConnectionStringError> {
        self.get(member)
            .ok_or(ConnectionStringError::Missing { member })
    }

    /// The one credential of a device.
    fn credential(&self) -> Result<Credential, ConnectionStringError> {
        let key = self
            .get("SharedAccessKey")
            .map(|key| Credential::Key(key.to_owned()));
        let token = self
            .get("SharedAccessSignature")
            .map(|token| Credential::Token(token.to_owned()));
        let is_x509 = self
            .get("x509")
            .is_some_and(|x509| x509.eq_ignore_ascii_case("true"));
        let mut given = [key, token, is_x509.then_some(Credential::Certificate)]
            .into_iter()
            .flatten();
        match (given.next(), given.next()) {
            (Some(credential), None) => Ok(credential),
            (Some(_), Some(_)) => Err(ConnectionStringError::Credentials),
            (None, _) => Err(ConnectionStringError::Missing {
                member: "SharedAccessKey",
            }),
        }
    }
}

impl fmt::Display for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostName={}", self.host_name)?;
        match &self.holder {
            Holder::Policy { name, key } => {
                write!(f, ";SharedAccessKeyName={name};SharedAccessKey={key}")?;
            }
            Holder::Device {
                device_id,
                module_id,
                credential,
            } => {
                write!(f, ";DeviceId={device_id}")?;
                if let Some(module_id) = module_id {
                    write!(f, ";ModuleId={module_id}")?;
                }
                match credential {
                    Credential::Key(key) => write!(f, ";SharedAccessKey={key}")?,
                    Credential::Token(token) => write!(f, ";SharedAccessSignature={token}")?,
                    Credential::Certificate => f.write_str(";x509=true")?,
                }
            }
        }
        self.gateway_host_name
            .as_ref()
            .map_or(Ok(()), |gateway| write!(f, ";GatewayHostName={gateway}"))
    }
}

impl fmt::Debug for Holder {
    /// Everything but the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy { name, .. } => f
                .debug_struct("Policy")
                .field("name", name)
                .finish_non_exhaustive(),
            Self::Device {
                device_id,
                module_id,
                credential,
            } => f
                .debug_struct("Device")
                .field("device_id", device_id)
                .field("module_id", module_id)
                .field("credential", credential)
                .finish(),
        }
    }
}

impl fmt::Debug for Credential {
    /// The kind alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key(..)",
            Self::Token(_) => "Token(..)",
            Self::Certificate => "Certificate",
        })
    }
}

/// Why a text is not a connection string; no message repeats a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionStringError {
    /// A member without `=`.
    #[error("a connection string is made of Name=value members joined by ';'")]
    Shape,
    /// A member is not there or empty.
    #[error("the connection string has no {member}")]
    Missing {
        /// Its name.
        member: &'static str,
    },
    /// A member is there twice.
    #[error("the connection string has {member} twice")]
    Twice {
        /// Its name, cut to 64 characters.
        member: String,
    },
    /// More than one of key, token and certificate.
    #[error(
        "the connection string has more than one of SharedAccessKey, SharedAccessSignature and x509, keep one"
    )]
    Credentials,
    /// The device id is none.
    #[error(transparent)]
    DeviceId(#[from] IdError),
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_the_contract_round_trips() {
        for text in [
            "HostName=h;SharedAccessKeyName=iothubowner;SharedAccessKey=a2V5PQ==",
            "HostName=h;DeviceId=d;SharedAccessKey=a2V5PQ==",
            "HostName=h;DeviceId=d;ModuleId=m;SharedAccessKey=a2V5PQ==",
            "HostName=h;DeviceId=d;x509=true",
            "HostName=h;DeviceId=d;SharedAccessSignature=SharedAccessSignature sr=h%2Fdevices%2Fd&sig=AA%3D&se=1",
            "HostName=h;DeviceId=d;SharedAccessKey=a2V5;GatewayHostName=edge",
        ] {
            assert_eq!(ConnectionString::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn unknown_members_and_a_last_semicolon_are_passed_over() {
        let text = "HostName=h;Color=red;DeviceId=d;SharedAccessKey=a2V5;";
        assert_eq!(
            ConnectionString::parse(text).unwrap().to_string(),
            "HostName=h;DeviceId=d;SharedAccessKey=a2V5"
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        use ConnectionStringError as E;
        for (text, error) in [
            ("", E::Missing { member: "HostName" }),
            ("HostName", E::Shape),
            (
                "HostName=h",
                E::Missing {
                    member: "DeviceId or SharedAccessKeyName",
                },
            ),
            (
                "HostName=h;SharedAccessKeyName=p",
                E::Missing {
                    member: "SharedAccessKey",
                },
            ),
            (
                "HostName=h;DeviceId=d",
                E::Missing {
                    member: "SharedAccessKey",
                },
            ),
            (
                "HostName=h;HostName=i",
                E::Twice {
                    member: "HostName".to_owned(),
                },
            ),
            (
                "HostName=h;DeviceId=d;SharedAccessKey=k;x509=true",
                E::Credentials,
            ),
            (
                "HostName=h;DeviceId=a/b;SharedAccessKey=k",
                E::DeviceId(IdError::Character { character: '/' }),
            ),
        ] {
            assert_eq!(ConnectionString::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        for text in [
            "HostName=h;DeviceId=d;SharedAccessKey=c2VjcmV0",
            "HostName=h;SharedAccessKeyName=p;SharedAccessKey=c2VjcmV0",
        ] {
            assert!(!format!("{:?}", ConnectionString::parse(text).unwrap()).contains("c2VjcmV0"));
        }
    }

    proptest! {
        #[test]
        fn printed_strings_read_back(
            host_name in "[a-z.]{1,12}",
            gateway_host_name in option::of("[a-z.]{1,12}"),
            device_id in "[a-zA-Z0-9.+%_#*?!(),=@$':-]{1,16}",
            key in "[a-zA-Z0-9+/]{4,12}={0,2}",
        ) {
            let holder = Holder::Device { device_id: DeviceId::parse(&device_id).unwrap(), module_id: None, credential: Credential::Key(key) };
            let given = ConnectionString { host_name, gateway_host_name, holder };
            prop_assert_eq!(ConnectionString::parse(&given.to_string()), Ok(given));
        }
    }
}

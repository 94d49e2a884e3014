//! Who a client connects as, and the CONNECT packet that says so.

use std::time::Duration;

use rmqtt_codec::types::Protocol;
use rmqtt_codec::v3::{Connect, Packet};
use twin::id::DeviceId;
use twin::time::Timestamp;
use wire::connection_string::{ConnectionString, ConnectionStringError, Credential, Holder};
use wire::sas::{self, SasError};
use wire::username::{ClientId, HubName};

/// The version of the contract that the client speaks.
const API_VERSION: &str = "2021-04-12";

/// An identity with the means to prove it.
#[derive(Clone)]
pub struct Login {
    name: HubName,
    device_id: String,
    gateway: Option<String>,
    proof: Proof,
}

#[derive(Clone)]
enum Proof {
    /// The device's own key.
    DeviceKey(Vec<u8>),
    /// The key of a policy that may connect as any device.
    PolicyKey { policy: String, key: Vec<u8> },
    /// A token made elsewhere, used as it is until it expires.
    Token(String),
}

/// A connection string cannot be used to connect as a device.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// It cannot be read.
    #[error("the connection string cannot be read")]
    ConnectionString(#[from] ConnectionStringError),
    /// The key is not base64.
    #[error("the key of the connection string cannot be read")]
    Key(#[from] SasError),
    /// It is a service client's, and no device was named.
    #[error("the connection string is not a device's")]
    NotADevice,
    /// It asks for something that this client does not speak.
    #[error("the client does not support {0}")]
    Unsupported(&'static str),
}

impl Login {
    /// Reads a device's connection string.
    ///
    /// # Errors
    /// [`LoginError`]: whoever gave the string fixes it. X.509 and module identities are not supported.
    pub fn parse(connection_string: &str) -> Result<Self, LoginError> {
        let parsed = ConnectionString::parse(connection_string)?;
        let Holder::Device {
            device_id,
            module_id,
            credential,
        } = parsed.holder
        else {
            return Err(LoginError::NotADevice);
        };
        if module_id.is_some() {
            return Err(LoginError::Unsupported("module identities"));
        }
        let proof = match credential {
            Credential::Key(key) => Proof::DeviceKey(sas::decode_key(&key)?),
            Credential::Token(token) => Proof::Token(token),
            Credential::Certificate => return Err(LoginError::Unsupported("X.509 certificates")),
        };
        Ok(Self::new(
            parsed.host_name,
            parsed.gateway_host_name,
            &device_id,
            proof,
        ))
    }

    /// Connects as `device_id` with a policy's connection string; the policy needs the permission `DeviceConnect`.
    ///
    /// # Errors
    /// [`LoginError`]: the string is not a policy's, or its key is not base64.
    pub fn with_policy(
        policy: &ConnectionString,
        device_id: &DeviceId,
    ) -> Result<Self, LoginError> {
        let Holder::Policy { name, key } = &policy.holder else {
            return Err(LoginError::Unsupported(
                "a device's connection string in place of a policy's",
            ));
        };
        let proof = Proof::PolicyKey {
            policy: name.clone(),
            key: sas::decode_key(key)?,
        };
        Ok(Self::new(
            policy.host_name.clone(),
            policy.gateway_host_name.clone(),
            device_id,
            proof,
        ))
    }

    /// Announces a model id, which becomes the twin's `modelId`.
    #[must_use]
    pub fn with_model_id(mut self, model_id: &str) -> Self {
        self.name.model_id = Some(model_id.to_owned());
        self
    }

    fn new(host: String, gateway: Option<String>, device_id: &DeviceId, proof: Proof) -> Self {
        let name = HubName {
            host,
            client_id: ClientId {
                device_id: device_id.clone(),
                module_id: None,
            },
            api_version: Some(API_VERSION.to_owned()),
            model_id: None,
            client_type: Some(concat!("tandem-agent/", env!("CARGO_PKG_VERSION")).to_owned()),
        };
        Self {
            name,
            device_id: device_id.as_str().to_owned(),
            gateway,
            proof,
        }
    }

    /// The device's id.
    pub fn device_id(&self) -> &str {
        &self.device_id
    }

    /// The name in the hub's certificate: the gateway's when there is one.
    pub fn host_name(&self) -> &str {
        self.gateway.as_deref().unwrap_or(&self.name.host)
    }

    /// The CONNECT packet, with a token that is valid for `validity` from `now`.
    pub(super) fn connect(
        &self,
        now: Timestamp,
        validity: Duration,
        keep_alive: Duration,
    ) -> Packet {
        let resource = sas::resource_of_device(&self.name.host, &self.device_id);
        let expires_at = now.plus(validity);
        let password = match &self.proof {
            Proof::DeviceKey(key) => sas::build(&resource, key, None, expires_at),
            Proof::PolicyKey { policy, key } => {
                sas::build(&resource, key, Some(policy), expires_at)
            }
            Proof::Token(token) => token.clone(),
        };
        Connect {
            protocol: Protocol::default(),
            clean_session: false,
            keep_alive: u16::try_from(keep_alive.as_secs()).unwrap_or(u16::MAX),
            last_will: None,
            client_id: self.device_id.as_str().into(),
            username: Some(self.name.to_string().into()),
            password: Some(password.into()),
            cert: None,
        }
        .into()
    }
}

impl std::fmt::Debug for Login {
    /// Everything but the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    fn connect(login: &Login) -> (String, String) {
        let now = Timestamp::from_ms(1_893_452_400_000);
        let Packet::Connect(connect) =
            login.connect(now, Duration::from_hours(1), Duration::from_mins(1))
        else {
            panic!("a CONNECT");
        };
        assert!(!connect.clean_session);
        assert_eq!(connect.keep_alive, 60);
        let password = String::from_utf8(connect.password.unwrap().to_vec()).unwrap();
        (connect.username.unwrap().to_string(), password)
    }

    #[test]
    fn a_device_signs_with_its_own_key() {
        let login = Login::parse(&format!(
            "HostName=localhost;DeviceId=dev-1;SharedAccessKey={KEY}"
        ))
        .unwrap();
        let (username, password) = connect(&login.with_model_id("dtmi:tandem:meter;1"));
        assert!(username.starts_with(
            "localhost/dev-1/?api-version=2021-04-12&DeviceClientType=tandem-agent%2F"
        ));
        assert!(username.ends_with("&model-id=dtmi%3Atandem%3Ameter%3B1"));
        // The test vector of contract section 1.1.
        assert_eq!(
            password,
            "SharedAccessSignature sr=localhost%2Fdevices%2Fdev-1\
             &sig=CMjFVRu%2FlkIIObfLbOwRQKxH8AqOy1R%2FQpMkTkd36VI%3D&se=1893456000"
        );
    }

    #[test]
    fn a_policy_signs_for_any_device() {
        let text = format!("HostName=localhost;SharedAccessKeyName=device;SharedAccessKey={KEY}");
        let policy = ConnectionString::parse(&text).unwrap();
        let login = Login::with_policy(&policy, &DeviceId::parse("dev-1").unwrap()).unwrap();
        let (_, password) = connect(&login);
        assert!(
            password.ends_with("&se=1893456000&skn=device"),
            "{password}"
        );
    }

    #[test]
    fn a_gateway_is_where_the_connection_goes_and_not_what_the_token_says() {
        let text = format!("HostName=hub;DeviceId=d;SharedAccessKey={KEY};GatewayHostName=edge");
        let login = Login::parse(&text).unwrap();
        assert_eq!(login.host_name(), "edge");
        let (username, password) = connect(&login);
        assert!(username.starts_with("hub/d/"));
        assert!(password.contains("sr=hub%2Fdevices%2Fd&"));
    }

    #[test]
    fn strings_that_do_not_fit_are_refused() {
        for text in [
            "HostName=h;SharedAccessKeyName=iothubowner;SharedAccessKey=a2V5",
            "HostName=h;DeviceId=d;x509=true",
            "HostName=h;DeviceId=d;ModuleId=m;SharedAccessKey=a2V5",
            "HostName=h;DeviceId=d;SharedAccessKey=%%%",
            "nonsense",
        ] {
            assert!(Login::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn keys_stay_out_of_logs() {
        let login = Login::parse(&format!(
            "HostName=localhost;DeviceId=dev-1;SharedAccessKey={KEY}"
        ))
        .unwrap();
        assert!(!format!("{login:?}").contains(KEY));
    }
}

//! Plays devices at a person's wish: one device of the agent library each, over real MQTT and TLS to this very hub.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use agent::client::{Dial, Endpoint, Login};
use agent::model::{Kind, Origin};
use agent::profile::Profile;
use agent::swarm::{self, Member, SwarmConfig};
use anyhow::{Context, Result};
use async_trait::async_trait;
use fleet::provision::{SIMULATED, Simulator};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use twin::Map;
use twin::id::DeviceId;

/// The seed of what a simulated device measures; its name is mixed into it.
const SEED: u64 = 1;

/// The way to the hub of this process.
pub(crate) struct OwnHub {
    dial: Arc<dyn Dial>,
}

impl OwnHub {
    /// A way to the MQTT listener at `address`, which shows a certificate for `host_name` that these authorities
    /// vouch for.
    ///
    /// # Errors
    /// When the authorities cannot be read.
    pub(crate) fn new(host_name: &str, address: SocketAddr, ca_pem: &[u8]) -> Result<Self> {
        let host = match address {
            SocketAddr::V4(v4) if v4.ip().is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
            SocketAddr::V6(v6) if v6.ip().is_unspecified() => Ipv6Addr::LOCALHOST.to_string(),
            other => other.ip().to_string(),
        };
        let endpoint = Endpoint::new(host_name, (&host, address.port()), ca_pem)
            .context("simulated devices cannot trust the hub")?;
        let dial = Arc::new(endpoint);
        Ok(Self { dial })
    }
}

#[async_trait]
impl Simulator for OwnHub {
    async fn play(&self, device: &DeviceId, connection_string: &str, stop: CancellationToken) {
        let login = match Login::parse(connection_string) {
            Ok(login) => login,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(device.id = %device, error, "Device {device} cannot be simulated.");
                return;
            }
        };
        let origin = Origin::of(Kind::Meter);
        let members = vec![Member { login, origin }];
        let marks = Map::from_iter([(SIMULATED.to_owned(), Value::Bool(true))]);
        let config = SwarmConfig {
            profile: Profile::faultless(),
            marks,
            ..SwarmConfig::new(Arc::clone(&self.dial), members, SEED)
        };
        let _report = swarm::run(config, stop).await;
        tracing::info!(device.id = %device, "Device {device} is not simulated any more.");
    }
}

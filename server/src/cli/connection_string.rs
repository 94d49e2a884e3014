use anyhow::{Context, Result};
use clap::Args;
use fleet::access::WhichKey;
use twin::id::DeviceId;

use super::door::{COMMAND, quiet};
use crate::config::Data;
use crate::wire_up::Wired;

/// `tandem connection-string`.
#[derive(Args, Debug)]
pub(crate) struct ConnectionString {
    #[command(flatten)]
    data: Data,

    /// A service policy: iothubowner, service, device, registryRead or registryReadWrite.
    #[arg(
        long,
        default_value = "iothubowner",
        conflicts_with = "device",
        value_name = "NAME"
    )]
    policy: String,

    /// A device, instead of a policy.
    #[arg(long, value_name = "ID")]
    device: Option<String>,

    /// Name that clients know the hub by.
    #[arg(
        long,
        env = "TANDEM_HOST_NAME",
        default_value = "localhost",
        value_name = "NAME"
    )]
    host_name: String,

    /// Give the secondary key, for changing the primary one without an interruption.
    #[arg(long)]
    secondary: bool,
}

impl ConnectionString {
    #[expect(clippy::print_stdout, reason = "the string is this command's output")]
    pub(crate) async fn run(self) -> Result<()> {
        let door = quiet(&self.data, &self.host_name).await?;
        let string = self.make(&door.wired).await;
        door.wired.store.close().await;
        println!("{}", string?);
        Ok(())
    }

    async fn make(&self, wired: &Wired) -> Result<String> {
        let fleet = &wired.fleet;
        let Some(device) = &self.device else {
            let which = if self.secondary {
                WhichKey::Secondary
            } else {
                WhichKey::Primary
            };
            return Ok(fleet
                .access()
                .connection_string(&COMMAND, &self.policy, which)?);
        };
        let id = DeviceId::parse(device)?;
        let keys = fleet.provision().keys(&COMMAND, &id).await?;
        let (primary, secondary) =
            keys.with_context(|| format!("there is no device {id} that proves itself by a key"))?;
        let key = if self.secondary { secondary } else { primary };
        Ok(fleet.provision().connection_string(&id, &key))
    }
}

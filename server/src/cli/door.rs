//! Where a command does its work: in the server that runs, because its memory must follow, or in the database when none
//! does.

use std::path::Path;

use anyhow::Result;
use fleet::access::{Principal, WhichKey};

use crate::config::{Data, Remote};
use crate::service_client::ServiceClient;
use crate::serving::{Holder, Serving, Whereabouts, holder};
use crate::wire_up::{self, Wired};

/// Who a command is, to the fleet.
pub(super) const COMMAND: Principal = Principal::System("command line");
/// The policy of the data directory that a server is asked with.
const POLICY: &str = "iothubowner";

/// A way to the fleet.
pub(super) enum Door {
    /// Through a server.
    Server(ServiceClient),
    /// Through the database, which no server opens meanwhile.
    Database {
        /// The fleet over it.
        wired: Wired,
        /// Keeps servers away.
        _serving: Serving,
    },
}

impl Door {
    /// The server of the connection string or of the data directory, or else the database.
    ///
    /// # Errors
    /// When none of them can be used.
    pub(super) async fn open(data: &Data, remote: &Remote) -> Result<Self> {
        if let Some(connection_string) = &remote.connection_string {
            let ca_file = remote.ca_file.clone();
            let ca_file = ca_file.unwrap_or_else(|| data.file("ca.pem"));
            let client = ServiceClient::new(connection_string, None, &ca_file)?;
            return Ok(Self::Server(client));
        }
        Ok(match holder(data).await? {
            Holder::Us(serving) => Self::Database {
                wired: wire_up::open(data, "localhost").await?,
                _serving: serving,
            },
            Holder::Server(server) => {
                Self::Server(beside(data, &server, remote.ca_file.as_deref()).await?)
            }
        })
    }

    /// Lets go of the database.
    pub(super) async fn close(self) {
        if let Self::Database { wired, .. } = self {
            wired.store.close().await;
        }
    }
}

/// A client of the server that has the data directory, with a key from there.
async fn beside(
    data: &Data,
    server: &Whereabouts,
    ca_file: Option<&Path>,
) -> Result<ServiceClient> {
    let wired = wire_up::open(data, &server.host_name).await?;
    let access = wired.fleet.access();
    let connection_string = access.connection_string(&COMMAND, POLICY, WhichKey::Primary);
    wired.store.close().await;
    let address = server.reachable();
    ServiceClient::new(
        &connection_string?,
        Some((address.ip().to_string(), address.port())),
        ca_file.unwrap_or(&server.ca_file),
    )
}

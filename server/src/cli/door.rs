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
                wired: wire_up::alone(data, "localhost", &serving).await?,
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

/// The fleet for work that goes on beside a server as well: alone when nobody has the data directory, so that the first
/// command may come before the first server.
///
/// # Errors
/// When the database cannot be used, or was made by an earlier release and somebody else has it.
pub(super) async fn quiet(data: &Data, host_name: &str) -> Result<Quiet> {
    if let Some(serving) = Serving::try_hold(data)? {
        let wired = wire_up::alone(data, host_name, &serving).await?;
        return Ok(Quiet {
            wired,
            _serving: Some(serving),
        });
    }
    let wired = wire_up::beside(data, host_name).await?;
    Ok(Quiet {
        wired,
        _serving: None,
    })
}

/// A fleet for a command, and the data directory when nobody else has it.
pub(super) struct Quiet {
    /// The fleet.
    pub(super) wired: Wired,
    _serving: Option<Serving>,
}

/// A client of the server that has the data directory, with a key from there.
async fn beside(
    data: &Data,
    server: &Whereabouts,
    ca_file: Option<&Path>,
) -> Result<ServiceClient> {
    let wired = wire_up::beside(data, &server.host_name).await?;
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

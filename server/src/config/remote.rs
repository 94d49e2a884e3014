use std::path::PathBuf;

use clap::Args;

/// A hub on another machine, for commands that a running hub carries out.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Another hub")]
pub(crate) struct Remote {
    /// Connection string of a service policy of the hub to ask, instead of the one of the data directory.
    #[arg(
        long,
        env = "TANDEM_CONNECTION_STRING",
        hide_env_values = true,
        value_name = "STRING"
    )]
    pub(crate) connection_string: Option<String>,

    /// Certificates to trust a hub by (PEM); `ca.pem` of the data directory unless given.
    #[arg(long, env = "TANDEM_CA_FILE", value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}

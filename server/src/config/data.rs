use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::private;

/// Where everything is kept.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Data")]
pub(crate) struct Data {
    /// Directory of the database, the sealing key, `ca.pem` and the hub's certificate.
    #[arg(
        long,
        env = "TANDEM_DATA_DIR",
        default_value = "./tandem-data",
        value_name = "DIR"
    )]
    pub(crate) data_dir: PathBuf,

    /// Database address; SQLite in the data directory unless given (`sqlite:/path/to/file.db`).
    #[arg(long, env = "TANDEM_DATABASE_URL", value_name = "URL")]
    pub(crate) database_url: Option<String>,
}

impl Data {
    /// The database's address, given or made from the data directory.
    pub(crate) fn database_url(&self) -> String {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.file("tandem.db").display()))
    }

    /// The file that holds the key which seals secrets in the database.
    pub(crate) fn sealing_key(&self) -> PathBuf {
        self.file("sealing.key")
    }

    /// Makes the data directory, unless it is there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn make_dir(&self) -> Result<()> {
        private::create_dir_all(&self.data_dir).with_context(|| {
            let directory = self.data_dir.display();
            format!("the data directory {directory} cannot be made")
        })
    }

    /// A file in the data directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        Path::new(&self.data_dir).join(name)
    }
}

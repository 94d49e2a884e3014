use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::config::Data;
use crate::wire_up;

/// `tandem backup`.
#[derive(Args, Debug)]
pub(crate) struct Backup {
    #[command(flatten)]
    data: Data,

    /// The file to write; it must not exist. Keep `sealing.key` with it: without it no stored key can be read.
    file: PathBuf,
}

impl Backup {
    pub(crate) async fn run(self) -> Result<()> {
        let store = wire_up::store(&self.data).await?;
        let done = store.backup(&self.file).await;
        store.close().await;
        done.with_context(|| format!("the backup {} could not be written", self.file.display()))
    }
}

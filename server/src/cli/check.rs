use anyhow::{Context, Result, bail};
use clap::Args;

use crate::config::{Data, Hub};
use crate::wire_up;

/// `tandem check`.
#[derive(Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    hub: Hub,
}

impl Check {
    #[expect(
        clippy::print_stdout,
        reason = "the findings are this command's output"
    )]
    pub(crate) async fn run(self) -> Result<()> {
        for file in [&self.hub.hub_tls_cert, &self.hub.hub_tls_key]
            .into_iter()
            .flatten()
        {
            std::fs::metadata(file)
                .with_context(|| format!("{} cannot be read", file.display()))?;
        }
        let store = match wire_up::store(&self.data).await {
            Ok(store) => store,
            Err(error) => {
                println!("The database is damaged or cannot be opened: {error:#}.");
                bail!("1 finding");
            }
        };
        let findings = store.check().await;
        store.close().await;
        let findings =
            findings.unwrap_or_else(|error| vec![format!("The database is damaged: {error}.")]);
        for finding in &findings {
            println!("{finding}");
        }
        match findings.len() {
            0 => println!("Nothing is wrong."),
            1 => bail!("1 finding"),
            many => bail!("{many} findings"),
        }
        Ok(())
    }
}

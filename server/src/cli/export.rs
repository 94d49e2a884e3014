//! `tandem export`: all devices as JSON lines, in the shape that [import](super::import) reads.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use twin::id::DeviceId;

use super::door::COMMAND;
use crate::config::Data;
use crate::{private, wire_up};

/// Devices that are read at once.
const BATCH: usize = 5_000;

/// `tandem export`.
#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    data: Data,

    /// Leave the devices' keys out.
    #[arg(long)]
    without_keys: bool,

    /// The file to write; `-` for standard output.
    file: PathBuf,
}

impl Export {
    #[expect(clippy::print_stderr, reason = "the outcome is this command's output")]
    pub(crate) async fn run(self) -> Result<()> {
        let wired = wire_up::beside(&self.data, "localhost").await?;
        let mut output: Box<dyn Write> = if self.file.as_os_str() == "-" {
            Box::new(BufWriter::new(std::io::stdout()))
        } else {
            let file = private::create_new(&self.file)
                .with_context(|| format!("{} cannot be written", self.file.display()))?;
            Box::new(BufWriter::new(file))
        };
        let mut after: Option<DeviceId> = None;
        let mut exported = 0_u64;
        loop {
            let page = wired.store.page(after.as_ref(), BATCH).await?;
            for record in &page {
                let identity = &record.identity;
                let keys = if self.without_keys {
                    None
                } else {
                    wired
                        .fleet
                        .provision()
                        .keys(&COMMAND, &identity.device_id)
                        .await?
                };
                let (primary, secondary) = keys.unzip();
                let line = json!({
                    "id": identity.device_id.as_str(),
                    "status": identity.status.as_str(),
                    "statusReason": identity.status_reason,
                    "authentication": {
                        "type": identity.authentication.as_str(),
                        "symmetricKey": { "primaryKey": primary, "secondaryKey": secondary },
                        "x509Thumbprint": {
                            "primaryThumbprint": identity.thumbprints.0, "secondaryThumbprint": identity.thumbprints.1,
                        },
                    },
                    "tags": record.twin.tags,
                    "properties": { "desired": record.twin.desired.values, "reported": record.twin.reported.values },
                });
                serde_json::to_writer(&mut output, &line)?;
                output.write_all(b"\n")?;
                exported += 1;
            }
            match page.last() {
                Some(last) if page.len() == BATCH => after = Some(last.identity.device_id.clone()),
                _ => break,
            }
        }
        output.flush()?;
        wired.store.close().await;
        eprintln!("{exported} devices exported");
        Ok(())
    }
}

//! One process at a time serves a data directory, and commands beside it find out where its hub is.
//!
//! `serving.json` is locked by the server while it runs, and by a command that must not run beside one. The
//! system lets go of the lock when a process ends, however it ends; what the file says counts only while it is
//! locked. It does not keep commands from reading the database.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::config::Data;
use crate::private;

/// How long to wait for a process that has just begun, or is just ending.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The data directory, held for this process as long as this lives.
#[derive(Debug)]
pub(crate) struct Serving(File);

/// Where the hub of a data directory is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Whereabouts {
    /// Its HTTPS listener.
    pub(crate) hub_https: SocketAddr,
    /// What clients call it.
    pub(crate) host_name: String,
    /// Certificates that it can be trusted by (PEM).
    pub(crate) ca_file: PathBuf,
}

impl Whereabouts {
    /// Where a process on this machine connects to.
    pub(crate) fn reachable(&self) -> SocketAddr {
        let mut address = self.hub_https;
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        address
    }
}

/// Who has a data directory.
#[derive(Debug)]
pub(crate) enum Holder {
    /// This process.
    Us(Serving),
    /// A server.
    Server(Whereabouts),
}

impl Serving {
    /// Takes the data directory for a server.
    ///
    /// # Errors
    /// When another process has it, or the directory cannot be used.
    pub(crate) async fn begin(data: &Data) -> Result<Self> {
        match look(data, |_| None).await? {
            Some(Holder::Us(serving)) => Ok(serving),
            _ => bail!(
                "another process serves the data directory {}",
                data.data_dir.display()
            ),
        }
    }

    /// Takes the data directory for a command when nobody has it now; `None` when somebody has.
    ///
    /// # Errors
    /// When the directory cannot be used.
    pub(crate) fn try_hold(data: &Data) -> Result<Option<Self>> {
        data.make_dir()?;
        let path = data.file("serving.json");
        let taken = attempt(&path).with_context(|| format!("{} cannot be used", path.display()))?;
        Ok(taken.ok())
    }

    /// Tells commands where the hub is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn announce(&mut self, whereabouts: &Whereabouts) -> Result<()> {
        self.write(&serde_json::to_vec(whereabouts)?)
            .context("the data directory cannot be written to")
    }

    fn write(&mut self, text: &[u8]) -> std::io::Result<()> {
        self.0.set_len(0)?;
        self.0.rewind()?;
        self.0.write_all(text)?;
        self.0.flush()
    }
}

/// Takes the data directory for a command, unless a server has it.
///
/// # Errors
/// When a process has it that does not say where its hub is, or the directory cannot be used.
pub(crate) async fn holder(data: &Data) -> Result<Holder> {
    let server = |text: &[u8]| serde_json::from_slice(text).ok().map(Holder::Server);
    let found = look(data, server).await?;
    found.with_context(|| {
        let directory = data.data_dir.display();
        format!("another process works on the data directory {directory}: try again")
    })
}

/// Takes the directory when it is free, or reads what its holder says; looks again until one of them succeeds.
async fn look(data: &Data, read: impl Fn(&[u8]) -> Option<Holder>) -> Result<Option<Holder>> {
    data.make_dir()?;
    let path = data.file("serving.json");
    let cannot = || format!("{} cannot be used", path.display());
    let mut waited = Duration::ZERO;
    loop {
        match attempt(&path).with_context(cannot)? {
            Ok(serving) => return Ok(Some(Holder::Us(serving))),
            Err(mut file) => {
                let mut text = Vec::new();
                file.read_to_end(&mut text).with_context(cannot)?;
                if let Some(holder) = read(&text) {
                    return Ok(Some(holder));
                }
            }
        }
        if waited >= PATIENCE {
            return Ok(None);
        }
        tokio::time::sleep(LOOK_EVERY).await;
        waited += LOOK_EVERY;
    }
}

/// Takes the file, or gives it open when somebody else has it.
fn attempt(path: &Path) -> std::io::Result<std::result::Result<Serving, File>> {
    let mut options = private::options();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(path)?;
    match file.try_lock() {
        Ok(()) => {
            let mut serving = Serving(file);
            // What an earlier server said is no longer true.
            serving.write(b"")?;
            Ok(Ok(serving))
        }
        Err(TryLockError::Error(error)) => Err(error),
        Err(TryLockError::WouldBlock) => Ok(Err(file)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(folder: &tempfile::TempDir) -> Data {
        Data {
            data_dir: folder.path().join("data"),
            database_url: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_server_at_a_time_and_commands_find_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = data(&folder);
        let whereabouts = Whereabouts {
            hub_https: (Ipv4Addr::LOCALHOST, 8443).into(),
            host_name: "localhost".to_owned(),
            ca_file: data.file("ca.pem"),
        };
        let mut serving = Serving::begin(&data).await.unwrap();
        assert!(holder(&data).await.is_err(), "it does not say where it is");
        serving.announce(&whereabouts).unwrap();
        assert!(Serving::begin(&data).await.is_err(), "a second server");
        match holder(&data).await.unwrap() {
            Holder::Server(found) => assert_eq!(found, whereabouts),
            Holder::Us(_) => panic!("it is taken"),
        }

        assert!(Serving::try_hold(&data).unwrap().is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&data.file("serving.json")), 0o600);
            assert_eq!(mode(&data.data_dir), 0o700);
        }

        drop(serving);
        let Holder::Us(command) = holder(&data).await.unwrap() else {
            panic!("the server is gone");
        };
        assert!(Serving::begin(&data).await.is_err(), "a command is at work");
        drop(command);
        Serving::begin(&data).await.unwrap();
    }
}

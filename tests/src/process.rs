//! The `tandem` binary as a child process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use agent::client::Endpoint;
use anyhow::{Context, Result, bail, ensure};

/// The name that a server started here goes by.
pub const HOST_NAME: &str = "localhost";
/// The password of every account that a server started here makes.
pub const PASSWORD: &str = "correct horse battery";

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its data directory.
    pub data_dir: PathBuf,
    /// Devices of the demonstration fleet; none by default.
    pub demo: Option<u32>,
    /// Where it runs.
    pub working_dir: PathBuf,
}

impl Options {
    /// A server with its data in this directory and nothing else.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            demo: None,
            working_dir: data_dir.to_owned(),
        }
    }
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Binary {
    child: Child,
    data_dir: PathBuf,
    /// Where people sign in.
    pub console: SocketAddr,
    /// Where service clients connect.
    pub hub_https: SocketAddr,
    /// Where devices connect.
    pub hub_mqtts: SocketAddr,
}

/// The binary under test: `TANDEM_BIN`, set by `cargo xtask test` and `bench`.
///
/// # Errors
/// When it is not set.
pub fn binary() -> Result<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's configuration is its environment"
    )]
    let path =
        std::env::var("TANDEM_BIN").context("set TANDEM_BIN, or run `cargo xtask test system`")?;
    Ok(PathBuf::from(path))
}

/// A command of the binary over a data directory.
///
/// # Errors
/// When the binary is not known.
pub fn command(data_dir: &Path, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(binary()?);
    command
        .args(arguments)
        .env("TANDEM_DATA_DIR", data_dir)
        .env("TANDEM_HOST_NAME", HOST_NAME)
        .env("TANDEM_ADMIN_PASSWORD", PASSWORD)
        .env("TANDEM_LOG", "warn")
        .stdin(Stdio::null());
    Ok(command)
}

/// Runs a command of the binary to its end, however it ends.
///
/// # Errors
/// When it cannot be started.
pub fn outcome(data_dir: &Path, arguments: &[&str]) -> Result<Output> {
    command(data_dir, arguments)?
        .output()
        .with_context(|| format!("cannot run `tandem {}`", arguments.join(" ")))
}

/// Runs a command of the binary that must succeed and gives what it printed.
///
/// # Errors
/// When it fails; the error holds what it said.
pub fn run(data_dir: &Path, arguments: &[&str]) -> Result<String> {
    let done = outcome(data_dir, arguments)?;
    ensure!(
        done.status.success(),
        "`tandem {}` failed ({}): {}{}",
        arguments.join(" "),
        done.status,
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr),
    );
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

impl Binary {
    /// Starts the server on free ports and waits until it is ready.
    ///
    /// # Errors
    /// When it ends before it is ready.
    pub fn start(options: &Options) -> Result<Self> {
        let mut command = command(
            &options.data_dir,
            &[
                "serve",
                "--console-addr",
                "127.0.0.1:0",
                "--hub-https-addr",
                "127.0.0.1:0",
                "--hub-mqtts-addr",
                "127.0.0.1:0",
            ],
        )?;
        if let Some(devices) = options.demo {
            command.arg("--demo").arg(devices.to_string());
        }
        let mut child = command
            .current_dir(&options.working_dir)
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the server")?;
        let out = child
            .stdout
            .take()
            .context("the server has no standard output")?;
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        let (mut console, mut hub_https, mut hub_mqtts) = (None, None, None);
        let mut is_ready = false;
        for line in lines.by_ref() {
            let (word, value) = line
                .split_once(char::is_whitespace)
                .unwrap_or((line.as_str(), ""));
            let address = || {
                let address = value.trim().rsplit("://").next()?;
                address.trim_end_matches('/').parse().ok()
            };
            match word {
                "console" => console = address(),
                "hub-https" => hub_https = address(),
                "hub-mqtts" => hub_mqtts = address(),
                "ready" => {
                    is_ready = true;
                    break;
                }
                _ => {}
            }
        }
        // Keep the pipe drained, so that the server never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        let (true, Some(console), Some(hub_https), Some(hub_mqtts)) =
            (is_ready, console, hub_https, hub_mqtts)
        else {
            _ = child.kill();
            bail!("the server ended before it was ready: {}", child.wait()?);
        };
        Ok(Self {
            child,
            data_dir: options.data_dir.clone(),
            console,
            hub_https,
            hub_mqtts,
        })
    }

    /// Its data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The certificate authority that its hub certificate chains to, as PEM.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn ca_pem(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.data_dir.join("ca.pem"))?)
    }

    /// The MQTT listener, for device clients.
    ///
    /// # Errors
    /// When the authority cannot be read.
    pub fn mqtts(&self) -> Result<Endpoint> {
        self.endpoint(self.hub_mqtts)
    }

    /// The HTTPS listener of the hub, for service clients.
    ///
    /// # Errors
    /// When the authority cannot be read.
    pub fn https(&self) -> Result<Endpoint> {
        self.endpoint(self.hub_https)
    }

    fn endpoint(&self, address: SocketAddr) -> Result<Endpoint> {
        let host = address.ip().to_string();
        let pem = self.ca_pem()?;
        Ok(Endpoint::new(
            HOST_NAME,
            (&host, address.port()),
            pem.as_bytes(),
        )?)
    }

    /// The process, for `/proc`.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would: SIGKILL.
    ///
    /// # Errors
    /// When the process cannot be waited for.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop and waits: SIGTERM. Gives whether it ended well.
    ///
    /// # Errors
    /// When the process cannot be signalled or waited for.
    pub fn stop(mut self) -> Result<bool> {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()?;
        ensure!(asked.success(), "the server could not be signalled");
        Ok(self.child.wait()?.success())
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

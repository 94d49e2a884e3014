//! `tandem-agent`: one simulated device, connected with a connection string, remembered in a state file.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use agent::chance::seeded;
use agent::client::{Endpoint, Login, Settings, connect};
use agent::clock::Clock;
use agent::device::state::StateFile;
use agent::device::{Device, Memory, Setup};
use agent::faults::Faults;
use agent::model::{Kind, Origin};
use agent::profile::Profile;
use agent::tally::Tally;
use anyhow::{Context as _, Result};
use clap::Parser;
use tokio_util::sync::CancellationToken;

#[derive(Parser)]
#[command(version, about = "Runs one simulated device against a hub.")]
struct Arguments {
    /// The device's connection string.
    #[arg(env = "TANDEM_CONNECTION_STRING", hide_env_values = true)]
    connection_string: Option<String>,
    /// A file that holds the connection string instead.
    #[arg(long, conflicts_with = "connection_string")]
    connection_string_file: Option<PathBuf>,
    /// The certificate authority of the hub, in PEM form (`ca.pem` in the server's data directory).
    #[arg(long, env = "TANDEM_CA_FILE")]
    ca_file: PathBuf,
    /// Where to connect; otherwise the host name of the connection string.
    #[arg(long)]
    host: Option<String>,
    /// The port of MQTT over TLS.
    #[arg(long, default_value_t = 8883)]
    port: u16,
    /// Where the device remembers its firmware, its desired version and its boot count.
    #[arg(long, default_value = "tandem-agent.json")]
    state_file: PathBuf,
    /// What kind of device it is: meter, gateway, valve, camera or tracker.
    #[arg(long, default_value = "meter")]
    model: Kind,
    /// A JSON file with pace and faults; without it the device is sound.
    #[arg(long)]
    profile: Option<PathBuf>,
    /// The seed of its readings and faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What to log; the device's own log is `agent::device=debug`.
    #[arg(long, env = "TANDEM_LOG", default_value = "info,agent::device=debug")]
    log: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(&arguments.log)
        .with_writer(std::io::stderr)
        .init();

    let connection_string = match (
        &arguments.connection_string,
        &arguments.connection_string_file,
    ) {
        (Some(text), _) => text.clone(),
        (None, Some(file)) => std::fs::read_to_string(file).with_context(|| {
            format!(
                "the connection string file {} cannot be read",
                file.display()
            )
        })?,
        (None, None) => anyhow::bail!(
            "no connection string: give it as the argument, in TANDEM_CONNECTION_STRING or with --connection-string-file"
        ),
    };
    let login = Login::parse(connection_string.trim())?;
    let profile = match &arguments.profile {
        Some(file) => read_profile(file)?,
        None => Profile::faultless(),
    };
    let ca_pem = std::fs::read(&arguments.ca_file)
        .with_context(|| format!("the CA file {} cannot be read", arguments.ca_file.display()))?;
    let host = arguments.host.as_deref().unwrap_or(login.host_name());
    let endpoint = Endpoint::new(login.host_name(), (host, arguments.port), &ca_pem)?;

    let device_id = login.device_id().to_owned();
    let tally = Arc::new(Tally::default());
    let settings = Settings {
        token_validity: Duration::from_secs(profile.token_s),
        keep_alive: Duration::from_secs(profile.keep_alive_s.into()),
        tally: Arc::clone(&tally),
        ..Settings::new(
            Arc::new(endpoint),
            login,
            seeded(arguments.seed, &format!("backoff of {device_id}")),
        )
    };
    let mut chance = seeded(arguments.seed, &format!("faults of {device_id}"));
    let setup = Setup {
        origin: Origin::of(arguments.model),
        faults: Faults::draw(&profile.faults, arguments.model, &mut chance),
        profile: Arc::new(profile),
        seed: arguments.seed,
        clock: Clock::System,
        marks: twin::Map::new(),
        memory: Memory::File(StateFile::new(arguments.state_file)),
        tally,
        device_id: device_id.clone(),
    };
    let (client, events, driver) = connect(settings);
    let device = Device::new(setup, client, events)?;
    tracing::info!(device.id = %device_id, "Device {device_id} starts.");

    let shutdown = CancellationToken::new();
    let (outcome, (), ()) = tokio::join!(
        async {
            let outcome = device.run(shutdown.clone()).await;
            shutdown.cancel();
            outcome
        },
        driver.run(shutdown.clone()),
        async {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = stop_signal() => shutdown.cancel(),
            }
        },
    );
    outcome.context("the device stopped")
}

fn read_profile(file: &PathBuf) -> Result<Profile> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the profile {} cannot be read", file.display()))?;
    Profile::parse(&text).with_context(|| format!("the profile {} is not one", file.display()))
}

/// Resolves when a person or the system asks the process to stop.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

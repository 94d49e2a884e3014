//! `tandem-swarm`: thousands of simulated devices in one process, with a report at the end.
//!
//! The devices come from a file of connection strings, or are the first N of the demonstration fleet, connected with the
//! key of a policy that may connect devices. `--describe` prints those N for registration and runs nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use agent::client::{Endpoint, Login};
use agent::demo;
use agent::model::Origin;
use agent::profile::Profile;
use agent::swarm::{self, Member, SwarmConfig};
use anyhow::{Context as _, Result};
use clap::Parser;
use tokio_util::sync::CancellationToken;
use twin::id::DeviceId;
use wire::connection_string::ConnectionString;

#[derive(Parser)]
#[command(version, about = "Runs many simulated devices against a hub.")]
struct Arguments {
    /// A file with one device connection string a line.
    #[arg(long, conflicts_with = "demo")]
    devices: Option<PathBuf>,
    /// Runs the first N devices of the demonstration fleet, which must be registered.
    #[arg(long, value_name = "N")]
    demo: Option<usize>,
    /// The connection string of a policy that may connect devices, for `--demo`.
    #[arg(long, env = "TANDEM_CONNECTION_STRING", hide_env_values = true)]
    connection_string: Option<String>,
    /// Prints the devices of `--demo` for registration, one JSON object a line, and ends.
    #[arg(long, requires = "demo")]
    describe: bool,
    /// The certificate authority of the hub, in PEM form (`ca.pem` in the server's data directory).
    #[arg(long, env = "TANDEM_CA_FILE", required_unless_present = "describe")]
    ca_file: Option<PathBuf>,
    /// Where to connect; otherwise the host name of the connection strings.
    #[arg(long)]
    host: Option<String>,
    /// The port of MQTT over TLS.
    #[arg(long, default_value_t = 8883)]
    port: u16,
    /// A JSON file with pace and faults.
    #[arg(long)]
    profile: Option<PathBuf>,
    /// The seed of all chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many devices start in a second.
    #[arg(long, default_value_t = 50.0)]
    ramp_up: f64,
    /// How long to run, such as `90s` or `15m`; without it until interrupted.
    #[arg(long)]
    duration: Option<String>,
    /// Prints the report as JSON.
    #[arg(long)]
    json: bool,
    /// What to log, such as `info` or `agent=debug`.
    #[arg(long, env = "TANDEM_LOG", default_value = "warn")]
    log: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(&arguments.log)
        .with_writer(std::io::stderr)
        .init();
    if arguments.describe {
        for device in demo::fleet(arguments.demo.unwrap_or_default(), arguments.seed) {
            println!("{}", describe(&device));
        }
        return Ok(());
    }
    let members = members(&arguments)?;
    let host_name = members
        .first()
        .context("there are no devices to run")?
        .login
        .host_name()
        .to_owned();
    let ca_file = arguments
        .ca_file
        .context("no CA file: give it with --ca-file")?;
    let ca_pem = std::fs::read(&ca_file)
        .with_context(|| format!("the CA file {} cannot be read", ca_file.display()))?;
    let host = arguments.host.as_deref().unwrap_or(&host_name);
    let endpoint = Endpoint::new(&host_name, (host, arguments.port), &ca_pem)?;
    let mut config = SwarmConfig::new(Arc::new(endpoint), members, arguments.seed);
    config.ramp_up_per_s = arguments.ramp_up;
    if let Some(file) = &arguments.profile {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("the profile {} cannot be read", file.display()))?;
        config.profile = Profile::parse(&text)
            .with_context(|| format!("the profile {} is not one", file.display()))?;
    }
    let duration = arguments
        .duration
        .as_deref()
        .map(twin::time::parse_duration)
        .transpose()?;

    let shutdown = CancellationToken::new();
    let (report, ()) = tokio::join!(swarm::run(config, shutdown.clone()), async {
        tokio::select! {
            // Without a handler the signal ends the process anyway.
            _ = tokio::signal::ctrl_c() => {}
            () = pause(duration) => {}
        }
        shutdown.cancel();
    });
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}

async fn pause(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}

/// The devices that the arguments name.
fn members(arguments: &Arguments) -> Result<Vec<Member>> {
    match (&arguments.devices, arguments.demo) {
        (Some(file), _) => {
            let text = std::fs::read_to_string(file).with_context(|| {
                format!(
                    "the file of connection strings {} cannot be read",
                    file.display()
                )
            })?;
            text.lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(from_connection_string)
                .collect()
        }
        (None, Some(n)) => {
            let policy = arguments.connection_string.as_deref().context(
                "no connection string: give that of a policy with --connection-string or in TANDEM_CONNECTION_STRING",
            )?;
            let policy = ConnectionString::parse(policy)?;
            demo::fleet(n, arguments.seed)
                .into_iter()
                .map(|device| {
                    let login = Login::with_policy(&policy, &DeviceId::parse(&device.id)?)?;
                    Ok(Member {
                        login,
                        origin: device.origin,
                    })
                })
                .collect()
        }
        (None, None) => anyhow::bail!(
            "no devices: give a file of connection strings with --devices, or --demo N"
        ),
    }
}

fn from_connection_string(text: &str) -> Result<Member> {
    let login = Login::parse(text)?;
    let origin = Origin::of(demo::kind_of(login.device_id()));
    Ok(Member { login, origin })
}

/// A device in the form of bulk registration (contract section 4.2).
fn describe(device: &demo::DemoDevice) -> serde_json::Value {
    serde_json::json!({
        "id": device.id,
        "importMode": "create",
        "status": "enabled",
        "tags": device.tags,
        "properties": { "desired": device.desired },
    })
}

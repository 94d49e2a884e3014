//! The demonstration fleet: registered like any other, then run by a swarm over real MQTT and TLS.

use std::net::SocketAddr;
use std::sync::Arc;

use agent::client::{Dial, Endpoint, Login};
use agent::demo::DemoDevice;
use agent::swarm::{self, Member, SwarmConfig};
use anyhow::{Context, Result};
use fleet::Fleet;
use fleet::access::{NewPerson, Principal, Role};
use fleet::provision::NewDevice;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use twin::id::DeviceId;
use twin::scheme::{Property, PropertyType};

const SETUP: Principal = Principal::System("demonstration");

/// What the demonstration fleet is made of.
pub(crate) struct Setting {
    pub(crate) devices: u32,
    pub(crate) seed: u64,
    /// For the accounts beside `admin`; without one they are not made.
    pub(crate) password: Option<String>,
    pub(crate) host_name: String,
    pub(crate) mqtts_addr: SocketAddr,
    pub(crate) ca_pem: String,
}

/// Properties that the demonstration fleet is often asked about: path, kind, title, unit.
const DECLARED: [(&str, PropertyType, &str, &str); 10] = [
    ("tags.region", PropertyType::String, "Region", ""),
    ("tags.site", PropertyType::String, "Site", ""),
    ("tags.class", PropertyType::String, "Class", ""),
    (
        "properties.desired.firmware.version",
        PropertyType::String,
        "Firmware asked for",
        "",
    ),
    (
        "properties.reported.firmware.version",
        PropertyType::String,
        "Firmware",
        "",
    ),
    (
        "properties.reported.network.type",
        PropertyType::String,
        "Network",
        "",
    ),
    (
        "properties.reported.network.rssi_dbm",
        PropertyType::Number,
        "Signal strength",
        "dBm",
    ),
    (
        "properties.reported.battery_pct",
        PropertyType::Number,
        "Battery",
        "%",
    ),
    (
        "properties.reported.power.source",
        PropertyType::String,
        "Power source",
        "",
    ),
    (
        "properties.reported.in_use",
        PropertyType::Boolean,
        "In use",
        "",
    ),
];

/// Registers what is missing and lets the devices run until the token is cancelled.
///
/// # Errors
/// When devices, accounts or properties cannot be written.
pub(crate) async fn start(
    fleet: &Fleet,
    setting: Setting,
    stop: CancellationToken,
) -> Result<JoinHandle<()>> {
    people(fleet, setting.password.as_deref()).await?;
    declare(fleet).await?;
    let devices = agent::demo::fleet(setting.devices as usize, setting.seed);
    let members = register(fleet, &setting.host_name, devices).await?;
    let endpoint = Endpoint::new(
        &setting.host_name,
        (
            &setting.mqtts_addr.ip().to_string(),
            setting.mqtts_addr.port(),
        ),
        setting.ca_pem.as_bytes(),
    )?;
    let config = SwarmConfig::new(Arc::new(endpoint) as Arc<dyn Dial>, members, setting.seed);
    Ok(tokio::spawn(async move {
        let report = swarm::run(config, stop).await;
        tracing::info!("The demonstration fleet has stopped.\n{report}");
    }))
}

/// The accounts that show what each role sees.
async fn people(fleet: &Fleet, password: Option<&str>) -> Result<()> {
    let Some(password) = password else {
        return Ok(());
    };
    for (name, role) in [
        ("operator", Role::Operator),
        ("supervisor", Role::Supervisor),
    ] {
        if fleet.access().person_named(&SETUP, name).await?.is_none() {
            let new = NewPerson {
                name: name.to_owned(),
                password: password.to_owned(),
                role,
            };
            fleet.access().add_person(&SETUP, new).await?;
        }
    }
    Ok(())
}

async fn declare(fleet: &Fleet) -> Result<()> {
    let declared = fleet.plan().declared(&SETUP).await?;
    for (path, kind, title, unit) in DECLARED {
        if declared.iter().any(|known| known.property.path == path) {
            continue;
        }
        let property = Property {
            path: path.to_owned(),
            kind,
            title: title.to_owned(),
            unit: unit.to_owned(),
            description: String::new(),
        };
        fleet.plan().declare(&SETUP, property).await?;
    }
    Ok(())
}

/// Registers the devices that are not there yet and gives each its connection.
async fn register(fleet: &Fleet, host_name: &str, devices: Vec<DemoDevice>) -> Result<Vec<Member>> {
    let mut all = Vec::with_capacity(devices.len());
    for device in &devices {
        let (tags, desired) = (device.tags.clone(), device.desired.clone());
        all.push(NewDevice {
            tags,
            desired,
            ..NewDevice::new(DeviceId::parse(&device.id)?)
        });
    }
    for registered in fleet.provision().create_many(&SETUP, all).await? {
        match registered {
            // From an earlier start.
            Ok(_) | Err(fleet::Error::Exists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut members = Vec::with_capacity(devices.len());
    for device in devices {
        let id = DeviceId::parse(&device.id)?;
        let (key, _) = fleet
            .provision()
            .keys(&SETUP, &id)
            .await?
            .context("a device without keys")?;
        let login = Login::parse(&format!(
            "HostName={host_name};DeviceId={id};SharedAccessKey={key}"
        ))?;
        members.push(Member {
            login,
            origin: device.origin,
        });
    }
    Ok(members)
}

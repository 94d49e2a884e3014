//! Devices with known keys, and the file that registers them.

use std::io::Write as _;
use std::path::Path;

use agent::client::Login;
use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use twin::Map;

use crate::process::{self, HOST_NAME};

/// A device whose key is known.
#[derive(Clone, Debug)]
pub struct Keyed {
    /// Its id.
    pub id: String,
    /// Its primary key, base64.
    pub key: String,
}

impl Keyed {
    /// How it connects.
    ///
    /// # Errors
    /// Never for a device of a roster.
    pub fn login(&self) -> Result<Login> {
        let Self { id, key } = self;
        Ok(Login::parse(&format!(
            "HostName={HOST_NAME};DeviceId={id};SharedAccessKey={key}"
        ))?)
    }
}

/// A key of 32 bytes, base64.
pub fn key(rng: &mut impl rand::Rng) -> String {
    STANDARD.encode(rng.random::<[u8; 32]>())
}

/// The line of an import file that registers a device (contract section 4.2, `ExportImportDevice`).
pub fn import_line(device: &Keyed, tags: &Map, desired: &Map, reported: &Map) -> Value {
    json!({
        "id": device.id,
        "status": "enabled",
        "authentication": {
            "type": "sas",
            "symmetricKey": { "primaryKey": device.key, "secondaryKey": device.key },
        },
        "tags": tags,
        "properties": { "desired": desired, "reported": reported },
    })
}

/// Registers `count` devices `device-0`, `device-1`, … with empty twins in the database of a data directory.
///
/// # Errors
/// When the import fails.
pub fn register(data_dir: &Path, count: usize, seed: u64) -> Result<Vec<Keyed>> {
    let mut rng = StdRng::seed_from_u64(seed);
    let devices: Vec<Keyed> = (0..count)
        .map(|number| Keyed {
            id: format!("device-{number}"),
            key: key(&mut rng),
        })
        .collect();
    let empty = Map::new();
    let mut file = tempfile::NamedTempFile::new()?;
    for device in &devices {
        writeln!(file, "{}", import_line(device, &empty, &empty, &empty))?;
    }
    process::run(data_dir, &["import", &file.path().to_string_lossy()])?;
    Ok(devices)
}

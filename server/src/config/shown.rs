//! What was configured, as the console shows it: each value with the flag and the variable that set it. Never a secret.

use app::api::settings::limits::{Group, Setting};

use super::{Console, Data, Hub};

/// The values in force, by section.
pub(crate) fn shown(console: &Console, hub: &Hub, data: &Data) -> Vec<Group> {
    let own =
        |is_given: bool, otherwise: &str| if is_given { "Given" } else { otherwise }.to_owned();
    let listeners = vec![
        setting(
            "Host name of the hub",
            hub.host_name.clone(),
            "--host-name, TANDEM_HOST_NAME",
        ),
        setting(
            "Hub, MQTT over TLS",
            hub.hub_mqtts_addr.to_string(),
            "--hub-mqtts-addr, TANDEM_HUB_MQTTS_ADDR",
        ),
        setting(
            "Hub, HTTPS",
            hub.hub_https_addr.to_string(),
            "--hub-https-addr, TANDEM_HUB_HTTPS_ADDR",
        ),
        setting(
            "Certificate of the hub",
            own(hub.hub_tls_cert.is_some(), "Made and renewed by Tandem"),
            "--hub-tls-cert, TANDEM_HUB_TLS_CERT",
        ),
        setting(
            "Console",
            console.console_addr.to_string(),
            "--console-addr, TANDEM_CONSOLE_ADDR",
        ),
        setting(
            "Certificate of the console",
            own(console.tls().is_some(), "None: HTTP"),
            "--console-tls-cert, TANDEM_CONSOLE_TLS_CERT",
        ),
    ];
    let kept = vec![
        setting(
            "Data directory",
            data.data_dir.display().to_string(),
            "--data-dir, TANDEM_DATA_DIR",
        ),
        setting(
            "Database",
            own(data.database_url.is_some(), "SQLite in the data directory"),
            "--database-url, TANDEM_DATABASE_URL",
        ),
    ];
    vec![
        group("addresses", "Addresses and certificates", listeners),
        group("data", "Data", kept),
    ]
}

fn group(id: &str, title: &str, settings: Vec<Setting>) -> Group {
    Group {
        id: id.to_owned(),
        title: title.to_owned(),
        settings,
    }
}

fn setting(name: &str, value: String, flag: &str) -> Setting {
    Setting {
        name: name.to_owned(),
        value,
        flag: Some(flag.to_owned()),
    }
}

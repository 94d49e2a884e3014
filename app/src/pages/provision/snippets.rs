//! How a device is started with its connection string: a command, and beginnings of programs on the official SDKs.

use crate::api::provision::Hub;

/// The port that the official SDKs connect to; it cannot be told to them.
pub(super) const SDK_PORT: u16 = 8883;

/// The file that the snippets read the authority from.
pub(super) const CA_FILE: &str = "ca.pem";

/// Ways to start a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Agent,
    Python,
    Node,
    C,
}

impl Way {
    pub(super) const ALL: [Self; 4] = [Self::Agent, Self::Python, Self::Node, Self::C];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Agent => "tandem-agent",
            Self::Python => "Python",
            Self::Node => "Node",
            Self::C => "C",
        }
    }

    /// Whether the way goes by an official SDK.
    pub(super) fn is_sdk(self) -> bool {
        self != Self::Agent
    }

    /// The text to take to the device.
    pub(super) fn text(self, connection_string: &str, hub: &Hub) -> String {
        let trusts = hub.ca_pem.is_some();
        match self {
            Self::Agent => agent(connection_string, hub.mqtts_port),
            Self::Python => python(connection_string, trusts),
            Self::Node => node(connection_string, trusts),
            Self::C => c(connection_string, trusts),
        }
    }
}

fn agent(connection_string: &str, port: u16) -> String {
    // Device ids may hold quotes and what else a shell reads.
    let quoted = connection_string.replace('\'', r"'\''");
    // Not as an argument: whoever lists the machine's processes would read it.
    format!(
        "TANDEM_CONNECTION_STRING='{quoted}' \\\n  tandem-agent --ca-file {CA_FILE} --port {port}"
    )
}

// Connection strings hold neither double quotes nor backslashes: they stand in these languages as they are.

fn python(connection_string: &str, trusts: bool) -> String {
    let ca = if trusts {
        format!(",\n    server_verification_cert=open(\"{CA_FILE}\").read()")
    } else {
        String::new()
    };
    format!(
        r#"# pip install azure-iot-device
from azure.iot.device import IoTHubDeviceClient

client = IoTHubDeviceClient.create_from_connection_string(
    "{connection_string}"{ca},
)
client.connect()
print("desired:", client.get_twin()["desired"])
client.patch_twin_reported_properties({{"firmware": {{"version": "1.0.0"}}}})
client.shutdown()"#
    )
}

fn node(connection_string: &str, trusts: bool) -> String {
    let (import, ca) = if trusts {
        (
            "import { readFileSync } from 'node:fs';\n",
            format!("await client.setOptions({{ ca: readFileSync('{CA_FILE}', 'utf8') }});\n"),
        )
    } else {
        ("", String::new())
    };
    format!(
        r#"// npm install azure-iot-device azure-iot-device-mqtt; save as device.mjs
{import}import device from 'azure-iot-device';
import mqtt from 'azure-iot-device-mqtt';

const client = device.Client.fromConnectionString(
  "{connection_string}", mqtt.Mqtt);
{ca}await client.open();
const twin = await client.getTwin();
console.log('desired:', twin.properties.desired);
twin.properties.reported.update({{ firmware: {{ version: '1.0.0' }} }}, error => {{
  if (error) console.error(error);
  client.close();
}});"#
    )
}

fn c(connection_string: &str, trusts: bool) -> String {
    let (include, argument, ca) = if trusts {
        (
            "#include \"azure_c_shared_utility/shared_util_options.h\"\n",
            "const char *ca_pem",
            format!(
                "    /* ca_pem: the text of {CA_FILE} */\n    IoTHubDeviceClient_SetOption(device, OPTION_TRUSTED_CERT, ca_pem);\n"
            ),
        )
    } else {
        ("", "void", String::new())
    };
    format!(
        r#"/* azure-iot-sdk-c */
#include <stdio.h>
#include "iothub.h"
#include "iothub_device_client.h"
#include "iothubtransportmqtt.h"
{include}
static void on_twin(DEVICE_TWIN_UPDATE_STATE state, const unsigned char *json,
                    size_t length, void *context) {{
    (void)state, (void)context;
    printf("desired: %.*s\n", (int)length, (const char *)json);
}}

IOTHUB_DEVICE_CLIENT_HANDLE connect_device({argument}) {{
    IoTHub_Init();
    IOTHUB_DEVICE_CLIENT_HANDLE device = IoTHubDeviceClient_CreateFromConnectionString(
        "{connection_string}",
        MQTT_Protocol);
    if (device == NULL) return NULL;
{ca}    /* From here on a thread of the SDK connects. */
    IoTHubDeviceClient_SetDeviceTwinCallback(device, on_twin, NULL);
    return device;
}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(ca_pem: Option<&str>) -> Hub {
        Hub {
            host_name: "hub.example".to_owned(),
            mqtts_port: 18_883,
            ca_pem: ca_pem.map(str::to_owned),
        }
    }

    #[test]
    fn every_way_holds_the_whole_string_and_trusts_what_must_be_trusted() {
        let string = "HostName=hub.example;DeviceId=am4-1;SharedAccessKey=MDEy";
        for way in Way::ALL {
            let text = way.text(string, &hub(Some("PEM")));
            assert!(text.contains(string), "{}", way.name());
            assert!(text.contains("ca.pem"), "{}", way.name());
            let public = way.text(string, &hub(None));
            assert_eq!(public.contains("ca.pem"), !way.is_sdk(), "{}", way.name());
        }
        let agent = Way::Agent.text(string, &hub(Some("PEM")));
        assert!(agent.contains("--port 18883"));
    }

    #[test]
    fn a_shell_reads_the_string_as_one_word() {
        let text = Way::Agent.text("DeviceId=it's-$1!", &hub(None));
        let word = r"TANDEM_CONNECTION_STRING='DeviceId=it'\''s-$1!' ";
        assert!(text.starts_with(word), "{text}");
    }
}

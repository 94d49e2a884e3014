use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use gateway::tls::OwnCertificate;

/// Where devices and service clients connect.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Hub")]
#[expect(clippy::struct_field_names, reason = "fields are named as their flags")]
pub(crate) struct Hub {
    /// Address of the hub's HTTPS listener. Official SDKs always use port 443.
    #[arg(
        long,
        env = "TANDEM_HUB_HTTPS_ADDR",
        default_value = "127.0.0.1:8443",
        value_name = "ADDR"
    )]
    pub(crate) hub_https_addr: SocketAddr,

    /// Address of the hub's MQTT over TLS listener. Official SDKs always use port 8883.
    #[arg(
        long,
        env = "TANDEM_HUB_MQTTS_ADDR",
        default_value = "127.0.0.1:8883",
        value_name = "ADDR"
    )]
    pub(crate) hub_mqtts_addr: SocketAddr,

    /// Name that devices and service clients know the hub by; part of every token and certificate.
    #[arg(
        long,
        env = "TANDEM_HOST_NAME",
        default_value = "localhost",
        value_name = "NAME"
    )]
    pub(crate) host_name: String,

    /// Certificate chain of the hub (PEM), instead of the one made at first start.
    #[arg(
        long,
        env = "TANDEM_HUB_TLS_CERT",
        requires = "hub_tls_key",
        value_name = "FILE"
    )]
    pub(crate) hub_tls_cert: Option<PathBuf>,

    /// Private key of that certificate (PEM).
    #[arg(
        long,
        env = "TANDEM_HUB_TLS_KEY",
        requires = "hub_tls_cert",
        value_name = "FILE"
    )]
    pub(crate) hub_tls_key: Option<PathBuf>,
}

impl Hub {
    /// The certificate to show instead of the one made at first start.
    pub(crate) fn own_certificate(&self) -> Option<OwnCertificate> {
        Some(OwnCertificate {
            certificate: self.hub_tls_cert.clone()?,
            key: self.hub_tls_key.clone()?,
        })
    }
}

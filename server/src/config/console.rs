use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

/// Where people sign in.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Console")]
#[expect(clippy::struct_field_names, reason = "fields are named as their flags")]
pub(crate) struct Console {
    /// Address of the console: HTTP, or HTTPS when a certificate is given.
    #[arg(
        long,
        env = "TANDEM_CONSOLE_ADDR",
        default_value = "127.0.0.1:3000",
        value_name = "ADDR"
    )]
    pub(crate) console_addr: SocketAddr,

    /// Certificate chain of the console (PEM). Needed when people reach it from other machines.
    #[arg(
        long,
        env = "TANDEM_CONSOLE_TLS_CERT",
        requires = "console_tls_key",
        value_name = "FILE"
    )]
    pub(crate) console_tls_cert: Option<PathBuf>,

    /// Private key of that certificate (PEM).
    #[arg(
        long,
        env = "TANDEM_CONSOLE_TLS_KEY",
        requires = "console_tls_cert",
        value_name = "FILE"
    )]
    pub(crate) console_tls_key: Option<PathBuf>,

    /// Directory of the built console; used only by a binary that does not carry it.
    #[arg(
        long,
        env = "TANDEM_SITE",
        default_value = "target/site-dev",
        value_name = "DIR",
        hide = true
    )]
    pub(crate) site: PathBuf,
}

impl Console {
    /// Its own certificate chain and key, when it speaks TLS.
    pub(crate) fn tls(&self) -> Option<(&Path, &Path)> {
        let certificate = self.console_tls_cert.as_deref();
        certificate.zip(self.console_tls_key.as_deref())
    }
}

//! The service clients' side of the hub: requests over TLS with a token of a policy.

use std::path::Path;
use std::time::Duration;

use agent::client::Dial as _;
use agent::clock::Clock;
use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wire::connection_string::{ConnectionString, Holder};

use crate::http::{self, Answer};
use crate::process::{self, Binary, HOST_NAME};

/// How long a token is valid.
const TOKEN_VALIDITY: Duration = Duration::from_hours(1);

/// The connection string of a policy, as the binary prints it.
///
/// # Errors
/// When the command fails or prints something else.
pub fn policy(data_dir: &Path, name: &str) -> Result<ConnectionString> {
    let printed = process::run(data_dir, &["connection-string", "--policy", name])?;
    let line = printed
        .lines()
        .find(|line| line.starts_with("HostName="))
        .context("no connection string was printed")?;
    Ok(ConnectionString::parse(line.trim())?)
}

/// A token that this policy's key signs for the whole hub.
///
/// # Errors
/// When the connection string is not a policy's.
pub fn token(policy: &ConnectionString) -> Result<String> {
    let Holder::Policy { name, key } = &policy.holder else {
        anyhow::bail!("the connection string is not a policy's");
    };
    let key = wire::sas::decode_key(key)?;
    let expires_at = Clock::System.now().plus(TOKEN_VALIDITY);
    Ok(wire::sas::build(
        &policy.host_name,
        &key,
        Some(name),
        expires_at,
    ))
}

/// Sends one request to the hub and reads the answer to its end.
///
/// # Errors
/// When the connection fails or the answer is no HTTP.
pub async fn send(
    server: &Binary,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer> {
    let mut stream = server.https()?.dial().await?;
    let request = http::write_request(HOST_NAME, method, path, headers, body);
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut raw = Vec::new();
    if let Err(error) = stream.read_to_end(&mut raw).await {
        // A peer that closes without saying so in TLS has still answered.
        ensure!(
            error.kind() == std::io::ErrorKind::UnexpectedEof,
            "the answer broke off: {error}"
        );
    }
    http::parse(&raw).with_context(|| format!("the answer to {method} {path}"))
}

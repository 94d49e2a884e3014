//! A service client of a hub: what a command asks of a server that runs, over the hub's own REST surface.

use std::net::Ipv6Addr;
use std::path::Path;
use std::time::Duration;

use agent::client::{Dial as _, Endpoint};
use anyhow::{Context, Result, bail};
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, HOST, IF_MATCH};
use axum::http::{Method, Request, StatusCode};
use fleet::clock::{Clock as _, SystemClock};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use wire::connection_string::{ConnectionString, Holder};

/// Where official SDKs look for a hub.
const HTTPS_PORT: u16 = 443;
/// How long a token is good for: one request.
const TOKEN_VALIDITY: Duration = Duration::from_mins(5);
/// How long a hub may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A client of one hub with the key of one policy.
#[derive(Debug)]
pub(crate) struct ServiceClient {
    endpoint: Endpoint,
    address: String,
    host_name: String,
    policy: String,
    key: Vec<u8>,
}

/// What a hub did not do.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refused {
    /// Its status.
    pub(crate) status: StatusCode,
    message: String,
}

impl ServiceClient {
    /// A client for a connection string of a policy, which connects to `address` or to where the string leads.
    ///
    /// # Errors
    /// When the connection string is not a policy's, or the certificates cannot be read.
    pub(crate) fn new(
        connection_string: &str,
        address: Option<(String, u16)>,
        ca_file: &Path,
    ) -> Result<Self> {
        let parsed = ConnectionString::parse(connection_string)?;
        let Holder::Policy { name, key } = parsed.holder else {
            bail!("the connection string is a device's; a policy's is needed");
        };
        let key = wire::sas::decode_key(&key).context("the connection string has a broken key")?;
        let (host_name, port) = with_port(&parsed.host_name)?;
        let (host, port) = match (address, &parsed.gateway_host_name) {
            (Some(address), _) => address,
            (None, Some(gateway)) => with_port(gateway)?,
            (None, None) => (host_name.clone(), port),
        };
        let pem = std::fs::read(ca_file)
            .with_context(|| format!("{} cannot be read", ca_file.display()))?;
        let endpoint = Endpoint::new(&host_name, (&host, port), &pem)
            .with_context(|| format!("{} cannot be used", ca_file.display()))?;
        Ok(Self {
            endpoint,
            address: format!("{host}:{port}"),
            host_name,
            policy: name,
            key,
        })
    }

    /// Asks for something; gives the body of the answer, null when it has none.
    ///
    /// # Errors
    /// [`Refused`] when the hub says no; otherwise when it cannot be reached.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.send(self.request(Method::GET, path).body(Body::empty())?)
            .await
    }

    /// Puts something where nothing may be, or in the place of what must be there.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) async fn put(&self, path: &str, body: &Value, replaces: bool) -> Result<()> {
        let request = self.request(Method::PUT, path);
        let request = if replaces {
            request.header(IF_MATCH, "*")
        } else {
            request
        };
        self.send(request.body(Body::from(body.to_string()))?)
            .await
            .map(drop)
    }

    /// Hands something in; gives the body of the answer.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.request(Method::POST, path);
        self.send(request.body(Body::from(body.to_string()))?).await
    }

    /// Removes something.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) async fn delete(&self, path: &str) -> Result<()> {
        self.send(self.request(Method::DELETE, path).body(Body::empty())?)
            .await
            .map(drop)
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let expires_at = SystemClock::new().now().plus(TOKEN_VALIDITY);
        let token = wire::sas::build(&self.host_name, &self.key, Some(&self.policy), expires_at);
        Request::builder()
            .method(method)
            .uri(format!("{path}?api-version=2021-04-12"))
            .header(HOST, &self.host_name)
            .header(AUTHORIZATION, token)
    }

    async fn send(&self, request: Request<Body>) -> Result<Value> {
        let (status, body) = tokio::time::timeout(PATIENCE, self.exchange(request))
            .await
            .map_err(anyhow::Error::from)
            .flatten()
            .with_context(|| format!("the hub at {} cannot be asked", self.address))?;
        if status.is_success() && body.is_empty() {
            return Ok(Value::Null);
        }
        let body = serde_json::from_slice(&body)
            .with_context(|| format!("the hub at {} answered {status}", self.address))?;
        if status.is_success() {
            return Ok(body);
        }
        Err(refused(status, &body).into())
    }

    async fn exchange(&self, request: Request<Body>) -> Result<(StatusCode, Vec<u8>)> {
        let stream = self.endpoint.dial().await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let answering = async {
            let answer = sender.send_request(request).await?;
            let status = answer.status();
            let body = to_bytes(Body::new(answer.into_body()), ANSWER_BYTES_MAX).await?;
            Ok((status, body.to_vec()))
        };
        let mut answering = std::pin::pin!(answering);
        tokio::select! {
            answer = answering.as_mut() => answer,
            // The connection has ended: what came over it is there.
            ended = connection => match answering.await {
                Ok(answer) => Ok(answer),
                Err(error) => ended.map_err(Into::into).and(Err(error)),
            },
        }
    }
}

/// What a hub said no with: contract section 4.1.
fn refused(status: StatusCode, body: &Value) -> Refused {
    let message = body.get("Message").and_then(Value::as_str);
    let sentence = message.map(|message| message.split_once(';').map_or(message, |(_, text)| text));
    Refused {
        status,
        message: sentence.map_or_else(|| status.to_string(), str::to_owned),
    }
}

/// A host's name and its port: connection strings may name one. An address of IPv6 stands in brackets when a port
/// follows, and may without.
fn with_port(host: &str) -> Result<(String, u16)> {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) => (address, None),
        Some((address, rest)) => match rest.strip_prefix(':') {
            Some(port) => (address, Some(port)),
            None => bail!("{host:?} is no host and port"),
        },
        None if host.parse::<Ipv6Addr>().is_ok() => (host, None),
        None => match host.rsplit_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let Some(port) = port else {
        return Ok((name.to_owned(), HTTPS_PORT));
    };
    let port = port
        .parse()
        .with_context(|| format!("{port:?} is no port of {name}"))?;
    Ok((name.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_port_may_follow_the_name() {
        for (written, name, port) in [
            ("hub.example", "hub.example", 443),
            ("hub.example:8443", "hub.example", 8443),
            ("10.0.0.7:8443", "10.0.0.7", 8443),
            ("2001:db8::7", "2001:db8::7", 443),
            ("[2001:db8::7]", "2001:db8::7", 443),
            ("[::1]:8443", "::1", 8443),
        ] {
            assert_eq!(
                with_port(written).unwrap(),
                (name.to_owned(), port),
                "{written}"
            );
        }
        for written in ["hub.example:https", "[::1]8443", "[::1]:", "[::1]:https"] {
            assert!(with_port(written).is_err(), "{written}");
        }
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_hub() {
        let status = StatusCode::BAD_REQUEST;
        let body = json!({ "Message": "ErrorCode:ArgumentInvalid;'a b' is not a path." });
        assert_eq!(refused(status, &body).to_string(), "'a b' is not a path.");
        assert_eq!(refused(status, &json!(null)).to_string(), "400 Bad Request");
    }
}

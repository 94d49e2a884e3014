//! The smallest HTTP client that can look at the console: one request, one connection.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::process::PASSWORD;

/// A server that says nothing for this long has failed the test.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it was sent, chunks joined.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends one request and reads the answer to its end.
///
/// # Errors
/// When the connection fails or the answer is no HTTP.
pub fn send(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(write_request(&to.to_string(), method, path, headers, body).as_bytes())?;
    let mut raw = Vec::new();
    stream
        .read_to_end(&mut raw)
        .with_context(|| format!("no whole answer to {method} {path} in {PATIENCE:?}"))?;
    parse(&raw).with_context(|| format!("the answer to {method} {path}"))
}

/// `GET`, nothing else.
///
/// # Errors
/// As [`send`].
pub fn get(to: SocketAddr, path: &str) -> Result<Answer> {
    send(to, "GET", path, &[], "")
}

/// Posts the sign-in form as a page of the console would.
///
/// # Errors
/// As [`send`].
pub fn post_sign_in(to: SocketAddr, name: &str, password: &str) -> Result<Answer> {
    let origin = format!("http://{to}");
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", origin.as_str()),
    ];
    let form = format!("name={name}&password={}", password.replace(' ', "+"));
    send(to, "POST", "/session", &headers, &form)
}

/// Signs in and gives the cookie that carries the session.
///
/// # Errors
/// When the name or the password is refused.
pub fn sign_in(to: SocketAddr, name: &str) -> Result<String> {
    let answer = post_sign_in(to, name, PASSWORD)?;
    let next = answer.header("location").unwrap_or_default();
    ensure!(
        answer.status == 303 && !next.contains("problem"),
        "sign-in was answered {} {next}",
        answer.status
    );
    let cookie = answer.header("set-cookie").context("no session cookie")?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

/// The text of a request that asks for the connection to be closed after it.
pub(crate) fn write_request(
    host: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> String {
    let length = body.len();
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n"
    );
    for (name, value) in headers {
        _ = write!(request, "{name}: {value}\r\n");
    }
    request + "\r\n" + body
}

/// Reads a whole answer.
pub(crate) fn parse(raw: &[u8]) -> Result<Answer> {
    let end = raw
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .context("no end of the headers")?;
    let head = String::from_utf8_lossy(&raw[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .context("no status")?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let is_chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let rest = &raw[end + 4..];
    let body = if is_chunked {
        join_chunks(rest)?
    } else {
        rest.to_vec()
    };
    Ok(Answer {
        status,
        headers,
        body,
    })
}

fn join_chunks(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest
            .windows(2)
            .position(|w| w == b"\r\n")
            .context("a chunk without its size")?;
        let size = usize::from_str_radix(String::from_utf8_lossy(&rest[..line]).trim(), 16)?;
        if size == 0 {
            return Ok(body);
        }
        let start = line + 2;
        body.extend_from_slice(rest.get(start..start + size).context("a chunk was cut")?);
        rest = rest.get(start + size + 2..).context("a chunk was cut")?;
    }
}

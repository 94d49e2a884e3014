//! The built console: one directory named by its content, precompressed, embedded in the release binary
//! or read from a directory by a development build.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::body::{Body, Bytes};
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

#[cfg(feature = "embed")]
#[derive(rust_embed::RustEmbed)]
#[folder = "$TANDEM_SITE"]
struct Embedded;

/// `manifest.json`, written by the build.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Manifest {
    /// Names the build by its content.
    pub(crate) id: String,
    pub(crate) js: String,
    pub(crate) wasm: String,
    pub(crate) css: String,
    pub(crate) split: String,
    /// The files of each lazy function.
    pub(crate) pages: HashMap<String, Page>,
}

/// The files of a lazy function: a page.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Page {
    /// Holds all parts of the program that it needs.
    pub(crate) whole: String,
}

/// All files of the console, by name.
#[derive(Clone)]
pub(crate) struct Site {
    files: Arc<HashMap<String, Bytes>>,
    manifest: Arc<Manifest>,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site")
            .field("id", &self.manifest.id)
            .field("files", &self.files.len())
            .finish()
    }
}

impl Site {
    /// Takes the embedded files, or reads the directory when none are embedded.
    ///
    /// # Errors
    /// When the directory or its manifest cannot be read.
    pub(crate) fn load(directory: &Path) -> Result<Self> {
        let files = files(directory)?;
        let manifest = files.get("manifest.json").with_context(|| {
            format!(
                "{} holds no built console: run `cargo xtask site`",
                directory.display()
            )
        })?;
        let manifest =
            serde_json::from_slice(manifest).context("the console's manifest cannot be read")?;
        Ok(Self {
            files: Arc::new(files),
            manifest: Arc::new(manifest),
        })
    }

    /// What the build says about itself.
    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

#[cfg(feature = "embed")]
#[expect(clippy::unnecessary_wraps, reason = "the other form reads from disk")]
fn files(_directory: &Path) -> Result<HashMap<String, Bytes>> {
    Ok(Embedded::iter()
        .filter_map(|name| {
            let data = Embedded::get(&name)?.data;
            Some((name.into_owned(), bytes(data)))
        })
        .collect())
}

#[cfg(not(feature = "embed"))]
fn files(directory: &Path) -> Result<HashMap<String, Bytes>> {
    let mut all = HashMap::new();
    let entries = std::fs::read_dir(directory).with_context(|| {
        format!(
            "{} holds no built console: run `cargo xtask site`",
            directory.display()
        )
    })?;
    for entry in entries {
        let entry = entry?;
        all.insert(
            entry.file_name().to_string_lossy().into_owned(),
            bytes(Cow::Owned(std::fs::read(entry.path())?)),
        );
    }
    Ok(all)
}

fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    }
}

/// `GET /pkg/{id}/{name}`: cached for ever, compressed when the browser takes Brotli. Files of another build are not there:
/// what a tab loaded of one build does not go with parts of another.
pub(crate) async fn file(
    State(site): State<Site>,
    UrlPath((id, name)): UrlPath<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(kind) = kind(&name).filter(|_| id == site.manifest.id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let accepts = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    if accepts.contains("br")
        && let Some(body) = site.files.get(&format!("{name}.br"))
    {
        return respond(kind, Some("br"), body);
    }
    match site.files.get(&name) {
        Some(body) => respond(kind, None, body),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit('.').next()? {
        "js" => Some("text/javascript"),
        "wasm" => Some("application/wasm"),
        "css" => Some("text/css"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        "woff2" => Some("font/woff2"),
        _ => None,
    }
}

fn respond(kind: &'static str, encoding: Option<&'static str>, body: &Bytes) -> Response {
    let mut response = Response::new(Body::from(body.clone()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

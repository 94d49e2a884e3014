//! What a browser has to fetch for a page, compressed: the first time the document and everything that it names, the
//! program that the page is made of among it; as a later page what of the program is missing, and at most.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use sqlx::Connection as _;

use super::place::Place;
use super::plan::Plan;
use super::report::{Report, Row, bytes};
use super::startup::columns_rebuilt;
use crate::{Binary, Options, http};

/// The root of built files.
const BUILT: &str = "/pkg/";

/// Fetches each page and its files as a browser that knows Brotli, and once more without compression.
///
/// # Errors
/// When a page or a file cannot be fetched.
pub async fn transfer(plan: &Plan, report: &mut Report) -> Result<()> {
    let mut connection = Place::connect(&plan.place.database()).await?;
    let device: String = sqlx::query_scalar("SELECT device_id FROM device WHERE slot = 1")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    let server = Binary::start(&Options::new(&plan.place.data_dir()))?;
    // Until then a page may have to read every document.
    columns_rebuilt(&server).await?;
    let cookie = http::sign_in(server.console, "admin")?;
    let pages = [
        ("sign_in", "/sign-in".to_owned()),
        ("overview", "/".to_owned()),
        ("devices", "/devices".to_owned()),
        ("device", format!("/devices/{device}")),
        ("plan", "/plan".to_owned()),
        ("provision", "/provision".to_owned()),
        ("people", "/settings".to_owned()),
    ];
    let manifest = Manifest::of_site()?;
    let id = manifest.id.clone();
    let built: BTreeMap<String, Built> = manifest
        .pages
        .into_values()
        .map(|page| (page.whole.clone(), page))
        .collect();
    for (name, path) in pages {
        let is_sign_in = name == "sign_in";
        let visit = Visit {
            server: &server,
            cookie: if is_sign_in { "" } else { &cookie },
        };
        let page = visit.page(&path)?;
        let files = built.get(&format!("page_{name}"));
        let files = files.with_context(|| format!("the build has no page {name}"))?;
        let size = |file: &str| {
            let path = format!("{BUILT}{id}/{file}.wasm");
            Ok::<u64, anyhow::Error>(visit.fetch(&path, "br")?.len() as u64)
        };
        let (next, later) = (size(&files.next)?, size(&files.later)?);
        ensure!(
            page.has_program,
            "{path}: no part of the program is its view"
        );
        let result = format!(
            "{}, later {} to {}, and {} of fonts, {} requests",
            bytes(page.compressed),
            bytes(next),
            bytes(later),
            bytes(page.fonts),
            page.requests
        );
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let ratio = page.compressed as f64 / page.plain.max(1) as f64;
        report.add(
            Row::new(format!("first visit, {name}"), result)
                .against(format!("{} plain", bytes(page.plain)), ratio)
                .figure("document_bytes", page.document)
                .figure("compressed_bytes", page.compressed)
                .figure("next_bytes", next)
                .figure("later_bytes", later)
                .figure("plain_bytes", page.plain)
                .figure("font_bytes", page.fonts)
                .figure("requests", page.requests),
        );
    }
    ensure!(server.stop()?, "the server did not end well");
    Ok(())
}

/// Sizes of a page with its files, bytes.
#[derive(Debug, Default)]
struct Page {
    document: u64,
    compressed: u64,
    plain: u64,
    fonts: u64,
    requests: u64,
    files: BTreeSet<String>,
    has_program: bool,
}

/// What the build says about itself.
#[derive(Deserialize)]
struct Manifest {
    id: String,
    pages: BTreeMap<String, Built>,
}

/// The files of a page.
#[derive(Deserialize)]
struct Built {
    whole: String,
    next: String,
    later: String,
}

impl Manifest {
    fn of_site() -> Result<Self> {
        let site = std::env::var_os("TANDEM_SITE").context("TANDEM_SITE names no built site")?;
        let path = PathBuf::from(site).join("manifest.json");
        let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
        Ok(serde_json::from_slice(&text)?)
    }
}

struct Visit<'a> {
    server: &'a Binary,
    cookie: &'a str,
}

impl Visit<'_> {
    fn page(&self, path: &str) -> Result<Page> {
        let plain = self.fetch(path, "identity")?;
        let text = String::from_utf8(plain).context("the document is no text")?;
        let document = self.fetch(path, "br")?.len() as u64;
        let mut page = Page {
            document,
            compressed: document,
            plain: text.len() as u64,
            requests: 1,
            ..Page::default()
        };
        let mut waiting: Vec<String> = names(&text, BUILT).into_iter().collect();
        ensure!(!waiting.is_empty(), "{path} names no built files");
        while let Some(file) = waiting.pop() {
            if !page.files.insert(file.clone()) {
                continue;
            }
            let plain = self.fetch(&file, "identity")?;
            let compressed = self.fetch(&file, "br")?.len() as u64;
            page.requests += 1;
            if is_named(&file, &["woff2"]) {
                page.fonts += compressed;
                continue;
            }
            page.compressed += compressed;
            page.plain += plain.len() as u64;
            page.has_program |= file.contains("/page_");
            if is_named(&file, &["js"]) {
                let module = String::from_utf8_lossy(&plain);
                waiting.extend(imports(&module, &file));
            }
        }
        Ok(page)
    }

    fn fetch(&self, path: &str, encoding: &str) -> Result<Vec<u8>> {
        let headers = [("accept-encoding", encoding), ("cookie", self.cookie)];
        let answer = http::send(self.server.console, "GET", path, &headers, "")?;
        ensure!(
            answer.status == 200,
            "{path} was answered {}",
            answer.status
        );
        Ok(answer.body)
    }
}

fn is_named(file: &str, extensions: &[&str]) -> bool {
    extensions
        .iter()
        .any(|extension| file.rsplit('.').next() == Some(extension))
}

/// Every name in a text that begins with `root`.
fn names(text: &str, root: &str) -> BTreeSet<String> {
    let starts = text.match_indices(root).map(|(at, _)| &text[at..]);
    let found = starts.filter_map(|rest| {
        rest.split(['"', '\'', ' ', '<', '>', ')', '\\', '`'])
            .next()
    });
    found
        .filter(|name| name.contains('.'))
        .map(str::to_owned)
        .collect()
}

/// What a module imports when it is loaded, beside itself.
fn imports(module: &str, file: &str) -> Vec<String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let from = module
        .match_indices("from")
        .map(|(at, word)| &module[at + word.len()..]);
    from.filter_map(|rest| {
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let name = rest[1..].split(quote).next()?.strip_prefix("./")?;
        Some(format!("{folder}/{name}"))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_in_documents_and_modules() {
        let document = r#"<link href="/pkg/ab/main.css"><script>import init from '/pkg/ab/f.js'; x("/pkg/ab/f.js")</script>"#;
        let found: Vec<String> = names(document, BUILT).into_iter().collect();
        assert_eq!(found, ["/pkg/ab/f.js", "/pkg/ab/main.css"]);
        let module =
            "import { a } from './split.js';\nimport*as b from\"./c.js\"; const from = 1; from 'x'";
        assert_eq!(
            imports(module, "/pkg/ab/f.js"),
            ["/pkg/ab/split.js", "/pkg/ab/c.js"]
        );
    }
}

//! The console's files: wasm, split by page, bound to JavaScript, style sheets, fonts; hashed and compressed.
//!
//! Everything a page loads lies under one directory named by its content (`/pkg/<id>/`), so files refer to
//! one another by plain names and are cached for ever.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::bare::bare;
use crate::bundle::{Chunks, Pages, bundle};
use crate::machine;
use crate::process::{cargo, lap, run, target, workspace};
use crate::sheet;
use crate::short::short;

/// The sheets, in the order of their cascade layers.
const SHEETS: [&str; 5] = ["tokens", "base", "components", "pages", "print"];

/// The module that loads the parts of pages.
const LINK: &str = "split.js";

/// Which build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Quick to build, with names, not compressed.
    Dev,
    /// Small, compressed with Brotli and gzip.
    Release,
}

impl Form {
    fn profile(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "wasm-release",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "wasm-release",
        }
    }

    /// Where the built site lies.
    pub(crate) fn site(self) -> PathBuf {
        target().join(match self {
            Self::Dev => "site-dev",
            Self::Release => "site",
        })
    }
}

/// Builds the site and gives its directory.
pub(crate) fn build(form: Form) -> Result<PathBuf> {
    machine::wasm_target()?;
    lap("console: compile", || {
        run(cargo().args([
            "build",
            "-p",
            "frontend",
            "--target",
            "wasm32-unknown-unknown",
            "--profile",
            form.profile(),
        ]))
    })?;
    let built = target()
        .join("wasm32-unknown-unknown")
        .join(form.folder())
        .join("frontend.wasm");
    let bytes = fs::read(&built).with_context(|| format!("cannot read {}", built.display()))?;

    let work = target().join(format!("site-work-{}", form.folder()));
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir_all(&work)?;
    let chunks = lap("console: split by page", || split(&bytes, &work))?;
    lap("console: bind", || bind(form, &work))?;
    if form == Form::Release {
        strip(&work)?;
    }
    let pages = bundle(&work, LINK, &chunks)?;
    styles(form, &work)?;
    manifest(&work, &pages)?;
    if form == Form::Release {
        lap("console: compress", || compress(&work))?;
    }

    let site = form.site();
    if site.exists() {
        fs::remove_dir_all(&site)?;
    }
    fs::rename(&work, &site)?;
    Ok(site)
}

/// Splits the module by lazy route; gives the map from route to the chunks it needs.
fn split(bytes: &[u8], work: &Path) -> Result<Chunks> {
    let mut options = wasm_split_cli_support::Options::new(bytes);
    let main = work.join("main.split");
    options.output_dir = work;
    options.main_out_path = &main;
    options.main_module = "./frontend.js";
    let link = format!("./{LINK}");
    options.link_name = &link;
    let done = wasm_split_cli_support::transform(options).map_err(|error| anyhow!("{error:#}"))?;
    Ok(done.prefetch_map.into_iter().collect())
}

fn bind(form: Form, work: &Path) -> Result<()> {
    let main = work.join("main.split");
    let release = form == Form::Release;
    wasm_bindgen_cli_support::Bindgen::new()
        .input_bytes("frontend", fs::read(&main)?)
        .web(true)?
        .typescript(false)
        .keep_lld_exports(true)
        .demangle(false)
        .keep_debug(!release)
        .remove_name_section(release)
        .remove_producers_section(release)
        .generate(work)?;
    fs::remove_file(main)?;
    Ok(())
}

/// Takes what only tools read out of each chunk, and shortens names.
fn strip(work: &Path) -> Result<()> {
    for path in files(work)? {
        if path.extension().is_some_and(|e| e == "wasm") {
            let bare = bare(&fs::read(&path)?).with_context(|| path.display().to_string())?;
            fs::write(&path, bare)?;
        }
    }
    let (module, script) = (work.join("frontend_bg.wasm"), work.join("frontend.js"));
    let (bytes, text) = short(&fs::read(&module)?, &fs::read_to_string(&script)?)?;
    fs::write(module, bytes)?;
    fs::write(script, text)?;
    Ok(())
}

/// One sheet from five, and the fonts and images beside it.
fn styles(form: Form, work: &Path) -> Result<()> {
    let from = workspace().join("style");
    let mut sheet = String::new();
    for name in SHEETS {
        let path = from.join(format!("{name}.css"));
        sheet += &fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        sheet.push('\n');
    }
    if form == Form::Release {
        sheet = sheet::tight(&sheet);
    }
    // Fonts are served from the same flat directory.
    fs::write(
        work.join("console.css"),
        sheet.replace("url(\"fonts/", "url(\""),
    )?;
    for folder in ["fonts", "icons"] {
        let Ok(entries) = fs::read_dir(from.join(folder)) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            let wanted = path
                .extension()
                .is_some_and(|e| ["woff2", "svg", "png"].iter().any(|w| e == *w));
            if let (true, Some(name)) = (wanted, path.file_name()) {
                fs::copy(&path, work.join(name))?;
            }
        }
    }
    Ok(())
}

/// `manifest.json`: the id of the build and, by logical name, its files.
fn manifest(work: &Path, pages: &Pages) -> Result<()> {
    let mut hash = Sha256::new();
    for path in files(work)? {
        hash.update(path.file_name().unwrap_or_default().as_encoded_bytes());
        hash.update(fs::read(&path)?);
    }
    let id = hash
        .finalize()
        .iter()
        .take(6)
        .fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
    let manifest = json!({
        "id": id,
        "js": "frontend.js",
        "wasm": "frontend_bg.wasm",
        "css": "console.css",
        "split": LINK,
        "pages": pages,
    });
    fs::write(work.join("manifest.json"), serde_json::to_vec(&manifest)?)?;
    Ok(())
}

/// Writes a `.br` beside each file that gains from it. Fonts are compressed already.
fn compress(work: &Path) -> Result<()> {
    for path in files(work)? {
        if path
            .extension()
            .is_some_and(|e| e == "json" || e == "woff2" || e == "png")
        {
            continue;
        }
        let raw = fs::read(&path)?;
        let name = PathBuf::from(format!("{}.br", path.display()));
        let mut out = brotli::CompressorWriter::new(fs::File::create(name)?, 1 << 16, 11, 22);
        out.write_all(&raw)?;
        out.flush()?;
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    all.retain(|path| path.is_file());
    all.sort();
    Ok(all)
}

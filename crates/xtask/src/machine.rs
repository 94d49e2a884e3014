//! What a machine must have: the wasm target, Chromium, Node and Python packages. Missing parts are
//! installed from the ordinary registries when that is possible; else a sentence says what to do.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{run, variable, workspace};

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the WebAssembly target when the toolchain does not have it yet.
pub(crate) fn wasm_target() -> Result<()> {
    let installed =
        output(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM_TARGET]));
    if installed.is_some_and(|dir| Path::new(dir.trim()).is_dir()) {
        return Ok(());
    }
    run(Command::new("rustup").args(["target", "add", WASM_TARGET])).context(
        "the console needs the WebAssembly target: run `rustup target add wasm32-unknown-unknown`",
    )
}

/// The browser for the tests: `CHROMIUM`, else Chromium on the path, else Debian's package.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = variable("CHROMIUM") {
        return Ok(path.into());
    }
    let find = || {
        ["chromium", "chromium-browser", "google-chrome"]
            .iter()
            .find_map(|name| which(name))
    };
    if let Some(path) = find() {
        return Ok(path);
    }
    if which("apt-get").is_some() && is_root() {
        eprintln!("  installing Debian's chromium");
        let apt = || {
            let mut apt = Command::new("apt-get");
            apt.env("DEBIAN_FRONTEND", "noninteractive")
                .stdout(Stdio::null());
            apt
        };
        run(apt().arg("update").arg("-qq"))?;
        run(apt().args([
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "chromium",
        ]))?;
    }
    find().context(
        "the browser tests need Chromium: install it (on Debian `apt install chromium`) or set CHROMIUM to its path",
    )
}

/// Installs the pinned Node packages of a folder unless they are there already.
pub(crate) fn node_packages(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let mark = folder.join("node_modules/.installed");
    let wanted = std::fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    if std::fs::read(&mark).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    if which("npm").is_none() {
        bail!(
            "the browser and conformance tests need Node.js 20 or newer with npm: install it and try again"
        );
    }
    run(Command::new("npm")
        .args(["ci", "--silent", "--no-audit", "--no-fund"])
        .current_dir(folder))?;
    std::fs::write(mark, wanted)?;
    Ok(())
}

/// Makes a virtual environment with the pinned Python packages of `requirements.txt`; gives its Python.
pub(crate) fn python_packages(folder: &Path) -> Result<PathBuf> {
    let requirements = folder.join("requirements.txt");
    let wanted = std::fs::read(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let venv = folder.join(".venv");
    let python = venv.join("bin/python");
    let mark = venv.join("installed.txt");
    if std::fs::read(&mark).is_ok_and(|have| have == wanted) {
        return Ok(python);
    }
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&venv))
    .context(
        "the conformance tests need Python 3 with venv (on Debian `apt install python3-venv`)",
    )?;
    run(Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "-r",
        ])
        .arg(&requirements))?;
    std::fs::write(mark, wanted)?;
    Ok(python)
}

/// The folder of the tests that are not Rust.
pub(crate) fn tests() -> PathBuf {
    workspace().join("tests")
}

fn which(name: &str) -> Option<PathBuf> {
    let path = variable("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|p| p.is_file())
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}

fn output(command: &mut Command) -> Option<String> {
    let done = command.stderr(Stdio::null()).output().ok()?;
    done.status
        .success()
        .then(|| String::from_utf8_lossy(&done.stdout).into_owned())
}

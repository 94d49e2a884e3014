//! Reading and writing the PEM files of the data directory: whole files, replaced atomically, private keys unreadable
//! for others from the first byte on.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::TlsError;

/// Who may read a new file.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    /// Everybody: certificates.
    Public,
    /// The owner only: private keys.
    Private,
}

/// The text of the file, or `None` when there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<String>, TlsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(TlsError::File {
            path: path.to_owned(),
            action: "read",
            source,
        }),
    }
}

/// Writes the file beside its place, flushes it to the disk and moves it there.
pub(super) fn write(path: &Path, text: &str, mode: Mode) -> Result<(), TlsError> {
    let beside = path.with_extension("new");
    let write = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // A leftover of an interrupted start may have other permissions.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = create(&beside, mode)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|source| TlsError::File {
        path: path.to_owned(),
        action: "written",
        source,
    })
}

#[cfg(unix)]
fn create(path: &Path, mode: Mode) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let bits = match mode {
        Mode::Public => 0o644,
        Mode::Private => 0o600,
    };
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(bits)
        .open(path)
}

#[cfg(not(unix))]
fn create(path: &Path, _mode: Mode) -> io::Result<fs::File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

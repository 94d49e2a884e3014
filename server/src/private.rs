//! Files and directories that their owner alone can read, from the first byte on.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// How to open a file that is private when it is made by this.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Makes a file that must not exist.
///
/// # Errors
/// When it exists or cannot be made.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    options().write(true).create_new(true).open(path)
}

/// Makes a directory and those above it, unless they are there; what is there stays as it is.
///
/// # Errors
/// When they cannot be made.
pub(crate) fn create_dir_all(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_the_owner_reads_what_is_made() {
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("data");
        create_dir_all(&directory).unwrap();
        create_dir_all(&directory).unwrap();
        assert_eq!(mode(&directory), 0o700);
        let file = directory.join("export.jsonl");
        create_new(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert!(create_new(&file).is_err(), "a file is never overwritten");
    }
}

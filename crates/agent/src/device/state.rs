//! What a device remembers across restarts, and the file it keeps it in.
//!
//! The file is JSON and is replaced as a whole: written beside itself, flushed to disk, then renamed over the old one,
//! so that a crash at any moment leaves either the old state or the new one. A file that cannot be read is an error,
//! never a fresh start: a device that forgot its firmware would report a lie.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use twin::Map;

use super::desired::Desired;
use super::firmware::Firmware;

/// Everything that outlives a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Whose state this is.
    pub device_id: String,
    /// How often the device has started.
    pub boot_count: u64,
    /// Its firmware, with an update that is under way.
    pub firmware: Firmware,
    /// What it was last asked for.
    pub desired: Desired,
    /// The settings it has taken over.
    pub settings: Map,
}

impl State {
    /// The state of a device that has never started.
    pub fn new(device_id: &str, firmware: &str) -> Self {
        Self {
            device_id: device_id.to_owned(),
            boot_count: 0,
            firmware: Firmware::new(firmware),
            desired: Desired::default(),
            settings: Map::new(),
        }
    }
}

/// The state file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Reading or writing failed.
    #[error("the state file {path} cannot be read or written")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The content is not a state.
    #[error("the state file {path} does not hold a device's state")]
    Content {
        /// The file.
        path: PathBuf,
        /// Where reading stopped.
        #[source]
        source: serde_json::Error,
    },
    /// The content is another device's.
    #[error("the state file {path} belongs to device {found}, not {expected}")]
    WrongDevice {
        /// The file.
        path: PathBuf,
        /// The device that was asked for.
        expected: String,
        /// The device named in the file.
        found: String,
    },
}

/// A file with the state of one device.
#[derive(Clone, Debug)]
pub struct StateFile {
    path: PathBuf,
}

impl StateFile {
    /// The file at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Reads the state of `device_id`; `None` when there is no file.
    ///
    /// # Errors
    /// [`StateError`]: the file cannot be read, is damaged, or belongs to another device. A person has to look.
    pub fn load(&self, device_id: &str) -> Result<Option<State>, StateError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.io(source)),
        };
        let state: State =
            serde_json::from_slice(&bytes).map_err(|source| StateError::Content {
                path: self.path.clone(),
                source,
            })?;
        if state.device_id != device_id {
            let (expected, found) = (device_id.to_owned(), state.device_id);
            return Err(StateError::WrongDevice {
                path: self.path.clone(),
                expected,
                found,
            });
        }
        Ok(Some(state))
    }

    /// Replaces the file; on return the state survives a power loss.
    ///
    /// # Errors
    /// [`StateError::Io`]: the disk is full, read-only or broken; the old state is still there.
    pub fn save(&self, state: &State) -> Result<(), StateError> {
        let text = serde_json::to_vec_pretty(state).map_err(|source| StateError::Content {
            path: self.path.clone(),
            source,
        })?;
        self.replace(&text).map_err(|source| self.io(source))
    }

    fn replace(&self, content: &[u8]) -> io::Result<()> {
        let beside = self.beside();
        let mut file = File::create(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&beside, &self.path)?;
        // The rename itself is durable once the directory is.
        let directory = self
            .path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }

    /// Where the next state is written before it takes the file's place.
    fn beside(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        name.into()
    }

    fn io(&self, source: io::Error) -> StateError {
        StateError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object;

    fn file() -> (tempfile::TempDir, StateFile) {
        let directory = tempfile::tempdir().unwrap();
        let file = StateFile::new(directory.path().join("device.json"));
        (directory, file)
    }

    fn state(boots: u64) -> State {
        let mut state = State::new("am4-1", "1.0");
        state.boot_count = boots;
        state.desired.notified(boots, object!({ "a": boots }));
        state
    }

    #[test]
    fn a_saved_state_is_read_back_and_replaced() {
        let (_directory, file) = file();
        assert_eq!(file.load("am4-1").unwrap(), None);
        for boots in 1..4 {
            file.save(&state(boots)).unwrap();
            assert_eq!(file.load("am4-1").unwrap(), Some(state(boots)));
        }
    }

    #[test]
    fn a_crash_while_writing_leaves_the_old_state() {
        let (_directory, file) = file();
        file.save(&state(1)).unwrap();
        let next = serde_json::to_vec_pretty(&state(2)).unwrap();
        // Power fails after any number of bytes of the next state, before the rename.
        for length in [0, 1, next.len() / 2, next.len()] {
            fs::write(file.beside(), &next[..length]).unwrap();
            assert_eq!(file.load("am4-1").unwrap(), Some(state(1)));
        }
        // What was left behind does not hinder the next write.
        file.save(&state(3)).unwrap();
        assert_eq!(file.load("am4-1").unwrap(), Some(state(3)));
        assert!(!file.beside().exists());
    }

    #[test]
    fn a_damaged_file_and_a_strangers_file_are_errors_not_fresh_starts() {
        let (_directory, file) = file();
        fs::write(&file.path, b"{\"device_id\":\"am4").unwrap();
        assert!(matches!(
            file.load("am4-1"),
            Err(StateError::Content { .. })
        ));
        file.save(&state(1)).unwrap();
        match file.load("am4-2") {
            Err(StateError::WrongDevice {
                expected, found, ..
            }) => {
                assert_eq!((expected.as_str(), found.as_str()), ("am4-2", "am4-1"));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_is_an_error_and_the_old_state_stays() {
        let (directory, file) = file();
        file.save(&state(1)).unwrap();
        fs::create_dir(file.beside()).unwrap();
        assert!(matches!(file.save(&state(2)), Err(StateError::Io { .. })));
        assert_eq!(file.load("am4-1").unwrap(), Some(state(1)));
        drop(directory);
    }
}

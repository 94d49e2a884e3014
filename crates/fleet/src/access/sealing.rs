//! Secrets at rest: keys of devices and policies are stored sealed, and opened with one key that
//! lives in a file beside the database.
//!
//! ChaCha20-Poly1305, a random nonce per seal, and the owner's name as associated data, so that a
//! sealed key cannot be moved to another device. Not for passwords: those are hashed.

use std::io;
use std::path::Path;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::clock::Rng;

const FORMAT: u8 = 1;
const KEY_BYTES: usize = 32;

/// Opens and closes the stored secrets.
pub struct SealingKey(LessSafeKey);

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

/// A sealed secret that does not open: made with another key, for another owner, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A stored secret cannot be opened with this installation's sealing key.")]
pub struct Unsealable;

impl SealingKey {
    /// The key with these bytes.
    ///
    /// # Panics
    /// Never: keys of this length are always taken.
    #[expect(
        clippy::expect_used,
        reason = "ring refuses only keys of another length"
    )]
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).expect("32 bytes are a key");
        Self(LessSafeKey::new(key))
    }

    /// Reads the key from a file, or makes the file, readable by its owner only.
    ///
    /// # Errors
    /// When the file cannot be read or made, or does not hold exactly 32 bytes.
    pub fn load_or_create(path: &Path, rng: &dyn Rng) -> io::Result<Self> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path, rng)?,
            Err(error) => return Err(error),
        };
        Self::of(bytes)
    }

    /// Reads the key from a file that must be there.
    ///
    /// # Errors
    /// When the file cannot be read, or does not hold exactly 32 bytes.
    pub fn load(path: &Path) -> io::Result<Self> {
        Self::of(std::fs::read(path)?)
    }

    fn of(bytes: Vec<u8>) -> io::Result<Self> {
        let found = bytes.len();
        bytes.try_into().map(Self::new).map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a sealing key is {KEY_BYTES} bytes, the file holds {found}"),
            )
        })
    }

    /// Seals a secret for an owner.
    ///
    /// # Panics
    /// Never for secrets that fit into memory.
    #[expect(
        clippy::expect_used,
        reason = "sealing fails only beyond 256 GiB of plain text"
    )]
    pub fn seal(&self, owner: &str, secret: &[u8], rng: &dyn Rng) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill(&mut nonce);
        let mut text = secret.to_vec();
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(owner.as_bytes()),
                &mut text,
            )
            .expect("a short secret can be sealed");
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + text.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut text);
        sealed
    }

    /// Opens what [`seal`](Self::seal) made for the same owner.
    ///
    /// # Errors
    /// [`Unsealable`].
    pub fn open(&self, owner: &str, sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let (format, rest) = sealed.split_first().ok_or(Unsealable)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Unsealable)?;
        if *format != FORMAT {
            return Err(Unsealable);
        }
        let mut text = text.to_vec();
        let length = self
            .0
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(owner.as_bytes()),
                &mut text,
            )
            .map_err(|_| Unsealable)?
            .len();
        text.truncate(length);
        Ok(text)
    }
}

/// Writes a new key beside its final place and links it there, so that two processes that start at
/// once end with the same key and a crash never leaves half of one.
fn create(path: &Path, rng: &dyn Rng) -> io::Result<Vec<u8>> {
    use std::io::Write;

    let mut key = [0; KEY_BYTES];
    rng.fill(&mut key);
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&draft)?;
    file.write_all(&key)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => std::fs::read(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededRng;

    #[test]
    fn what_is_sealed_opens_for_the_same_owner_only() {
        let rng = SeededRng::new(1);
        let key = SealingKey::new([7; 32]);
        let sealed = key.seal("meter-1", b"secret", &rng);
        assert_eq!(key.open("meter-1", &sealed).unwrap(), b"secret");
        assert_eq!(key.open("meter-2", &sealed), Err(Unsealable));
        assert_eq!(
            SealingKey::new([8; 32]).open("meter-1", &sealed),
            Err(Unsealable)
        );
        assert_ne!(sealed, key.seal("meter-1", b"secret", &rng));
    }

    #[test]
    fn damage_anywhere_is_noticed() {
        let rng = SeededRng::new(1);
        let key = SealingKey::new([7; 32]);
        let sealed = key.seal("meter-1", b"secret", &rng);
        for index in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[index] ^= 1;
            assert_eq!(
                key.open("meter-1", &damaged),
                Err(Unsealable),
                "byte {index}"
            );
            assert_eq!(key.open("meter-1", &sealed[..index]), Err(Unsealable));
        }
    }

    #[test]
    fn the_file_is_made_once_and_private() {
        let rng = SeededRng::new(3);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealing.key");
        let first = SealingKey::load_or_create(&path, &rng).unwrap();
        let again = SealingKey::load_or_create(&path, &rng).unwrap();
        let sealed = first.seal("a", b"b", &rng);
        assert_eq!(again.open("a", &sealed).unwrap(), b"b");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_of_another_length_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealing.key");
        std::fs::write(&path, b"short").unwrap();
        assert!(SealingKey::load_or_create(&path, &SeededRng::new(1)).is_err());
    }
}

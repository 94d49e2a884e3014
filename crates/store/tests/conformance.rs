//! The suite that every backend must pass, on SQLite files.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

use std::sync::Arc;

use async_trait::async_trait;
use store::conformance::Backend;
use store::{Store, sqlite};

/// A temporary directory with one database file.
struct File(tempfile::TempDir);

impl File {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

#[async_trait]
impl Backend for File {
    async fn open(&self) -> Arc<dyn Store> {
        sqlite::open(&format!(
            "sqlite:{}",
            self.0.path().join("tandem.db").display()
        ))
        .await
        .unwrap()
    }
}

store::conformance!(File::new());

//! Where a benchmark keeps its database, and what it can use again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use store::Maintenance as _;
use store::sqlite::SqliteStore;

/// As the product maps its database (bytes), so that the baseline reads no slower.
const MMAP_BYTES: &str = "2147418112";

/// A directory of the benchmark's own.
#[derive(Clone, Debug)]
pub struct Place {
    root: PathBuf,
}

impl Place {
    /// Uses this directory, which is made when it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(root: &Path) -> Result<Self> {
        fs::create_dir_all(root.join("data"))
            .with_context(|| format!("cannot make {}", root.display()))?;
        let root = root.canonicalize()?;
        Ok(Self { root })
    }

    /// The server's data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.root.join("data")
    }

    /// The server's database.
    pub fn database(&self) -> PathBuf {
        self.data_dir().join("tandem.db")
    }

    /// The file that is imported.
    pub fn import_file(&self) -> PathBuf {
        self.root.join("fleet.jsonl")
    }

    /// A copy of the database with expression indexes.
    pub fn indexed(&self) -> PathBuf {
        self.root.join("indexed.db")
    }

    fn mark(&self) -> PathBuf {
        self.root.join("fleet.json")
    }

    /// Whether the database holds this very fleet.
    pub fn holds(&self, devices: usize, seed: u64) -> bool {
        let mark = fs::read(self.mark()).ok();
        let mark: Option<Value> = mark.and_then(|mark| serde_json::from_slice(&mark).ok());
        mark == Some(json!({ "devices": devices, "seed": seed }))
    }

    /// Notes that the database holds this fleet.
    ///
    /// # Errors
    /// When the note cannot be written.
    pub fn mark_as(&self, devices: usize, seed: u64) -> Result<()> {
        let mark = json!({ "devices": devices, "seed": seed });
        Ok(fs::write(self.mark(), mark.to_string())?)
    }

    /// Removes the database and all that was made from it.
    ///
    /// # Errors
    /// When something cannot be removed, or the data is not a benchmark's.
    pub fn clear(&self) -> Result<()> {
        let is_empty = fs::read_dir(self.data_dir())?.next().is_none();
        ensure!(
            is_empty || self.mark().exists(),
            "{} holds data that no benchmark has made",
            self.root.display()
        );
        fs::write(self.mark(), "{}")?;
        for path in [self.import_file(), self.indexed()] {
            if path.exists() {
                fs::remove_file(path)?;
            }
        }
        fs::remove_dir_all(self.data_dir())?;
        Ok(fs::create_dir(self.data_dir())?)
    }

    /// Opens the store in this process. No server may run on it.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn store(&self) -> Result<Arc<SqliteStore>> {
        let url = format!("sqlite:{}", self.database().display());
        Ok(store::sqlite::open(&url).await?)
    }

    /// A plain connection for questions in SQL, mapped and cached as the product's readers are.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn connect(path: &Path) -> Result<SqliteConnection> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .pragma("mmap_size", MMAP_BYTES)
            .pragma("temp_store", "MEMORY")
            .disable_statement_logging();
        Ok(options.connect().await?)
    }

    /// How many devices there are.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count(&self) -> Result<u64> {
        let mut connection = Self::connect(&self.database()).await?;
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM device")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(u64::try_from(count)?)
    }

    /// Makes the copy with an index on each expression, the name behind it as pages want it; the store must be closed.
    ///
    /// # Errors
    /// When the copy cannot be made.
    pub async fn make_indexed(&self, expressions: &[String]) -> Result<()> {
        let log = self.data_dir().join("tandem.db-wal");
        let is_whole = fs::metadata(log).map_or(true, |log| log.len() == 0);
        ensure!(is_whole, "the database is still in use");
        fs::copy(self.database(), self.indexed())?;
        let mut connection = Self::connect(&self.indexed()).await?;
        for (number, expression) in expressions.iter().enumerate() {
            let index = format!("CREATE INDEX bench_{number} ON device ({expression}, device_id)");
            sqlx::query(sqlx::AssertSqlSafe(index))
                .execute(&mut connection)
                .await?;
        }
        sqlx::query("ANALYZE").execute(&mut connection).await?;
        Ok(connection.close().await?)
    }
}

/// Lets go of a store, so that its file is whole.
pub async fn close(store: Arc<SqliteStore>) {
    store.close().await;
}

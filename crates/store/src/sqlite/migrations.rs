//! The schema, as a list of steps that are compiled in. `migrations/README.md` has the rules.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnection;

use super::error::driver;
use crate::error::Error;

const STEPS: [(i64, &str, &str); 13] = [
    (
        1,
        "devices",
        include_str!("../../migrations/sqlite/0001_devices.sql"),
    ),
    (
        2,
        "logs",
        include_str!("../../migrations/sqlite/0002_logs.sql"),
    ),
    (
        3,
        "figures",
        include_str!("../../migrations/sqlite/0003_figures.sql"),
    ),
    (
        4,
        "access",
        include_str!("../../migrations/sqlite/0004_access.sql"),
    ),
    (
        5,
        "plan",
        include_str!("../../migrations/sqlite/0005_plan.sql"),
    ),
    (
        6,
        "subscriptions",
        include_str!("../../migrations/sqlite/0006_subscriptions.sql"),
    ),
    (
        7,
        "sign_in",
        include_str!("../../migrations/sqlite/0007_sign_in.sql"),
    ),
    (
        8,
        "groups",
        include_str!("../../migrations/sqlite/0008_groups.sql"),
    ),
    (
        9,
        "jobs",
        include_str!("../../migrations/sqlite/0009_jobs.sql"),
    ),
    (
        10,
        "archive",
        include_str!("../../migrations/sqlite/0010_archive.sql"),
    ),
    (
        11,
        "audit_by_time",
        include_str!("../../migrations/sqlite/0011_audit_by_time.sql"),
    ),
    (
        12,
        "attention",
        include_str!("../../migrations/sqlite/0012_attention.sql"),
    ),
    (
        13,
        "calls",
        include_str!("../../migrations/sqlite/0013_calls.sql"),
    ),
];

fn migrator() -> Migrator {
    let step = |(number, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(
            number,
            name.into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    };
    Migrator::with_migrations(STEPS.into_iter().map(step).collect())
}

/// Brings the schema up to date; a database that is newer than the program is refused.
pub(super) async fn run(connection: &mut SqliteConnection) -> Result<(), Error> {
    // `run` asks for a lifetime that keeps the future of whoever opens the store on one thread.
    migrator()
        .run_direct(None, connection, false)
        .await
        .map_err(driver)
}

/// Refuses a database whose schema is not this program's, and changes nothing.
pub(super) async fn require(connection: &mut SqliteConnection) -> Result<(), Error> {
    // Scan of the names of some tables.
    let is_ours: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')",
    )
    .fetch_one(&mut *connection)
    .await?;
    if !is_ours {
        return Err(Error::Outdated);
    }
    // Scan of a table of a few rows.
    let seen: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success")
        .fetch_all(connection)
        .await?;
    let newest = STEPS.last().map_or(0, |(number, ..)| *number);
    if let Some(later) = seen.iter().find(|number| **number > newest) {
        return Err(driver(MigrateError::VersionMissing(*later)));
    }
    if STEPS.iter().all(|(number, ..)| seen.contains(number)) {
        Ok(())
    } else {
        Err(Error::Outdated)
    }
}

/// What is wrong with the steps that the database has seen.
pub(super) async fn check(connection: &mut SqliteConnection) -> Result<Vec<String>, Error> {
    // Scan of a table of a few rows.
    let seen: Vec<(i64, bool, Vec<u8>)> =
        sqlx::query_as("SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version")
            .fetch_all(connection)
            .await
            .map_err(driver)?;
    let migrator = migrator();
    let expected: Vec<_> = migrator
        .iter()
        .map(|step| (step.version, true, step.checksum.to_vec()))
        .collect();
    Ok(if seen == expected {
        Vec::new()
    } else {
        vec!["The schema is not the one that this program makes.".to_owned()]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_step_and_names_agree() {
        let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
        let mut files: Vec<_> = std::fs::read_dir(directory)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let steps: Vec<_> = STEPS
            .iter()
            .map(|(number, name, _)| format!("{number:04}_{name}.sql"))
            .collect();
        assert_eq!(files, steps);
    }
}

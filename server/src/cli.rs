//! The commands of the binary, one file each.

mod backup;
mod check;
mod connection_string;
mod door;
mod export;
mod import;
mod property;
mod serve;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Device management: plan, provision, configure, monitor and retire a fleet from one console.
#[derive(Debug, Parser)]
#[command(name = "tandem", version, about, max_term_width = 100)]
pub(crate) struct Tandem {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the console and the hub.
    Serve(Box<serve::Serve>),
    /// Manage the people who may sign in.
    User(user::User),
    /// Print a connection string for a service policy or for one device.
    ConnectionString(connection_string::ConnectionString),
    /// Declare the properties that the fleet is asked about, in the server that runs.
    Property(property::Property),
    /// Register devices from JSON lines.
    Import(import::Import),
    /// Write all devices as JSON lines.
    Export(export::Export),
    /// Write a consistent copy of the database while the server runs.
    Backup(backup::Backup),
    /// Check configuration and database, and say what is wrong.
    Check(check::Check),
}

/// Runs the command on a runtime of its own and turns an error into a sentence and an exit code.
pub(crate) fn run(tandem: Tandem) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let done = runtime.block_on(async {
        match tandem.command {
            Command::Serve(serve) => serve.run().await,
            Command::User(user) => user.run().await,
            Command::ConnectionString(it) => it.run().await,
            Command::Property(property) => property.run().await,
            Command::Import(import) => import.run().await,
            Command::Export(export) => export.run().await,
            Command::Backup(backup) => backup.run().await,
            Command::Check(check) => check.run().await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the last words of a command go to its terminal"
)]
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("tandem: {error:#}");
    ExitCode::FAILURE
}

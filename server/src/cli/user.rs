use std::io::BufRead;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use fleet::access::{NewPerson, PersonChange, Role};

use super::door::{COMMAND, quiet};
use crate::config::Data;
use crate::wire_up::Wired;

/// `tandem user`.
#[derive(Args, Debug)]
pub(crate) struct User {
    #[command(flatten)]
    data: Data,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List everybody who may sign in.
    List,
    /// Add somebody; the password is read from standard input.
    Add {
        /// The name to sign in with.
        name: String,
        /// What the person may do.
        #[arg(long, value_enum)]
        role: RoleName,
    },
    /// Give somebody another role.
    Role {
        /// Who.
        name: String,
        /// What the person may do from now on.
        #[arg(value_enum)]
        role: RoleName,
    },
    /// Give somebody another password, read from standard input; it ends their sessions.
    Password {
        /// Who.
        name: String,
    },
    /// Keep somebody from signing in; it ends their sessions.
    Disable {
        /// Who.
        name: String,
    },
    /// Let somebody sign in again.
    Enable {
        /// Who.
        name: String,
    },
    /// Remove somebody.
    Remove {
        /// Who.
        name: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    /// Changes everything, people included.
    Admin,
    /// Changes devices.
    Operator,
    /// Reads everything, changes nothing.
    Supervisor,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Operator => Self::Operator,
            RoleName::Supervisor => Self::Supervisor,
        }
    }
}

impl User {
    pub(crate) async fn run(self) -> Result<()> {
        // A person may take their time; the database is opened after that.
        let password = match &self.verb {
            Verb::Add { .. } | Verb::Password { .. } => read_password()?,
            _ => String::new(),
        };
        let door = quiet(&self.data, "localhost").await?;
        let done = carry_out(&door.wired, self.verb, password).await;
        door.wired.store.close().await;
        done
    }
}

#[expect(clippy::print_stdout, reason = "the list is this command's output")]
async fn carry_out(wired: &Wired, verb: Verb, password: String) -> Result<()> {
    let access = wired.fleet.access();
    let id = async |name: &str| -> Result<i64> {
        let person = access.person_named(&COMMAND, name).await?;
        person
            .map(|person| person.id)
            .with_context(|| format!("there is nobody named {name:?}"))
    };
    let change = async |name: &str, change: PersonChange| -> Result<()> {
        access
            .change_person(&COMMAND, id(name).await?, change)
            .await?;
        Ok(())
    };
    match verb {
        Verb::List => {
            for person in access.people(&COMMAND).await? {
                let state = if person.is_enabled { "" } else { "   disabled" };
                println!("{:<24}{:<12}{state}", person.name, person.role.as_str());
            }
        }
        Verb::Add { name, role } => {
            access
                .add_person(
                    &COMMAND,
                    NewPerson {
                        name,
                        password,
                        role: role.into(),
                    },
                )
                .await?;
        }
        Verb::Role { name, role } => {
            let role = Some(role.into());
            let role = PersonChange {
                role,
                ..PersonChange::default()
            };
            change(&name, role).await?;
        }
        Verb::Password { name } => {
            let password = Some(password);
            let password = PersonChange {
                password,
                ..PersonChange::default()
            };
            change(&name, password).await?;
        }
        Verb::Disable { name } => change(&name, enabled(false)).await?,
        Verb::Enable { name } => change(&name, enabled(true)).await?,
        Verb::Remove { name } => access.remove_person(&COMMAND, id(&name).await?).await?,
    }
    Ok(())
}

fn enabled(is_enabled: bool) -> PersonChange {
    PersonChange {
        is_enabled: Some(is_enabled),
        ..PersonChange::default()
    }
}

/// One line of standard input: passwords do not belong into arguments, which other processes can read.
fn read_password() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        bail!(
            "write the password to standard input, for example: tandem user add ada --role operator < password.txt"
        );
    }
    Ok(password)
}

//! `tandem property`: declared properties, which have a column in the memory of the server.

mod declarations;
mod table;

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::json;
use twin::scheme::PropertyType;

use super::door::Door;
use crate::config::{Data, Remote};

/// `tandem property`.
#[derive(Args, Debug)]
pub(crate) struct Property {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the declared properties and how their columns stand.
    List,
    /// Declare a property: queries on it are then answered from memory. Its column is built in the background.
    Declare(Declare),
    /// Take a declaration back. What devices hold stays, and queries on it read documents again.
    Drop {
        /// The path, as in a query.
        path: String,
    },
}

#[derive(Args, Debug)]
struct Declare {
    /// The path, as in a query: `tags.region`, `desired.mode`, `reported.battery_pct`.
    path: String,

    /// The type of its values.
    #[arg(long = "type", value_name = "TYPE", value_parser = PossibleValuesParser::new(PropertyType::ALL.map(PropertyType::as_str)))]
    kind: String,

    /// What people call it.
    #[arg(long, default_value = "", hide_default_value = true)]
    title: String,

    /// The unit of a number.
    #[arg(long, default_value = "", hide_default_value = true)]
    unit: String,

    /// What it means.
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,

    /// Say something else of a property that is declared; its column stays.
    #[arg(long)]
    replace: bool,
}

impl Property {
    #[expect(clippy::print_stdout, reason = "the list is this command's output")]
    pub(crate) async fn run(self) -> Result<()> {
        let door = Door::open(&self.data, &self.remote).await?;
        let done = match self.verb {
            Verb::List => {
                let listed = declarations::list(&door).await;
                listed.map(|listed| print!("{}", table::of(&listed)))
            }
            Verb::Declare(declare) => {
                let body = json!({
                    "type": declare.kind,
                    "title": declare.title,
                    "unit": declare.unit,
                    "description": declare.description,
                });
                declarations::put(&door, &declare.path, &body, declare.replace).await
            }
            Verb::Drop { path } => declarations::drop_property(&door, &path).await,
        };
        door.close().await;
        done
    }
}

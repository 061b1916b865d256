//! The benchmarks' own programs, started by `benches/run`: rows and blobs to measure on, the index measured from inside,
//! and drivers for pushes and decisions. It measures nothing over HTTP that an outside load generator can.
#![allow(clippy::print_stdout)]

mod charts;
mod data;
mod index;
mod meter;
mod push;
mod visible;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use server::app::App;
use server::config::{Config, Database};
use server::model::Clock;

/// What everything here may end with.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fill a data folder: rows of approved and of waiting versions, and the blobs of some
    Data(data::Args),
    /// Build and change the index in this process
    Index(index::Args),
    /// Push unique charts to an OCI registry
    Push(push::Args),
    /// Write unique charts as files
    Charts(charts::Args),
    /// Decide on one server and wait until another shows it
    Visible(visible::Args),
}

/// Where the rows are.
#[derive(clap::Args)]
pub struct Place {
    #[arg(long)]
    data: PathBuf,
    /// PostgreSQL; SQLite in the data folder when absent
    #[arg(long)]
    database: Option<String>,
}

impl Place {
    /// # Errors
    /// The place cannot be opened.
    pub async fn open(&self) -> Outcome<App> {
        let mut config = Config::new(self.data.clone(), ([127, 0, 0, 1], 8080).into());
        if let Some(url) = &self.database {
            config.database = Database::Postgres(Box::new(server::db::postgres_options(url)?));
        }
        Ok(App::open(config, Clock::System).await?)
    }
}

#[tokio::main]
async fn main() -> Outcome<()> {
    match Cli::parse().command {
        Command::Data(args) => data::run(&args).await,
        Command::Index(args) => index::run(&args).await,
        Command::Push(args) => push::run(&args).await,
        Command::Charts(args) => charts::run(&args),
        Command::Visible(args) => visible::run(&args).await,
    }
}

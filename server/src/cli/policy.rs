//! `chartgate policy`: what each repository demands of a chart, shown, checked and changed where the server keeps it.
//! What the keys mean, the scanner's policy says.

use std::path::PathBuf;

use super::admin::operator;
use super::place::Place;
use super::{Failure, Outcome, exit, note, print, runtime};
use crate::model::RepositoryName;
use crate::registry::{read_policy, set_policy};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print the policy of a repository
    Show {
        #[command(flatten)]
        place: Box<Place>,
        repository: RepositoryName,
    },
    /// Put a file in force as the policy of a repository; what waits is judged again
    Set {
        #[command(flatten)]
        place: Box<Place>,
        repository: RepositoryName,
        /// TOML
        file: PathBuf,
    },
    /// Say whether a file is a policy, and which version it would be
    Check {
        /// TOML
        file: PathBuf,
    },
}

pub(super) fn run(args: &Args) -> Outcome {
    runtime()?.block_on(async {
        match &args.command {
            Command::Show { place, repository } => {
                let app = place.open().await?;
                print(&app.policies.text(&mut app.db.read(), repository).await?)?;
            }
            Command::Set { place, repository, file } => {
                read_policy(file)?;
                let text = std::fs::read_to_string(file).map_err(|error| {
                    Failure::new(exit::USAGE, format!("{} cannot be read: {error}", file.display()))
                })?;
                let app = place.open().await?;
                let changed = set_policy(&app, &operator(), repository, &text).await?;
                let how = if changed { "is in force now" } else { "says what the one in force says" };
                note(&format!("repository {repository}: {} {how}", file.display()));
            }
            Command::Check { file } => print(&format!("ok: version {}\n", read_policy(file)?.version()))?,
        }
        Ok(exit::DONE)
    })
}

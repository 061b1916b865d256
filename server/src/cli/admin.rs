//! `chartgate admin`: what an operator does where the server keeps its data, also while the server runs.

use super::place::Place;
use super::{Outcome, exit, note, print, runtime};
use crate::auth;
use crate::model::{Caller, RepositoryName, Role};
use crate::registry;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print a new one-time sign-in link
    SignInLink {
        #[command(flatten)]
        place: Box<Place>,
        /// Account that the link signs in
        #[arg(long, default_value = "admin")]
        name: String,
    },
    /// Make an API token and print it, and nothing else, on standard output
    Token {
        #[command(flatten)]
        place: Box<Place>,
        /// Who acts with it; tokens of one name are one person or robot
        #[arg(long)]
        name: String,
        /// reader, publisher, reviewer, admin or auditor
        #[arg(long)]
        role: Role,
        /// The one repository it is for; all of them when absent
        #[arg(long)]
        repository: Option<RepositoryName>,
        /// Days until it expires; never when absent
        #[arg(long)]
        expires_in_days: Option<u32>,
    },
    /// Make a repository with the default policy
    Repository {
        #[command(flatten)]
        place: Box<Place>,
        /// Its name, the first part of its addresses
        name: RepositoryName,
    },
}

pub(super) fn run(args: &Args) -> Outcome {
    runtime()?.block_on(async {
        match &args.command {
            Command::SignInLink { place, name } => {
                let app = place.open().await?;
                print(&format!("{}\n", auth::make_link(&app, name).await?))?;
                note(&format!("signs in {name}, once, within {} minutes", auth::SIGN_IN_LINK_SECONDS / 60));
            }
            Command::Token { place, name, role, repository, expires_in_days } => {
                let app = place.open().await?;
                let expires = expires_in_days.map(|days| app.now().plus_seconds(i64::from(days) * 86_400));
                let operator = operator();
                let token =
                    auth::create_token(&app, &operator, name, *role, repository.as_ref(), expires).await?;
                print(&format!("{}\n", token.secret))?;
            }
            Command::Repository { place, name } => {
                let app = place.open().await?;
                let new = registry::create_repository(&app, &operator(), name).await?;
                let what = if new { "made" } else { "is there already" };
                note(&format!("repository {name} {what}; its policy is {}", app.policies.place(name)));
            }
        }
        Ok(exit::DONE)
    })
}

/// Whoever can write the data folder or the database.
pub(super) fn operator() -> Caller {
    Caller { name: "operator".to_owned(), ..Caller::system() }
}

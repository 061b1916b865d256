//! `chartgate admin`: what an operator does on the data folder itself, also while the server runs.

use std::path::{Path, PathBuf};

use super::{Failure, Outcome, exit, note, print, runtime};
use crate::app::App;
use crate::auth;
use crate::config::Config;
use crate::model::{Caller, Clock, RepositoryName, Role};
use crate::registry;

/// Written by a running server; tells the address to print in links.
pub(super) const ADDRESS_FILE: &str = "address";

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
        place: Place,
        /// Account that the link signs in
        #[arg(long, default_value = "admin")]
        name: String,
    },
    /// Make an API token and print it, and nothing else, on standard output
    Token {
        #[command(flatten)]
        place: Place,
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
        place: Place,
        /// Its name, the first part of its addresses
        name: RepositoryName,
    },
}

#[derive(clap::Args)]
struct Place {
    /// Folder of the server's data
    #[arg(long, env = "CHARTGATE_DATA", default_value = "./chartgate-data")]
    data: PathBuf,
}

pub(super) fn run(args: &Args) -> Outcome {
    runtime()?.block_on(async {
        match &args.command {
            Command::SignInLink { place, name } => {
                let app = open_data(&place.data).await?;
                print(&format!("{}\n", auth::make_link(&app, name).await?))?;
                note(&format!("signs in {name}, once, within {} minutes", auth::SIGN_IN_LINK_SECONDS / 60));
            }
            Command::Token { place, name, role, repository, expires_in_days } => {
                let app = open_data(&place.data).await?;
                let expires = expires_in_days.map(|days| app.now().plus_seconds(i64::from(days) * 86_400));
                let operator = operator();
                let token =
                    auth::create_token(&app, &operator, name, *role, repository.as_ref(), expires).await?;
                print(&format!("{}\n", token.secret))?;
            }
            Command::Repository { place, name } => {
                let app = open_data(&place.data).await?;
                let new = registry::create_repository(&app, &operator(), name).await?;
                let what = if new { "made" } else { "is there already" };
                note(&format!(
                    "repository {name} {what}; its policy is {}",
                    app.policies.path(name).display()
                ));
            }
        }
        Ok(exit::DONE)
    })
}

/// Whoever can write the data folder.
fn operator() -> Caller {
    Caller { name: "operator".to_owned(), ..Caller::system() }
}

/// Opens a data folder that a server has made.
///
/// # Errors
/// There is none at this path.
pub(super) async fn open_data(data: &Path) -> Result<App, Failure> {
    if !data.join("chartgate.db").is_file() {
        let what = format!(
            "{} is not the data folder of a chartgate server; give it with --data, or start one with: chartgate serve --data {}",
            data.display(),
            data.display()
        );
        return Err(Failure::new(exit::NOT_FOUND, what));
    }
    let mut config = Config::new(data.to_owned(), super::serve::DEFAULT_LISTEN);
    if let Ok(address) = std::fs::read_to_string(data.join(ADDRESS_FILE)) {
        config.public_url = address.trim().to_owned();
    }
    Ok(App::open(config, Clock::System).await?)
}

//! `chartgate policy`: what each repository demands of a chart, shown, checked and changed where the server keeps it.
//! What the keys mean, the scanner's policy says.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::admin::operator;
use super::place::Place;
use super::{Failure, Outcome, exit, note, print, runtime};
use crate::model::RepositoryName;
use crate::registry::{POLICY_BYTES_MAX, parse_policy, read_policy_text, set_policy};

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
        /// TOML, or - for standard input
        file: PathBuf,
    },
    /// Say whether a file is a policy, and which version it would be
    Check {
        /// TOML, or - for standard input
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
                let text = text_of(file)?;
                let app = place.open().await?;
                let changed = set_policy(&app, &operator(), repository, &text).await?;
                let how = if changed { "is in force now" } else { "says what the one in force says" };
                note(&format!("repository {repository}: {} {how}", shown(file)));
            }
            Command::Check { file } => {
                print(&format!("ok: version {}\n", parse_policy(&text_of(file)?)?.version()))?;
            }
        }
        Ok(exit::DONE)
    })
}

fn shown(file: &Path) -> std::path::Display<'_> {
    if file == Path::new("-") { Path::new("standard input").display() } else { file.display() }
}

/// A policy's text, which is valid. Standard input serves where the command runs in a container without the file.
fn text_of(file: &Path) -> Result<String, Failure> {
    if file != Path::new("-") {
        return Ok(read_policy_text(file)?);
    }
    let mut text = String::new();
    let input = std::io::stdin().take(POLICY_BYTES_MAX + 1).read_to_string(&mut text);
    input.map_err(|error| Failure::new(exit::USAGE, format!("standard input cannot be read: {error}")))?;
    parse_policy(&text)?;
    Ok(text)
}

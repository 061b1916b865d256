//! `chartgate audit verify`: recomputes the hash chain of the audit log from its rows.

use super::place::Place;
use super::{Failure, Outcome, exit, note, print, runtime};
use crate::registry;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Recompute the chain; says at which entry it breaks
    Verify {
        #[command(flatten)]
        place: Box<Place>,
        /// A head that was noted before; the log must still contain it
        #[arg(long, value_name = "HASH")]
        contains: Option<String>,
    },
}

pub(super) fn run(args: &Args) -> Outcome {
    let Command::Verify { place, contains } = &args.command;
    runtime()?.block_on(async {
        let app = place.open().await?;
        let chain = registry::verify(&app.db).await?;
        if let Some((seq, what)) = chain.broken {
            note(&format!("entries before {seq}: {} of them follow each other", chain.entries));
            return Err(Failure::new(
                exit::UNEXPECTED,
                format!("the audit log is broken at entry {seq}: {what}"),
            ));
        }
        if let Some(head) = contains
            && *head != chain.head
            && !registry::log_contains(&app.db, head).await?
        {
            let what = format!(
                "the audit log does not contain {head}: it was cut short or belongs to another server"
            );
            return Err(Failure::new(exit::UNEXPECTED, what));
        }
        print(&format!("ok: {} entries, head {}\n", chain.entries, chain.head))?;
        Ok(exit::DONE)
    })
}

//! `chartgate push FILE REPOSITORY`: sends an archive to a server and prints what became of it.

use std::path::PathBuf;

use reqwest::Method;

use super::client::{Client, ServerArgs};
use super::output::{Format, show};
use super::{Failure, Outcome, exit, runtime};
use crate::web::api::body::PushReceipt;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The chart archive (.tgz).
    pub file: PathBuf,
    /// Repository on the server, such as charts.
    pub repository: String,
    #[command(flatten)]
    pub server: ServerArgs,
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub output: Format,
}

/// # Errors
/// With the exit code of the contract: unreadable file 2, no right 4, unknown repository 5, refused 6, unreachable 7.
pub fn run(args: &Args) -> Outcome {
    runtime()?.block_on(send(args))?;
    Ok(exit::DONE)
}

async fn send(args: &Args) -> Result<(), Failure> {
    let bytes = std::fs::read(&args.file).map_err(|error| {
        Failure::new(exit::USAGE, format!("{} cannot be read: {error}", args.file.display()))
    })?;
    let client = Client::new(&args.server)?;
    let request = client
        .request(Method::POST, &format!("/api/v1/repositories/{}/charts", args.repository))
        .header("Content-Type", "application/gzip")
        .body(bytes);
    let receipt: PushReceipt = client.json(request).await?;
    let known = if receipt.created { "" } else { " (these bytes were here already)" };
    show(args.output, &receipt, || {
        format!(
            "{}/{} {} is {}{known}\n{}\n{}",
            receipt.repository, receipt.chart, receipt.version, receipt.state, receipt.digest, receipt.report
        )
    })
}

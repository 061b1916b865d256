//! `chartgate status REPOSITORY/CHART VERSION [--wait]`: where a version stands, as text and as exit code.

use std::time::Duration;

use super::client::{ChartPath, Client, ServerArgs};
use super::output::{Format, show};
use super::{Failure, Outcome, exit, runtime};
use crate::web::api::body::VersionStatus;

/// Time between two questions while waiting.
const POLL_MILLISECONDS: u64 = 500;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// REPOSITORY/CHART, such as charts/nginx.
    pub chart: ChartPath,
    pub version: String,
    /// Wait until the version was decided.
    #[arg(long)]
    pub wait: bool,
    /// Seconds to wait at most.
    #[arg(long, default_value_t = 300)]
    pub timeout: u64,
    #[command(flatten)]
    pub server: ServerArgs,
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub output: Format,
}

/// # Errors
/// Exit code 6 for a version that is blocked, rejected or revoked, 7 for one that still waits; the status is printed before.
pub fn run(args: &Args) -> Outcome {
    runtime()?.block_on(ask(args))?;
    Ok(exit::DONE)
}

async fn ask(args: &Args) -> Result<(), Failure> {
    let client = Client::new(&args.server)?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(args.timeout);
    let status = loop {
        let status = client.status(&args.chart, &args.version).await?;
        if !args.wait || !is_pending(&status) || tokio::time::Instant::now() >= deadline {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(POLL_MILLISECONDS)).await;
    };
    show(args.output, &status, || table(&status))?;
    match status.state.as_str() {
        "approved" => Ok(()),
        _ if is_pending(&status) => Err(Failure::new(exit::PENDING, format!("it is still {}", status.state))),
        state => Err(Failure::new(exit::BLOCKED, format!("it is {state}: {}", why(&status)))),
    }
}

/// Nobody has decided yet, and no finding has.
fn is_pending(status: &VersionStatus) -> bool {
    status.state == "quarantined"
        || (status.state == "in review" && status.verdict.as_deref() == Some("pass"))
}

fn why(status: &VersionStatus) -> &str {
    status.decision_reason.as_deref().or(status.reason.as_deref()).unwrap_or("no reason is known")
}

fn table(status: &VersionStatus) -> String {
    let mut lines = vec![
        format!("{}/{} {}  {}", status.repository, status.chart, status.version, status.state),
        format!("digest    {}", status.digest),
        format!("uploaded  {} by {}", status.uploaded_at, status.uploaded_by),
    ];
    if let Some(reason) = &status.reason {
        lines.push(format!("verdict   {reason}"));
    }
    if let (Some(by), Some(reason)) = (&status.decided_by, &status.decision_reason) {
        lines.push(format!("decided   by {by}: {reason}"));
    }
    lines.push(format!("report    {}", status.report));
    lines.join("\n")
}

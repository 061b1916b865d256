//! `chartgate approve | reject | revoke REPOSITORY/CHART VERSION --reason TEXT`: a decision bound to what stands there now.

use reqwest::Method;

use super::client::{ChartPath, Client, ServerArgs, version_path};
use super::output::{Format, show};
use super::{Failure, Outcome, exit, runtime};
use crate::web::api::body::{DecisionRequest, VersionStatus};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// REPOSITORY/CHART, such as charts/nginx.
    pub chart: ChartPath,
    pub version: String,
    /// Why; kept in the audit log.
    #[arg(long)]
    pub reason: String,
    /// Refuse when the version's digest is another one.
    #[arg(long)]
    pub digest: Option<String>,
    #[command(flatten)]
    pub server: ServerArgs,
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub output: Format,
}

#[derive(Clone, Copy, Debug)]
pub enum Verb {
    Approve,
    Reject,
    Revoke,
}

impl Verb {
    fn as_str(self) -> &'static str {
        match self {
            Verb::Approve => "approve",
            Verb::Reject => "reject",
            Verb::Revoke => "revoke",
        }
    }
}

/// # Errors
/// Exit code 6 when the verdict or the policy forbids it, or when something changed meanwhile.
pub fn run(verb: Verb, args: &Args) -> Outcome {
    runtime()?.block_on(decide(verb, args))?;
    Ok(exit::DONE)
}

async fn decide(verb: Verb, args: &Args) -> Result<(), Failure> {
    let client = Client::new(&args.server)?;
    let seen = client.status(&args.chart, &args.version).await?;
    let decision = DecisionRequest {
        reason: args.reason.clone(),
        digest: args.digest.clone().unwrap_or(seen.digest),
        policy_version: seen.policy_version,
    };
    let path = format!("{}/{}", version_path(&args.chart, &args.version), verb.as_str());
    let status: VersionStatus = client.json(client.request(Method::POST, &path).json(&decision)).await?;
    show(args.output, &status, || {
        format!("{}/{} {} is {}", status.repository, status.chart, status.version, status.state)
    })
}

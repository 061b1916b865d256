//! `chartgate check`: whether a server or worker is ready, for health checks of containers that have no other client.

use super::{Failure, Outcome, exit, print, runtime};
use std::time::Duration;

/// A health check that takes longer has failed. Longer than a server waits for its database or its store, so that its
/// answer says which of them it is.
const TIMEOUT: Duration = Duration::from_secs(12);

#[derive(clap::Args)]
pub(super) struct Args {
    /// Address of the server or worker
    #[arg(long, env = "CHARTGATE_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
}

pub(super) fn run(args: &Args) -> Outcome {
    runtime()?.block_on(async {
        let url = format!("{}/readyz", args.server.trim_end_matches('/'));
        let unreachable =
            |error: reqwest::Error| Failure::new(exit::PENDING, format!("{url} cannot be reached: {error}"));
        let client = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build().map_err(unreachable)?;
        let answer = client.get(&url).send().await.map_err(unreachable)?;
        let status = answer.status();
        let text = answer.text().await.map_err(unreachable)?;
        if !status.is_success() {
            return Err(Failure::new(exit::PENDING, format!("{url} answered {status}: {}", text.trim())));
        }
        print("ready\n")?;
        Ok(exit::DONE)
    })
}

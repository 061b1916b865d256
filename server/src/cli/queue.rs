//! `chartgate queue`: what waits for a scan or a person, oldest first.

use reqwest::Method;

use super::client::{Client, ServerArgs};
use super::output::{Format, show};
use super::{Failure, Outcome, exit, runtime};
use crate::web::api::body::Queue;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this repository.
    #[arg(long)]
    pub repository: Option<String>,
    #[command(flatten)]
    pub server: ServerArgs,
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub output: Format,
}

/// # Errors
/// As every client command.
pub fn run(args: &Args) -> Outcome {
    runtime()?.block_on(ask(args))?;
    Ok(exit::DONE)
}

async fn ask(args: &Args) -> Result<(), Failure> {
    let client = Client::new(&args.server)?;
    let mut request = client.request(Method::GET, "/api/v1/queue");
    if let Some(repository) = &args.repository {
        request = request.query(&[("repository", repository)]);
    }
    let queue: Queue = client.json(request).await?;
    show(args.output, &queue, || table(&queue))
}

fn table(queue: &Queue) -> String {
    if queue.items.is_empty() {
        return "nothing waits".to_owned();
    }
    let lines: Vec<String> = queue
        .items
        .iter()
        .map(|item| {
            let reason = item.reason.as_deref().unwrap_or("waits for its scan");
            format!("{}/{} {}  {}  {reason}", item.repository, item.chart, item.version, item.state)
        })
        .collect();
    lines.join("\n")
}

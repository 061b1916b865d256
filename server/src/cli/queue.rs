//! `chartgate queue`: what waits for a scan or a person, oldest first.

use reqwest::Method;

use super::client::{Client, ServerArgs};
use super::output::{Format, show};
use super::Failure;
use crate::web::api::body::Queue;

#[derive(Debug, clap::Args)]
pub struct QueueArgs {
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
pub async fn run(args: &QueueArgs) -> Result<(), Failure> {
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

//! `chartgate mirror add | list | run | remove`: what a server follows, as commands of a client.

use std::time::Duration;

use reqwest::Method;

use super::client::{Client, ServerArgs};
use super::output::{Format, show};
use super::{Failure, Outcome, exit, note, runtime};
use crate::registry::every_words;
use crate::web::api::upstreams::{RunItem, UpstreamItem, UpstreamRequest, Upstreams};

/// Time between two questions while a run is under way.
const POLL_MILLISECONDS: u64 = 500;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Follow a classic Helm repository: its charts come in through quarantine, like a push
    Add(AddArgs),
    /// What is followed, and how it stands
    List(ListArgs),
    /// Run a mirror now and wait for its end
    Run(RunArgs),
    /// Follow an upstream no more; what came from it stays
    Remove(RemoveArgs),
}

#[derive(Debug, clap::Args)]
struct AddArgs {
    /// Name of the upstream, such as bitnami
    name: String,
    /// Address of the repository, as helm repo add takes it
    url: String,
    /// Repository on the server where its charts come in
    #[arg(long)]
    repository: String,
    /// Only this chart; can be given again for more
    #[arg(long = "chart", value_name = "CHART")]
    charts: Vec<String>,
    /// Only these versions, such as '>=1.0.0 <3'
    #[arg(long, value_name = "RANGE", default_value = "")]
    versions: String,
    /// Time between two runs: 15m, 1h, 2d
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = seconds)]
    every: i64,
    #[command(flatten)]
    server: ServerArgs,
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

#[derive(Debug, clap::Args)]
struct RunArgs {
    /// Name of the upstream
    name: String,
    /// Do not wait for the end of the run
    #[arg(long)]
    no_wait: bool,
    /// Seconds to wait at most
    #[arg(long, default_value_t = 3_600)]
    timeout: u64,
    #[command(flatten)]
    server: ServerArgs,
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

#[derive(Debug, clap::Args)]
struct RemoveArgs {
    /// Name of the upstream
    name: String,
    #[command(flatten)]
    server: ServerArgs,
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

/// # Errors
/// With the exit code of the contract: not valid 2, no right 4, unknown 5, the name is taken 6, the upstream or the
/// server cannot be reached 7.
pub fn run(args: &Args) -> Outcome {
    let runtime = runtime()?;
    match &args.command {
        Command::Add(args) => runtime.block_on(add(args))?,
        Command::List(args) => runtime.block_on(list(args))?,
        Command::Run(args) => runtime.block_on(run_now(args))?,
        Command::Remove(args) => runtime.block_on(remove(args))?,
    }
    Ok(exit::DONE)
}

async fn add(args: &AddArgs) -> Result<(), Failure> {
    let client = Client::new(&args.server)?;
    let request = UpstreamRequest {
        name: args.name.clone(),
        url: args.url.clone(),
        repository: args.repository.clone(),
        charts: args.charts.clone(),
        versions: args.versions.clone(),
        every_seconds: Some(args.every),
    };
    let item: UpstreamItem =
        client.json(client.request(Method::POST, "/api/v1/upstreams").json(&request)).await?;
    show(args.output, &item, || {
        format!(
            "{}\nIts first run begins now: chartgate mirror run {} waits for its end.\n{}",
            item.description, item.name, item.page
        )
    })
}

async fn list(args: &ListArgs) -> Result<(), Failure> {
    let client = Client::new(&args.server)?;
    let upstreams: Upstreams = client.json(client.request(Method::GET, "/api/v1/upstreams")).await?;
    show(args.output, &upstreams, || {
        if upstreams.items.is_empty() {
            return "nothing is followed".to_owned();
        }
        upstreams.items.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

/// One upstream in the list: what, whereto, how often, and how it stands.
fn line(item: &UpstreamItem) -> String {
    let standing = &item.standing;
    let mut text = format!(
        "{}  {}  into {}  every {}  {} stored",
        item.name,
        item.url,
        item.repository,
        every_words(item.every_seconds),
        standing.stored
    );
    let further = [
        (standing.held, "with CHANGED BYTES"),
        (standing.wanted, "still to be fetched"),
        (standing.refused, "refused"),
        (standing.failed, "failed"),
    ];
    for (count, what) in further.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!(", {count} {what}"));
    }
    match (&item.last_error, &item.last_run_at) {
        (Some(error), _) => text.push_str(&format!("  FAILED: {error}")),
        (None, Some(at)) => text.push_str(&format!("  last run {at}")),
        (None, None) => text.push_str("  not run yet"),
    }
    text
}

async fn run_now(args: &RunArgs) -> Result<(), Failure> {
    let client = Client::new(&args.server)?;
    let path = format!("/api/v1/upstreams/{}/runs", args.name);
    let mut run: RunItem = client.json(client.request(Method::POST, &path)).await?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(args.timeout);
    while !args.no_wait && run.finished_at.is_none() && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(POLL_MILLISECONDS)).await;
        run = client.json(client.request(Method::GET, &format!("{path}/{}", run.id))).await?;
    }
    show(args.output, &run, || match run.state.as_str() {
        "done" | "failed" => run.summary.words(),
        state => format!("the run is {state}"),
    })?;
    match (&run.error, &run.finished_at) {
        (Some(error), _) => Err(Failure::new(exit::PENDING, format!("the run failed: {error}"))),
        (None, None) if !args.no_wait => {
            Err(Failure::new(exit::PENDING, format!("the run is still {}", run.state)))
        }
        _ => {
            if run.summary.changed > 0 {
                note(
                    "warning: bytes of known versions changed upstream; what is here stays, see the mirror's page",
                );
            }
            Ok(())
        }
    }
}

async fn remove(args: &RemoveArgs) -> Result<(), Failure> {
    let client = Client::new(&args.server)?;
    let path = format!("/api/v1/upstreams/{}", args.name);
    let item: UpstreamItem = client.json(client.request(Method::DELETE, &path)).await?;
    show(args.output, &item, || {
        format!(
            "{} is followed no more; {} versions from it stay in {}",
            item.name, item.standing.stored, item.repository
        )
    })
}

/// `90s`, `15m`, `1h`, `2d` in seconds.
fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text} is no time; write it as 90s, 15m, 1h or 2d");
    let (digits, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    digits.parse::<i64>().ok().and_then(|count| count.checked_mul(factor)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_have_a_number_and_a_unit() {
        for (text, value) in [("90s", 90), ("15m", 900), ("1h", 3_600), ("2d", 172_800)] {
            assert_eq!(seconds(text), Ok(value), "{text}");
        }
        for bad in ["", "h", "1", "1w", "-1h", "1.5h", "1é", "99999999999999999999d", "9223372036854775807d"]
        {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}

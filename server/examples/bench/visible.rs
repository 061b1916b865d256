//! Approves or revokes on one server and asks another, without pause, until it shows the decision.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::Client;
use reqwest::header::{ETAG, HeaderValue};
use serde_json::{Value, json};

use crate::Outcome;
use crate::meter::{milliseconds, percentile};

/// A decision that is not seen after this time is lost.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two questions, so that asking does not slow down what is asked.
const PAUSE: Duration = Duration::from_millis(1);

#[derive(clap::Args)]
pub struct Args {
    /// Server that is told
    #[arg(long)]
    on: String,
    /// Server that is asked
    #[arg(long)]
    seen: String,
    #[arg(long)]
    token: String,
    #[arg(long, default_value_t = 50)]
    count: usize,
}

/// Prints one line of JSON: milliseconds from the answer to the decision until it is seen.
pub async fn run(args: &Args) -> Outcome<()> {
    let asked = Asked { client: Client::builder().tcp_nodelay(true).build()?, seen: args.seen.clone() };
    let queue = format!("{}/api/v1/queue?limit={}", args.on, args.count);
    let queue = asked.client.get(queue).bearer_auth(&args.token).send().await?.error_for_status()?;
    let waiting = queue.json::<Value>().await?["items"].as_array().cloned().unwrap_or_default();
    let mut times: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (place, item) in waiting.iter().take(args.count).enumerate() {
        let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
        let (chart, version) = (text("chart"), text("version"));
        let body = json!({
            "reason": "measured",
            "digest": text("digest"),
            "policy_version": text("policy_version"),
        });
        let api = format!("{}/api/v1/repositories/charts/charts/{chart}/versions/{version}", args.on);
        let decide = async |verb: &str| {
            let began = Instant::now();
            let request = asked.client.post(format!("{api}/{verb}")).bearer_auth(&args.token).json(&body);
            request.send().await?.error_for_status()?;
            Outcome::Ok(milliseconds(began.elapsed()))
        };
        let before = asked.validator().await?;
        let took = decide("approve").await?;
        times.entry("decision").or_default().push(took);
        // Each way of asking has its own half of the decisions, so that none profits from the waiting for another.
        if place % 2 == 0 {
            let seen = asked.until(async || Ok(asked.lists(&chart, &version).await?)).await?;
            times.entry("approve_seen").or_default().push(seen);
            decide("revoke").await?;
            let seen = asked.until(async || Ok(!asked.lists(&chart, &version).await?)).await?;
            times.entry("revoke_seen").or_default().push(seen);
        } else {
            let seen = asked.until(async || Ok(asked.validator().await? != before)).await?;
            times.entry("index_approve_seen").or_default().push(seen);
            for _ in 0..2 {
                if !asked.serves(&chart, &version).await? {
                    return Err(format!("{chart} {version} is approved and not served").into());
                }
            }
            decide("revoke").await?;
            let seen = asked.until(async || Ok(!asked.serves(&chart, &version).await?)).await?;
            times.entry("pull_revoke_seen").or_default().push(seen);
        }
    }
    let line: BTreeMap<&str, Value> = times
        .into_iter()
        .map(|(what, mut times)| {
            times.sort_by(f64::total_cmp);
            let figures = json!({ "p50_ms": percentile(&times, 0.5), "p99_ms": percentile(&times, 0.99), "count": times.len() });
            (what, figures)
        })
        .collect();
    println!("{}", json!(line));
    Ok(())
}

/// The server that is asked.
struct Asked {
    client: Client,
    seen: String,
}

impl Asked {
    /// Milliseconds until an answer is yes.
    async fn until(&self, mut yes: impl AsyncFnMut() -> Outcome<bool>) -> Outcome<f64> {
        let told = Instant::now();
        while !yes().await? {
            if told.elapsed() > PATIENCE {
                return Err("a decision is not seen".into());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(milliseconds(told.elapsed()))
    }

    async fn lists(&self, chart: &str, version: &str) -> Outcome<bool> {
        let answer = self.client.get(format!("{}/v2/charts/{chart}/tags/list", self.seen)).send().await?;
        let tags: Value = answer.json().await?;
        Ok(tags["tags"].as_array().is_some_and(|tags| tags.iter().any(|tag| *tag == json!(version))))
    }

    async fn serves(&self, chart: &str, version: &str) -> Outcome<bool> {
        let manifest = format!("{}/v2/charts/{chart}/manifests/{version}", self.seen);
        Ok(self.client.get(manifest).send().await?.status().is_success())
    }

    async fn validator(&self) -> Outcome<Option<HeaderValue>> {
        let answer = self.client.head(format!("{}/charts/index.yaml", self.seen)).send().await?;
        Ok(answer.error_for_status()?.headers().get(ETAG).cloned())
    }
}

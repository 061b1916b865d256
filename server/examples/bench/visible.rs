//! Approves or revokes on one server and asks another, without pause, until it shows the decision.

use std::time::{Duration, Instant};

use reqwest::Client;
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
    let client = Client::builder().tcp_nodelay(true).build()?;
    let queue = format!("{}/api/v1/queue?limit={}", args.on, args.count);
    let queue: Value =
        client.get(queue).bearer_auth(&args.token).send().await?.error_for_status()?.json().await?;
    let waiting = queue["items"].as_array().cloned().unwrap_or_default();
    let (mut decided, mut approved, mut revoked) = (Vec::new(), Vec::new(), Vec::new());
    for item in waiting.iter().take(args.count) {
        let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
        let (chart, version) = (text("chart"), text("version"));
        let body = json!({
            "reason": "measured",
            "digest": text("digest"),
            "policy_version": text("policy_version"),
        });
        let place = format!("{}/api/v1/repositories/charts/charts/{chart}/versions/{version}", args.on);
        let tags = format!("{}/v2/charts/{chart}/tags/list", args.seen);
        for (verb, wanted, times) in [("approve", true, &mut approved), ("revoke", false, &mut revoked)] {
            let began = Instant::now();
            let request = client.post(format!("{place}/{verb}")).bearer_auth(&args.token).json(&body);
            request.send().await?.error_for_status()?;
            decided.push(milliseconds(began.elapsed()));
            let told = Instant::now();
            loop {
                let seen: Value = client.get(&tags).send().await?.json().await?;
                let listed =
                    seen["tags"].as_array().is_some_and(|tags| tags.iter().any(|tag| *tag == json!(version)));
                if listed == wanted {
                    break;
                }
                if told.elapsed() > PATIENCE {
                    return Err(format!("{verb} of {chart} {version} is not seen").into());
                }
                tokio::time::sleep(PAUSE).await;
            }
            times.push(milliseconds(told.elapsed()));
        }
    }
    let of = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        json!({ "p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99), "count": times.len() })
    };
    println!(
        "{}",
        json!({ "decision": of(&mut decided), "approve_seen": of(&mut approved), "revoke_seen": of(&mut revoked) })
    );
    Ok(())
}

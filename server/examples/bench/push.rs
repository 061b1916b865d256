//! Pushes unique charts as Helm does: both blobs by POST and PUT, then the manifest by tag. Only pushes that were answered
//! with 201 at every step count.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, StatusCode};
use server::model::Digest;
use server::registry::MANIFEST_TYPE;

use crate::meter::{milliseconds, percentile};
use crate::{Outcome, charts};

#[derive(clap::Args)]
pub struct Args {
    /// http://host:port
    #[arg(long)]
    url: String,
    #[arg(long)]
    token: Option<String>,
    #[arg(long, default_value_t = 1)]
    clients: usize,
    /// Pushes of all clients together
    #[arg(long, default_value_t = 100)]
    count: usize,
    /// Bytes of filling in each archive
    #[arg(long, default_value_t = 13_000)]
    filling: usize,
    /// Part of every name, so that two runs push different charts
    #[arg(long, default_value = "a")]
    seed: String,
}

/// One chart, ready to be sent.
struct Chart {
    name: String,
    version: String,
    archive: Bytes,
    config: Bytes,
    manifest: Bytes,
}

/// Prints one line of JSON.
pub async fn run(args: &Args) -> Outcome<()> {
    let mut lists: Vec<Vec<Chart>> = (0..args.clients).map(|_| Vec::new()).collect();
    for number in 0..args.count {
        let client = number % args.clients;
        let (name, version) = (format!("push-{}-{client}", args.seed), format!("1.{number}.0"));
        let archive: Bytes = charts::archive(&name, &version, args.filling)?.into();
        let config: Bytes = charts::metadata(&name, &version).to_string().into();
        let manifest = charts::manifest(&config, &archive).into();
        lists[client].push(Chart { name, version, archive, config, manifest });
    }
    let bytes = lists[0].first().map_or(0, |chart| chart.archive.len());
    let target = Arc::new(Target {
        client: Client::builder().tcp_nodelay(true).build()?,
        url: args.url.clone(),
        token: args.token.clone(),
    });
    let began = Instant::now();
    let tasks: Vec<_> = lists
        .into_iter()
        .map(|list| {
            let target = Arc::clone(&target);
            tokio::spawn(async move {
                let mut times = Vec::with_capacity(list.len());
                for chart in list {
                    let at = Instant::now();
                    target.push(&chart).await?;
                    times.push(milliseconds(at.elapsed()));
                }
                Outcome::Ok(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let seconds = began.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let line = serde_json::json!({
        "pushes": times.len(),
        "archive_bytes": bytes,
        "per_second": times.len() as f64 / seconds,
        "p50_ms": percentile(&times, 0.5),
        "p99_ms": percentile(&times, 0.99),
    });
    println!("{line}");
    Ok(())
}

struct Target {
    client: Client,
    url: String,
    token: Option<String>,
}

impl Target {
    async fn push(&self, chart: &Chart) -> Outcome<()> {
        self.blob(&chart.name, &chart.config).await?;
        self.blob(&chart.name, &chart.archive).await?;
        let url = format!("{}/v2/charts/{}/manifests/{}", self.url, chart.name, chart.version);
        let put = self.client.put(url).header(CONTENT_TYPE, MANIFEST_TYPE).body(chart.manifest.clone());
        expect(self.send(put).await?, StatusCode::CREATED).await?;
        Ok(())
    }

    async fn blob(&self, name: &str, bytes: &Bytes) -> Outcome<()> {
        let begun =
            self.send(self.client.post(format!("{}/v2/charts/{name}/blobs/uploads/", self.url))).await?;
        let begun = expect(begun, StatusCode::ACCEPTED).await?;
        let place = begun.headers().get(LOCATION).ok_or("no Location")?.to_str()?.to_owned();
        let place = if place.starts_with('/') { format!("{}{place}", self.url) } else { place };
        let mark = if place.contains('?') { '&' } else { '?' };
        let put = self
            .client
            .put(format!("{place}{mark}digest={}", Digest::of(bytes)))
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(bytes.clone());
        expect(self.send(put).await?, StatusCode::CREATED).await?;
        Ok(())
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Outcome<Response> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        Ok(request.send().await?)
    }
}

async fn expect(answer: Response, status: StatusCode) -> Outcome<Response> {
    if answer.status() == status {
        return Ok(answer);
    }
    Err(format!("{} instead of {status}: {}", answer.status(), answer.text().await?).into())
}

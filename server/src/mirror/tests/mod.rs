//! Mirrors against an upstream in this process, with a clock that the test moves: no scanner, no HTTP server of ours.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod arriving;
mod changes;
mod double;
mod trouble;

use bytes::Bytes;

use double::Upstream;

use super::Summary;
use crate::app::App;
use crate::config::Config;
use crate::db::Ask as _;
use crate::db::jobs::{self, JobKind, JobRow};
use crate::db::upstream_versions::{OfferedRow, by_name};
use crate::db::upstreams::RunRow;
use crate::db::versions::{self, VersionRow};
use crate::error::Kind;
use crate::model::{Caller, ChartName, Clock, Digest, Micros, RepositoryName, Version};
use crate::outbound::Network;
use crate::registry::{self, NewUpstream, UpstreamView};
use crate::setup;

/// A server's inside that may reach the loopback, and one upstream that it does not follow yet.
struct Inside {
    app: App,
    upstream: Upstream,
    _folder: tempfile::TempDir,
}

async fn inside() -> Inside {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path().to_owned(), "127.0.0.1:8080".parse().unwrap());
    config.database = crate::db::fresh::fresh();
    config.outbound.allowed_networks = vec![Network::parse("127.0.0.1").unwrap()];
    let now = Micros(jiff::Timestamp::now().as_microsecond());
    let app = App::open(config, Clock::fixed(now)).await.unwrap();
    setup::prepare(&app).await.unwrap();
    Inside { app, upstream: Upstream::start(), _folder: folder }
}

fn charts() -> RepositoryName {
    RepositoryName::parse("charts").unwrap()
}

fn admin() -> Caller {
    Caller::system()
}

fn archive(name: &str, version: &str, note: &str) -> Bytes {
    let chart = format!("apiVersion: v2\nname: {name}\nversion: {version}\ndescription: {note}\n");
    setup::pack(name, &[("Chart.yaml", &chart), ("templates/NOTES.txt", note)]).unwrap().into()
}

/// One line of an index: chart, version, URL, digest.
fn entry(version: &str, url: &str, digest: &str) -> String {
    let digest = if digest.is_empty() { String::new() } else { format!("    digest: {digest}\n") };
    format!(
        "  - name: NAME\n    version: {version}\n    created: \"2026-01-02T03:04:05Z\"\n{digest}    urls:\n    - {url}\n"
    )
}

fn index(charts: &[(&str, &[String])]) -> String {
    let mut text = "apiVersion: v1\ngenerated: \"2026-01-02T03:04:05Z\"\nentries:\n".to_owned();
    for (name, entries) in charts {
        text.push_str(&format!("  {name}:\n{}", entries.concat().replace("NAME", name)));
    }
    text
}

impl Inside {
    /// Offers one chart with its digest, and an index of nothing else.
    fn offer(&self, name: &str, version: &str, note: &str) -> Digest {
        let bytes = archive(name, version, note);
        let digest = Digest::of(&bytes);
        let file = format!("{name}-{version}.tgz");
        self.upstream.bytes(&format!("/{file}"), bytes);
        self.upstream.bytes("/index.yaml", index(&[(name, &[entry(version, &file, digest.hex())])]));
        digest
    }

    fn new_upstream(&self) -> NewUpstream {
        NewUpstream {
            name: "up".to_owned(),
            url: self.upstream.url(),
            repository: charts(),
            charts: Vec::new(),
            versions: String::new(),
            every_seconds: 3_600,
        }
    }

    async fn follow(&self) {
        registry::add_upstream(&self.app, &admin(), &self.new_upstream()).await.unwrap();
    }

    async fn view(&self) -> UpstreamView {
        registry::upstream_view(&self.app, &admin(), "up", 10).await.unwrap()
    }

    /// What the schedule would do now: the run, if one is due.
    async fn tick(&self) -> Option<RunRow> {
        registry::queue_due_upstreams(&self.app).await.unwrap();
        let job = self.claim().await?;
        super::follow(&self.app, &job).await.unwrap();
        let run = registry::upstream_run(&self.app, &admin(), "up", &job.id).await;
        Some(run.unwrap())
    }

    /// A run that a person asks for.
    async fn run(&self) -> (Summary, RunRow) {
        let run = registry::run_upstream(&self.app, &admin(), "up").await.unwrap();
        let job = self.claim().await.unwrap();
        assert_eq!(job.id, run.id);
        super::follow(&self.app, &job).await.unwrap();
        let run = registry::upstream_run(&self.app, &admin(), "up", &run.id).await.unwrap();
        (serde_json::from_str(&run.summary).unwrap(), run)
    }

    /// A run that must succeed.
    async fn summary(&self) -> Summary {
        let (summary, run) = self.run().await;
        assert_eq!((run.state.as_str(), run.error), ("done", None));
        summary
    }

    async fn claim(&self) -> Option<JobRow> {
        let mut tx = self.app.db.begin().await.unwrap();
        let now = self.app.now();
        let job = jobs::claim(&mut tx, JobKind::Mirror, "test", now, now.plus_seconds(60)).await.unwrap();
        tx.commit().await.unwrap();
        job
    }

    /// The chart as it is here.
    async fn here(&self, name: &str, version: &str) -> Option<VersionRow> {
        let (name, version) = (ChartName::parse(name).unwrap(), Version::parse(version).unwrap());
        versions::by_name(&mut self.app.db.read(), &charts(), &name, &version).await.unwrap()
    }

    /// The chart as the mirror's rows have it.
    async fn offered(&self, name: &str, version: &str) -> OfferedRow {
        let view = self.view().await;
        by_name(&mut self.app.db.read(), &view.row.id, name, version).await.unwrap().unwrap()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.app.db.read().query(sql).one::<(i64,)>().await.unwrap().0
    }

    /// Actions in the log since the first start, oldest first, but for those of the start.
    async fn log(&self) -> Vec<String> {
        let rows = self
            .app
            .db
            .read()
            .query(
                "SELECT action FROM audit_entry WHERE action LIKE 'upstream.%' OR action LIKE 'version.%' ORDER BY seq",
            )
            .all::<(String,)>()
            .await
            .unwrap();
        rows.into_iter().map(|(action,)| action).collect()
    }
}

//! The verbs on a real database and folder, without HTTP and without a scanner: reports are made up here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod decisions;
/// The same chance as that of the integration tests.
#[path = "../../../tests/it/dice.rs"]
mod dice;
mod hot;
mod leases;
mod policy;
mod push;
mod races;
mod reading;

use bytes::Bytes;
use scanner::report::{Completeness, Finding, REPORT_SCHEMA, Report, Severity};

use super::*;
use crate::app::App;
use crate::config::Config;
use crate::db::Ask as _;
use crate::db::jobs;
use crate::db::versions::{self, VersionRow};
use crate::model::{
    Caller, CallerKind, ChartName, Clock, Door, Grant, Micros, RepositoryName, Role, State, Version,
};
use crate::setup;

/// A server's inside with an empty repository `charts`; its folder goes with it.
struct Inside {
    app: App,
    folder: tempfile::TempDir,
}

async fn inside() -> Inside {
    inside_on(crate::db::fresh::fresh()).await
}

/// As [`inside`], on a database of a test's own choice.
async fn inside_on(database: crate::config::Database) -> Inside {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path().to_owned(), "127.0.0.1:8080".parse().unwrap());
    config.database = database;
    let now = Micros(jiff::Timestamp::now().as_microsecond());
    let app = App::open(config, Clock::fixed(now)).await.unwrap();
    setup::prepare(&app).await.unwrap();
    for reviewer in ["lee", "ana"] {
        let name = charts();
        crate::auth::create_token(&app, &Caller::system(), reviewer, Role::Reviewer, Some(&name), None)
            .await
            .unwrap();
    }
    Inside { app, folder }
}

fn charts() -> RepositoryName {
    RepositoryName::parse("charts").unwrap()
}

fn someone(name: &str, role: Role) -> Caller {
    Caller {
        name: name.to_owned(),
        kind: CallerKind::Token,
        grants: vec![Grant { role, repository: Some(charts()) }],
        reads_published: true,
        request_id: "req-1".to_owned(),
    }
}

fn robot() -> Caller {
    someone("robot", Role::Publisher)
}

fn lee() -> Caller {
    someone("lee", Role::Reviewer)
}

fn anonymous() -> Caller {
    Caller::anonymous(true)
}

fn archive(name: &str, version: &str, note: &str) -> Bytes {
    let chart = format!("apiVersion: v2\nname: {name}\nversion: {version}\ndescription: {note}\n");
    setup::pack(name, &[("Chart.yaml", &chart), ("templates/NOTES.txt", note)]).unwrap().into()
}

fn upload(bytes: Bytes) -> Upload {
    Upload { repository: charts(), bytes, door: Door::Classic, oci: None, origin: None }
}

impl Inside {
    async fn push(&self, name: &str, version: &str) -> VersionRow {
        // Pushes have their order: what comes later is judged later.
        self.app.clock.advance_seconds(1);
        let receipt = intake(&self.app, &robot(), upload(archive(name, version, "first"))).await.unwrap();
        self.row(receipt.chart.as_str(), receipt.version.as_str()).await
    }

    async fn row(&self, name: &str, version: &str) -> VersionRow {
        let (name, version) = (ChartName::parse(name).unwrap(), Version::parse(version).unwrap());
        versions::by_name(&mut self.app.db.read(), &charts(), &name, &version).await.unwrap().unwrap()
    }

    /// Judges the one job that is due, with findings of these severities.
    async fn judge(&self, row: &VersionRow, found: &[Severity]) -> Option<Judged> {
        let job = self.claim().await;
        judge(&self.app, &job, report(row.digest.as_str(), found), self.app.now()).await.unwrap()
    }

    async fn claim(&self) -> jobs::JobRow {
        self.claim_as("test").await
    }

    async fn claim_as(&self, worker: &str) -> jobs::JobRow {
        let mut tx = self.app.db.begin().await.unwrap();
        let now = self.app.now();
        let until = now.plus_seconds(60);
        let job = jobs::claim(&mut tx, jobs::JobKind::Scan, worker, now, until).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        job
    }

    /// Pushed, judged as passing, and approved by lee.
    async fn published(&self, name: &str, version: &str) -> VersionRow {
        let row = self.push(name, version).await;
        self.judge(&row, &[]).await.unwrap();
        self.decide(&lee(), &row, Decision::Approve).await.unwrap();
        self.row(name, version).await
    }

    async fn decide(&self, caller: &Caller, row: &VersionRow, decision: Decision) -> Result<Decided> {
        let row = self.row(row.chart.as_str(), row.version.as_str()).await;
        let policy_version = self
            .app
            .policies
            .current(&mut self.app.db.read(), &charts())
            .await
            .map(|policy| policy.version())
            .unwrap_or_default();
        let expected = Expected { digest: row.digest.clone(), policy_version, scan_id: row.scan_id.clone() };
        review(
            &self.app,
            caller,
            (&row.repository, &row.chart, &row.version),
            decision,
            "looked at it",
            &expected,
        )
        .await
    }

    /// Puts a text in force as an operator's editor would, valid or not.
    async fn policy(&self, text: &str) {
        match &self.app.policies {
            Policies::Folder(folder) => std::fs::write(folder.join("charts.toml"), text).unwrap(),
            Policies::Rows => {
                let mut tx = self.app.db.write().await.unwrap();
                let row = crate::db::repositories::by_name(&mut tx, &charts()).await.unwrap().unwrap();
                crate::db::repositories::set_policy(&mut tx, &row.id, text).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.app.db.read().query(sql).one::<(i64,)>().await.unwrap().0
    }

    /// Rows that a push could leave, and files of the blob store.
    async fn traces(&self) -> (i64, usize) {
        let rows = self
            .count(
                "SELECT (SELECT COUNT(*) FROM version) + (SELECT COUNT(*) FROM chart) + (SELECT COUNT(*) FROM blob)
                 + (SELECT COUNT(*) FROM job) + (SELECT COUNT(*) FROM manifest) + (SELECT COUNT(*) FROM audit_entry)",
            )
            .await;
        (rows, files_below(&self.folder.path().join("blobs")))
    }

    async fn last_action(&self) -> String {
        let sql = "SELECT action FROM audit_entry ORDER BY seq DESC LIMIT 1";
        self.app.db.read().query(sql).one::<(String,)>().await.unwrap().0
    }
}

fn files_below(folder: &std::path::Path) -> usize {
    let entries =
        std::fs::read_dir(folder).map(|entries| entries.flatten().collect()).unwrap_or_else(|_| Vec::new());
    entries.iter().map(|entry| if entry.path().is_dir() { files_below(&entry.path()) } else { 1 }).sum()
}

fn report(digest: &str, found: &[Severity]) -> Report {
    let finding = |severity: &Severity| Finding {
        rule: "pod/privileged".to_owned(),
        severity: *severity,
        object: None,
        path: String::new(),
        template: None,
        values: vec!["web.privileged".to_owned()],
        evidence: "true".to_owned(),
        message: "it is privileged".to_owned(),
        fingerprint: "0".repeat(16),
        profile: "defaults".to_owned(),
    };
    Report {
        schema: REPORT_SCHEMA.to_owned(),
        scanner_version: "0".to_owned(),
        digest: Some(digest.to_owned()),
        chart: None,
        completeness: Completeness::Complete,
        findings: found.iter().map(finding).collect(),
        profiles: Vec::new(),
        manifests: Vec::new(),
        files: Vec::new(),
        images: Vec::new(),
    }
}

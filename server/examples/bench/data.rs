//! Fills a data folder by the library's own rows: many approved versions, some that wait for a vote. Only what waits, the
//! newest approved version of each chart and two charts of 14 KB and 909 KB have their bytes in the blob store; no version
//! has audit entries.

use bytes::Bytes;
use server::app::App;
use server::db::charts::{self as chart_rows, ChartRow};
use server::db::manifests::{self, ManifestRow};
use server::db::repositories::{self, RepositoryRow};
use server::db::scans::{self, ScanRow};
use server::db::versions::{self, Judgement, VersionRow};
use server::db::{Tx, blobs};
use server::model::{Caller, ChartName, Digest, Door, Id, Micros, RepositoryName, Role, State, Version};
use server::registry::MANIFEST_TYPE;
use server::{auth, setup};

use crate::{Outcome, Place, charts};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Charts, each with as many approved versions
    #[arg(long, default_value_t = 100)]
    charts: usize,
    #[arg(long, default_value_t = 100)]
    versions: usize,
    /// Versions in review: one more in each of so many charts
    #[arg(long, default_value_t = 200)]
    waiting: usize,
}

/// Sizes of the two archives that pulls are measured with.
const SMALL_BYTES: usize = 13_000;
const LARGE_BYTES: usize = 907_000;

/// Fills the folder and prints tokens as JSON.
pub async fn run(args: &Args) -> Outcome<()> {
    let app = args.place.open().await?;
    setup::prepare(&app).await?;
    let repository = repositories::by_name(&mut app.db.read(), &RepositoryName::parse("charts")?)
        .await?
        .ok_or("the first repository is not there")?;
    let policy = app.policies.current(&mut app.db.read(), &repository.name).await?.version();
    let filler = Filler { app: &app, repository, policy };
    for number in 0..args.charts {
        let name = format!("chart-{number:05}");
        let waiting = args.waiting / args.charts + usize::from(number < args.waiting % args.charts);
        filler.chart(&name, args.versions, waiting, 300).await?;
    }
    filler.chart("small", 1, 0, SMALL_BYTES).await?;
    filler.chart("large", 1, 0, LARGE_BYTES).await?;
    let token = async |name: &str, role| {
        auth::create_token(&app, &Caller::system(), name, role, None, None).await.map(|token| token.secret)
    };
    let tokens = serde_json::json!({
        "reader": token("bench-reader", Role::Reader).await?,
        "publisher": token("bench-publisher", Role::Publisher).await?,
        "reviewer": token("bench-reviewer", Role::Reviewer).await?,
        "admin": token("bench-admin", Role::Admin).await?,
    });
    println!("{tokens}");
    app.db.close().await;
    Ok(())
}

struct Filler<'a> {
    app: &'a App,
    repository: RepositoryRow,
    policy: String,
}

impl Filler<'_> {
    /// One chart in one transaction: `approved` versions, then `waiting` ones above them.
    async fn chart(&self, name: &str, approved: usize, waiting: usize, filling: usize) -> Outcome<()> {
        let app = self.app;
        let newest = approved.saturating_sub(1);
        let mut real = Vec::new();
        for number in newest..approved + waiting {
            let parts = Blobs::of(name, &format!("1.{number}.0"), filling)?;
            for bytes in [&parts.archive, &parts.config, &parts.manifest] {
                app.blobs.put(bytes.clone(), app.now()).await?;
            }
            real.push(parts);
        }
        let mut tx = app.db.write().await?;
        let chart = ChartRow {
            id: app.new_id()?,
            repository_id: self.repository.id.clone(),
            name: ChartName::parse(name)?,
            revision: 0,
            created_at: app.now(),
        };
        chart_rows::insert(&mut tx, &chart).await?;
        for number in 0..approved + waiting {
            let made_up;
            let parts = match number.checked_sub(newest).and_then(|place| real.get(place)) {
                Some(parts) => parts,
                None => {
                    made_up = Blobs::made_up(name, number);
                    &made_up
                }
            };
            self.version(&mut tx, &chart, number, parts, number < approved).await?;
        }
        repositories::content_changed(&mut tx, &self.repository.id, &chart.id, app.now()).await?;
        Ok(tx.commit().await?)
    }

    async fn version(
        &self,
        tx: &mut Tx,
        chart: &ChartRow,
        number: usize,
        parts: &Blobs,
        approved: bool,
    ) -> Outcome<()> {
        let now = self.app.now();
        let version = Version::parse(&format!("1.{number}.0"))?;
        for (digest, size) in [&parts.archive_name, &parts.config_name, &parts.manifest_name] {
            blobs::record(tx, digest, *size, now).await?;
        }
        let row = self.row(chart, &version, parts, now)?;
        versions::insert(tx, &row).await?;
        let manifest = ManifestRow {
            version_id: row.id.clone(),
            digest: parts.manifest_name.0.clone(),
            media_type: MANIFEST_TYPE.to_owned(),
            size: parts.manifest_name.1 as i64,
            config_digest: parts.config_name.0.clone(),
            provenance_digest: None,
            created_at: now,
        };
        manifests::insert(tx, &manifest).await?;
        let scan_id = self.app.new_id()?;
        if !approved {
            scans::insert(tx, &scan(&scan_id, &row, now)).await?;
        }
        let judgement = Judgement {
            scan_id,
            verdict: "pass",
            verdict_reason: "nothing blocks".to_owned(),
            deciding_rules: "[]".to_owned(),
            policy_version: self.policy.clone(),
        };
        let state = if approved { State::Approved } else { State::InReview };
        versions::set_judgement(tx, &row.id, &judgement, state, now).await?;
        Ok(())
    }

    fn row(&self, chart: &ChartRow, version: &Version, parts: &Blobs, now: Micros) -> Outcome<VersionRow> {
        Ok(VersionRow {
            id: self.app.new_id()?,
            chart_id: chart.id.clone(),
            repository_id: self.repository.id.clone(),
            repository: self.repository.name.clone(),
            chart: chart.name.clone(),
            version: version.clone(),
            tag: version.tag(),
            digest: parts.archive_name.0.clone(),
            size: parts.archive_name.1 as i64,
            state: State::Quarantined,
            door: Door::Oci,
            metadata: charts::metadata(chart.name.as_str(), version.as_str()).to_string(),
            manifest_digest: parts.manifest_name.0.clone(),
            uploaded_by: "bench-publisher".to_owned(),
            uploaded_at: now,
            state_changed_at: now,
            published_at: None,
            scan_id: None,
            verdict: None,
            verdict_reason: None,
            deciding_rules: None,
            policy_version: None,
            decided_by: None,
            decision_reason: None,
        })
    }
}

fn scan(id: &Id, row: &VersionRow, now: Micros) -> ScanRow {
    ScanRow {
        id: id.clone(),
        version_id: row.id.clone(),
        digest: row.digest.clone(),
        scanner_version: "0".to_owned(),
        report_digest: row.digest.clone(),
        complete: true,
        incomplete_reason: None,
        critical: 0,
        high: 0,
        medium: 0,
        low: 0,
        info: 0,
        started_at: now,
        finished_at: now,
    }
}

/// The three blobs of a version: their bytes, where it has any, and their names and sizes.
struct Blobs {
    archive: Bytes,
    config: Bytes,
    manifest: Bytes,
    archive_name: (Digest, u64),
    config_name: (Digest, u64),
    manifest_name: (Digest, u64),
}

impl Blobs {
    fn of(name: &str, version: &str, filling: usize) -> Outcome<Blobs> {
        let archive: Bytes = charts::archive(name, version, filling)?.into();
        let config: Bytes = charts::metadata(name, version).to_string().into();
        let manifest: Bytes = charts::manifest(&config, &archive).into();
        let named = |bytes: &Bytes| (Digest::of(bytes), bytes.len() as u64);
        Ok(Blobs {
            archive_name: named(&archive),
            config_name: named(&config),
            manifest_name: named(&manifest),
            archive,
            config,
            manifest,
        })
    }

    /// Names without bytes; nothing ever asks for these.
    fn made_up(name: &str, number: usize) -> Blobs {
        let named = |what: &str| (Digest::of(format!("{what} of {name} {number}").as_bytes()), 1_000);
        Blobs {
            archive: Bytes::new(),
            config: Bytes::new(),
            manifest: Bytes::new(),
            archive_name: named("archive"),
            config_name: named("config"),
            manifest_name: named("manifest"),
        }
    }
}

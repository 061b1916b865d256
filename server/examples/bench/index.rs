//! The index measured from inside: built from rows, changed by approvals, and built whole at each change as the baseline.

use server::app::App;
use server::db::versions;
use server::model::{Action, Caller, CallerKind, Grant, RepositoryName, Role};
use server::registry::{Decision, Expected, IndexCache, Resolved, Want, resolve, review};

use crate::meter::{Meter, milliseconds, percentile};
use crate::{Outcome, Place};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Approvals to measure
    #[arg(long, default_value_t = 50)]
    changes: usize,
    /// Whole builds to measure
    #[arg(long, default_value_t = 3)]
    builds: usize,
}

/// Prints one line of JSON.
pub async fn run(args: &Args) -> Outcome<()> {
    let app = args.place.open().await?;
    let (builds, bytes) = whole_builds(&app, args.builds).await?;
    let (mut decided, mut cpu, mut wall) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..args.changes {
        let meter = Meter::start();
        if !approve_one(&app).await? {
            break;
        }
        decided.push(milliseconds(meter.stop().0));
        let meter = Meter::start();
        read(&app).await?;
        let (used, took) = meter.stop();
        cpu.push(milliseconds(used));
        wall.push(milliseconds(took));
    }
    let median = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        percentile(values, 0.5)
    };
    let line = serde_json::json!({
        "bytes": bytes,
        "build_cpu_ms": median(&mut builds.clone()),
        "changes": cpu.len(),
        "change_cpu_ms": median(&mut cpu),
        "change_cpu_max_ms": percentile(&cpu, 1.0),
        "change_wall_ms": median(&mut wall),
        "approve_cpu_ms": median(&mut decided),
    });
    println!("{line}");
    app.db.close().await;
    Ok(())
}

/// CPU milliseconds of builds without anything known, and the size of the result.
async fn whole_builds(app: &App, builds: usize) -> Outcome<(Vec<f64>, u64)> {
    let mut cpu = Vec::new();
    for _ in 1..builds {
        let fresh = App { index: IndexCache::default(), ..app.clone() };
        let meter = Meter::start();
        read(&fresh).await?;
        cpu.push(milliseconds(meter.stop().0));
    }
    let meter = Meter::start();
    let bytes = read(app).await?;
    cpu.push(milliseconds(meter.stop().0));
    Ok((cpu, bytes))
}

async fn read(app: &App) -> Outcome<u64> {
    let repository = RepositoryName::parse("charts")?;
    match resolve(app, &Caller::system(), &repository, Want::Index).await? {
        Resolved::Index(index) => Ok(index.length()),
        _ => Err("no index".into()),
    }
}

/// Approves the oldest version that waits. Tells whether there was one.
async fn approve_one(app: &App) -> Outcome<bool> {
    let repository = RepositoryName::parse("charts")?;
    let waiting = versions::waiting(&mut app.db.read(), Some(&repository), None, 1).await?;
    let Some(row) = waiting.into_iter().next() else { return Ok(false) };
    let caller = Caller {
        name: "bench-reviewer".to_owned(),
        kind: CallerKind::Token,
        grants: vec![Grant { role: Role::Reviewer, repository: None }],
        reads_published: true,
        request_id: String::new(),
    };
    debug_assert!(caller.may(Action::Review, Some(&repository)));
    let expected = Expected {
        digest: row.digest.clone(),
        policy_version: row.policy_version.clone().unwrap_or_default(),
        scan_id: None,
    };
    let name = (&row.repository, &row.chart, &row.version);
    review(app, &caller, name, Decision::Approve, "measured", &expected).await?;
    Ok(true)
}

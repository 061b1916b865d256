//! People, robots and workers on one version at the same moment, in thousands of orders: one outcome that agrees with the
//! answers everybody got, and a log that tells it in order. On PostgreSQL through two replicas.

use std::collections::HashMap;

use tokio::task::JoinSet;

use super::dice::{Dice, asked_count};
use super::*;
use crate::db::audit::of_version;
use crate::db::fresh;
use crate::error::Kind;
use crate::model::Id;

/// Orders that are tried unless `CHARTGATE_TEST_INTERLEAVINGS` asks for more.
const INTERLEAVINGS: usize = 100;
/// Versions that are fought over at one time.
const AT_ONCE: usize = 20;
/// A task begins after up to this many turns of the others.
const TURNS_MAX: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    Judge,
    Approve(&'static str),
    Reject(&'static str),
    Revoke(&'static str),
    PushSame,
    PushOther,
}

const MOVES: [Move; 9] = [
    Move::Judge,
    Move::Approve("lee"),
    Move::Approve("ana"),
    Move::Reject("lee"),
    Move::Reject("ana"),
    Move::Revoke("lee"),
    Move::Revoke("ana"),
    Move::PushSame,
    Move::PushOther,
];

/// What somebody was answered: done, with whether it changed anything, or refused.
type Answered = std::result::Result<bool, Kind>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_order_there_is_one_outcome_on_sqlite() {
    let inside = inside_on(crate::config::Database::File).await;
    let replicas = [inside.app.clone(), inside.app.clone()];
    fight(&inside, replicas).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_order_there_is_one_outcome_on_postgresql_and_two_replicas() {
    let Some(database) = fresh::fresh_postgres() else { return };
    let inside = inside_on(database).await;
    let config = (*inside.app.config).clone();
    let second = App::open(config, inside.app.clock.clone()).await.unwrap();
    let replicas = [inside.app.clone(), second];
    fight(&inside, replicas).await;
}

async fn fight(inside: &Inside, replicas: [App; 2]) {
    let mut dice = Dice::thrown();
    eprintln!("CHARTGATE_TEST_SEED={} repeats this run", dice.seed);
    let all = asked_count("CHARTGATE_TEST_INTERLEAVINGS", INTERLEAVINGS);
    let mut fought = 0;
    while fought < all {
        let count = AT_ONCE.min(all - fought);
        round(inside, &replicas, &mut dice, fought, count).await;
        fought += count;
    }
    let chain = verify(&inside.app.db).await.unwrap();
    assert_eq!(chain.broken, None);
    // What a push that lost has stored is the sweep's.
    inside.app.clock.advance_seconds(crate::blobs::ORPHAN_GRACE_SECONDS + 60);
    crate::jobs::sweep(&inside.app).await.unwrap();
    assert_eq!(
        files_below(&inside.folder.path().join("blobs")) as i64,
        inside.count("SELECT COUNT(*) FROM blob").await,
        "a refused push left bytes, or bytes of a row are gone"
    );
    let approved = inside.count("SELECT COUNT(*) FROM version WHERE state = 'approved'").await;
    for app in &replicas {
        assert_eq!(index_of(app).await.matches("\"digest\":").count() as i64, approved);
    }
}

/// Fights over `count` new versions at once; some are judged before, some in the middle of it.
async fn round(inside: &Inside, replicas: &[App; 2], dice: &mut Dice, from: usize, count: usize) {
    let versions: Vec<String> = (from..from + count).map(|number| format!("1.{number}.0")).collect();
    for version in &versions {
        let same = upload(archive("a", version, "same"));
        intake(&replicas[dice.below(2)], &robot(), same).await.unwrap();
    }
    let mut jobs: HashMap<Id, jobs::JobRow> = HashMap::new();
    for _ in &versions {
        let job = inside.claim().await;
        jobs.insert(job.subject_id.clone(), job);
    }
    let mut tasks = JoinSet::new();
    for (number, version) in versions.iter().enumerate() {
        let row = inside.row("a", version).await;
        let job = jobs[&row.id].clone();
        let report = report(row.digest.as_str(), &[]);
        let mut moves = vec![Move::Judge];
        if dice.below(3) > 0 {
            judge(&inside.app, &job, report.clone(), inside.app.now()).await.unwrap().unwrap();
            moves.clear();
        }
        moves.extend((0..3 + dice.below(4)).map(|_| dice.one_of(&MOVES)));
        for what in moves {
            let (app, row, job, report) =
                (replicas[dice.below(2)].clone(), row.clone(), job.clone(), report.clone());
            let turns = dice.below(TURNS_MAX);
            tasks.spawn(async move {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
                (number, what, make(&app, what, &row, &job, report).await)
            });
        }
    }
    let mut answers: Vec<Vec<(Move, Answered)>> = vec![Vec::new(); count];
    for (number, what, answered) in tasks.join_all().await {
        answers[number].push((what, answered));
    }
    for (version, answers) in versions.iter().zip(&answers) {
        let seed = dice.seed;
        check(inside, version, answers).await.unwrap_or_else(|what| {
            panic!("seed {seed}, version {version}: {what}; the answers were {answers:?}")
        });
    }
}

async fn make(app: &App, what: Move, row: &VersionRow, job: &jobs::JobRow, report: Report) -> Answered {
    let name = (&row.repository, &row.chart, &row.version);
    let decided = |who, decision| async move {
        let policy = app.policies.current(&mut app.db.read(), &charts()).await.unwrap().version();
        let expected = Expected { digest: row.digest.clone(), policy_version: policy, scan_id: None };
        review(app, &someone(who, Role::Reviewer), name, decision, "a race", &expected).await.map(|_| true)
    };
    let done = match what {
        Move::Judge => judge(app, job, report, app.now()).await.map(|judged| judged.is_some()),
        Move::Approve(who) => decided(who, Decision::Approve).await,
        Move::Reject(who) => decided(who, Decision::Reject).await,
        Move::Revoke(who) => {
            let who = someone(who, Role::Reviewer);
            revoke(app, &who, name, "a race", Some(&row.digest)).await.map(|_| true)
        }
        Move::PushSame | Move::PushOther => {
            let note = if what == Move::PushSame { "same" } else { "other" };
            let again = upload(archive("a", row.version.as_str(), note));
            intake(app, &robot(), again).await.map(|receipt| receipt.created)
        }
    };
    done.map_err(|error| error.kind)
}

/// The row, the log and the answers must tell one story.
async fn check(inside: &Inside, version: &str, answers: &[(Move, Answered)]) -> Result<(), String> {
    let row = inside.row("a", version).await;
    let same = archive("a", version, "same");
    if row.digest != crate::model::Digest::of(&same) || inside.app.blobs.read(&row.digest).await.is_err() {
        return Err("the bytes are not those that came first".to_owned());
    }
    let entries: Vec<Entry> =
        of_version(&mut inside.app.db.read(), &row.repository, &row.chart, &row.version)
            .await
            .unwrap()
            .iter()
            .map(|row| serde_json::from_str(&row.entry).unwrap())
            .collect();
    let mut state = None;
    for entry in &entries {
        if entry.before != state {
            return Err(format!(
                "{} says it was {:?} before, and it was {state:?}",
                entry.action, entry.before
            ));
        }
        state.clone_from(&entry.after);
    }
    if state != Some(row.state.to_string()) {
        return Err(format!("the log ends with {state:?}, the row says {}", row.state));
    }
    let logged = |action: &str, who: &str| {
        entries.iter().filter(|entry| entry.action == action && entry.actor == who).count()
    };
    if logged("version.push", "robot") != 1 || logged("version.judge", "chartgate") > 1 {
        return Err("it was pushed or judged twice".to_owned());
    }
    for who in ["lee", "ana"] {
        for (what, action) in [
            (Move::Approve(who), "version.approve"),
            (Move::Reject(who), "version.reject"),
            (Move::Revoke(who), "version.revoke"),
        ] {
            let told = answers.iter().filter(|(made, answer)| *made == what && answer.is_ok()).count();
            if told != logged(action, who) {
                return Err(format!(
                    "{who} was told {told} times that {action} is done, the log has another count"
                ));
            }
        }
    }
    let judged = answers.iter().filter(|(made, answer)| *made == Move::Judge && *answer == Ok(true)).count();
    if judged > 1 {
        return Err("two scans were both told that they decided".to_owned());
    }
    for (what, answer) in answers {
        let sound = match (what, answer) {
            (Move::PushSame, answer) => *answer == Ok(false),
            (Move::PushOther, answer) => *answer == Err(Kind::Conflict),
            (_, Ok(_)) => true,
            (_, Err(kind)) => matches!(kind, Kind::Stale | Kind::Conflict),
        };
        if !sound {
            return Err(format!("{what:?} was answered {answer:?}"));
        }
    }
    Ok(())
}

async fn index_of(app: &App) -> String {
    let resolved = resolve(app, &anonymous(), &charts(), Want::Index).await.unwrap();
    match resolved {
        Resolved::Index(index) => String::from_utf8(index.pieces().concat()).unwrap(),
        _ => panic!("no index"),
    }
}

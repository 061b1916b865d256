//! The audit log: one entry for each change of state, in the transaction that makes it, chained by hash.

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use super::demand;
use crate::app::App;
use crate::db::audit::{self, AuditFilter, AuditRow};
use crate::db::versions::VersionRow;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::model::{Action, Caller, Digest, Micros, RepositoryName, State};

/// The hash before the first entry.
pub const AUDIT_GENESIS: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
/// Separates the hash of an entry from every other hash in the system.
const HASH_DOMAIN: &[u8] = b"chartgate.audit/1\n";
/// Entries read at a time while verifying.
const VERIFY_PAGE: i64 = 1_000;

/// What an entry says. The field order is the canonical order of its JSON; fields are only added at the end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    pub schema: String,
    pub seq: i64,
    /// Microseconds since 1970-01-01 UTC.
    pub at: Micros,
    pub actor: String,
    /// `version.push`, `version.judge`, `version.approve`, ...
    pub action: String,
    pub repository: Option<String>,
    pub chart: Option<String>,
    pub version: Option<String>,
    pub digest: Option<Digest>,
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: Option<String>,
    pub policy_version: Option<String>,
    pub request_id: Option<String>,
}

impl Entry {
    #[must_use]
    pub fn new(caller: &Caller, action: &str) -> Entry {
        Entry {
            schema: "chartgate.audit/1".to_owned(),
            seq: 0,
            at: Micros(0),
            actor: caller.name.clone(),
            action: action.to_owned(),
            repository: None,
            chart: None,
            version: None,
            digest: None,
            before: None,
            after: None,
            reason: None,
            policy_version: None,
            request_id: (!caller.request_id.is_empty()).then(|| caller.request_id.clone()),
        }
    }

    /// An entry about one version that goes from one state to another.
    #[must_use]
    pub fn about(
        caller: &Caller,
        action: &str,
        row: &VersionRow,
        before: Option<State>,
        after: State,
    ) -> Entry {
        Entry {
            repository: Some(row.repository.to_string()),
            chart: Some(row.chart.to_string()),
            version: Some(row.version.to_string()),
            digest: Some(row.digest.clone()),
            before: before.map(|state| state.to_string()),
            after: Some(after.to_string()),
            ..Entry::new(caller, action)
        }
    }
}

/// Appends an entry to the chain, inside the transaction of the change it tells of.
///
/// # Errors
/// The database's; then the change is not made either.
pub async fn append(tx: &mut Tx, now: Micros, mut entry: Entry) -> Result<()> {
    let (last, prev_hash) = audit::head(tx).await?.unwrap_or((0, AUDIT_GENESIS.to_owned()));
    entry.seq = last + 1;
    entry.at = now;
    let text = serde_json::to_string(&entry)?;
    let row = AuditRow {
        seq: entry.seq,
        at: now,
        actor: entry.actor,
        action: entry.action,
        repository: entry.repository.unwrap_or_default(),
        chart: entry.chart.unwrap_or_default(),
        version: entry.version.unwrap_or_default(),
        hash: chain_hash(&prev_hash, &text).to_string(),
        entry: text,
        prev_hash,
    };
    audit::insert(tx, &row).await
}

/// sha256 over domain, hash of the entry before, and the entry's own bytes, each on its line.
fn chain_hash(prev_hash: &str, entry: &str) -> Digest {
    let mut hasher = sha2::Sha256::new_with_prefix(HASH_DOMAIN);
    hasher.update(prev_hash.as_bytes());
    hasher.update(b"\n");
    hasher.update(entry.as_bytes());
    Digest::from_hasher(hasher)
}

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Entries that were read.
    pub entries: i64,
    /// Hash of the last one; keep it elsewhere to notice a log that was cut short.
    pub head: String,
    /// The first thing that is wrong, with its sequence number.
    pub broken: Option<(i64, String)>,
}

/// Recomputes the chain from the rows.
///
/// # Errors
/// The database's. A broken chain is a result, not an error.
pub async fn verify(db: &Db) -> Result<Chain> {
    let mut chain = Chain { entries: 0, head: AUDIT_GENESIS.to_owned(), broken: None };
    loop {
        let rows = audit::from_seq(&mut db.read(), chain.entries + 1, VERIFY_PAGE).await?;
        if rows.is_empty() {
            let first = audit::from_seq(&mut db.read(), i64::MIN, 1).await?;
            if let Some(row) = first.first().filter(|row| row.seq < 1) {
                chain.broken = Some((row.seq, "an entry stands before the first one".to_owned()));
            }
            return Ok(chain);
        }
        for row in rows {
            if let Err(what) = check_row(&chain, &row) {
                chain.broken = Some((row.seq, what));
                return Ok(chain);
            }
            chain.entries = row.seq;
            chain.head = row.hash;
        }
    }
}

/// One row against the chain so far: number, link, hash, and the columns that repeat the entry.
fn check_row(chain: &Chain, row: &AuditRow) -> Result<(), String> {
    if row.seq != chain.entries + 1 {
        return Err(format!("entry {} is missing", chain.entries + 1));
    }
    if row.prev_hash != chain.head {
        return Err("it does not follow the entry before it".to_owned());
    }
    if chain_hash(&row.prev_hash, &row.entry).as_str() != row.hash {
        return Err("its content does not hash to its hash".to_owned());
    }
    let entry: Entry =
        serde_json::from_str(&row.entry).map_err(|error| format!("it is no entry: {error}"))?;
    let same = entry.seq == row.seq
        && entry.at == row.at
        && entry.actor == row.actor
        && entry.action == row.action
        && entry.repository.unwrap_or_default() == row.repository
        && entry.chart.unwrap_or_default() == row.chart
        && entry.version.unwrap_or_default() == row.version;
    if same { Ok(()) } else { Err("its columns differ from its content".to_owned()) }
}

/// Whether the log has an entry with this hash: one that was noted before must still be there.
///
/// # Errors
/// The database's.
pub async fn log_contains(db: &Db, hash: &str) -> Result<bool> {
    audit::contains(&mut db.read(), hash).await
}

/// A page of the log, newest first. Callers with the right in one repository only must name it.
///
/// # Errors
/// The caller may not read this part of the log.
pub async fn log_page(app: &App, caller: &Caller, filter: &AuditFilter, limit: i64) -> Result<Vec<AuditRow>> {
    let repository = filter.repository.as_deref().map(RepositoryName::parse).transpose()?;
    demand(caller, Action::Audit, repository.as_ref())?;
    audit::page(&mut app.db.read(), filter, limit).await
}

/// Everything that happened to one version, oldest first.
///
/// # Errors
/// The caller may neither inspect the version nor uploaded it.
pub async fn history(app: &App, caller: &Caller, row: &VersionRow) -> Result<Vec<AuditRow>> {
    if row.uploaded_by != caller.name {
        demand(caller, Action::Inspect, Some(&row.repository))?;
    }
    audit::of_version(&mut app.db.read(), &row.repository, &row.chart, &row.version).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn log_of_three(folder: &std::path::Path) -> Db {
        let mut config = crate::config::Config::new(folder.to_owned(), "127.0.0.1:8080".parse().unwrap());
        config.database = crate::db::fresh::fresh();
        let db = Db::open(&config).await.unwrap();
        for at in 1..4 {
            let mut tx = db.write().await.unwrap();
            let entry = Entry {
                reason: Some(format!("because {at}")),
                ..Entry::new(&Caller::system(), "version.push")
            };
            append(&mut tx, Micros(at), entry).await.unwrap();
            tx.commit().await.unwrap();
        }
        db
    }

    #[tokio::test]
    async fn an_untouched_chain_verifies_and_rows_cannot_be_changed() {
        use crate::db::Ask as _;
        let folder = tempfile::tempdir().unwrap();
        let db = log_of_three(folder.path()).await;
        let chain = verify(&db).await.unwrap();
        assert_eq!((chain.entries, chain.broken), (3, None));
        let mut tx = db.write().await.unwrap();
        assert!(tx.query("UPDATE audit_entry SET actor = 'eve'").run().await.is_err());
        assert!(tx.query("DELETE FROM audit_entry WHERE seq = 3").run().await.is_err());
    }

    /// Whoever drops the triggers can change rows; every such change is found, each at its entry.
    #[tokio::test]
    async fn every_kind_of_tampering_is_found() {
        use crate::db::Ask as _;
        let tampering: [(&'static str, i64); 7] = [
            ("UPDATE audit_entry SET entry = replace(entry, 'because 2', 'because 9') WHERE seq = 2", 2),
            ("UPDATE audit_entry SET actor = 'eve' WHERE seq = 2", 2),
            ("UPDATE audit_entry SET at = 7 WHERE seq = 3", 3),
            ("DELETE FROM audit_entry WHERE seq = 2", 3),
            ("DELETE FROM audit_entry WHERE seq = 1", 2),
            ("UPDATE audit_entry SET prev_hash = 'x' WHERE seq = 3", 3),
            ("UPDATE audit_entry SET seq = CASE seq WHEN 1 THEN -1 ELSE seq END", 2),
        ];
        for (statement, at) in tampering {
            let folder = tempfile::tempdir().unwrap();
            let db = log_of_three(folder.path()).await;
            let mut tx = db.write().await.unwrap();
            for (sqlite, postgres) in [
                ("DROP TRIGGER audit_entry_no_update", "DROP TRIGGER audit_entry_no_update ON audit_entry"),
                ("DROP TRIGGER audit_entry_no_delete", "DROP TRIGGER audit_entry_no_delete ON audit_entry"),
            ] {
                tx.query_native(sqlite, postgres).run().await.unwrap();
            }
            tx.query(statement).run().await.unwrap();
            tx.commit().await.unwrap();
            let broken = verify(&db).await.unwrap().broken;
            assert_eq!(broken.map(|(seq, _)| seq), Some(at), "{statement}");
        }
    }
}

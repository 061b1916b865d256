//! The one place that knows which database there is: a thin executor over the drivers, one SQL text for all.
//! Statements are `&'static str` with `$1` parameters and stand in the files beside this one, by noun.

pub mod accounts;
pub mod audit;
pub mod blobs;
pub mod charts;
#[cfg(test)]
pub(crate) mod fresh;
mod guards;
pub mod jobs;
pub mod manifests;
pub mod marks;
mod migrations;
mod open;
pub mod repositories;
mod retry;
pub mod scans;
pub mod sessions;
pub mod tokens;
pub mod uploads;
pub mod upstream_versions;
pub mod upstreams;
pub mod versions;
pub mod votes;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::sqlite::{SqliteArguments, SqlitePool, SqliteRow};
use sqlx::{Arguments as _, PgConnection, Postgres, Sqlite, SqliteConnection};

use crate::error::{Error, Result};

pub use open::postgres_options;
pub use retry::retried;

/// How the one writing connection of SQLite begins: with or without a sync at the end (SQLite manual, PRAGMA synchronous).
const SQLITE_WRITE: &str = "PRAGMA synchronous = FULL; BEGIN IMMEDIATE";
const SQLITE_BEGIN: &str = "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE";

/// The database, as this process uses it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pools: Pools,
    commits: Commits,
}

/// Which database it is. Another one is another arm here, in `Begun` and in `On`.
#[derive(Clone, Debug)]
enum Pools {
    Sqlite { readers: SqlitePool, writer: SqlitePool },
    Postgres(PgPool),
}

/// A write transaction; dropped without `commit` it never happened.
/// Invariant: no await on a blob or a child process while one is open.
#[derive(Debug)]
pub struct Tx {
    begun: Begun,
    commits: Commits,
}

#[derive(Debug)]
enum Begun {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// How many commits there were through this `Db`.
#[derive(Clone, Debug, Default)]
struct Commits(Arc<AtomicU64>);

/// Counts a commit once it has ended, or once nobody waits for it any more.
struct Counted(Commits);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Release);
    }
}

/// What can be bound to a parameter.
pub trait Bind:
    for<'q> sqlx::Encode<'q, Sqlite>
    + sqlx::Type<Sqlite>
    + for<'q> sqlx::Encode<'q, Postgres>
    + sqlx::Type<Postgres>
{
}
impl<T> Bind for T where
    T: for<'q> sqlx::Encode<'q, Sqlite>
        + sqlx::Type<Sqlite>
        + for<'q> sqlx::Encode<'q, Postgres>
        + sqlx::Type<Postgres>
{
}

/// What a row can be read as.
pub trait Row:
    for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Row for T where
    T: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin
{
}

/// Where a statement runs, with its parameters in that database's form.
enum On<'c> {
    SqliteReaders(&'c SqlitePool, SqliteArguments),
    Sqlite(&'c mut SqliteConnection, SqliteArguments),
    PostgresReaders(&'c PgPool, PgArguments),
    Postgres(&'c mut PgConnection, PgArguments),
}

/// One statement with its parameters, ready to run.
pub struct Query<'c> {
    on: On<'c>,
    sql: &'static str,
    failed: Option<sqlx::error::BoxDynError>,
}

/// Where a statement can be asked: readers or an open transaction. Reading functions take either.
pub trait Ask: Send {
    fn query(&mut self, sql: &'static str) -> Query<'_>;
}

/// Begins on PostgreSQL where nobody can stop it half way. A caller that goes away after BEGIN was sent (a request whose
/// client hangs up, a job that another worker has) would else give its connection back with a transaction that sqlx
/// knows nothing of, and the next user of that connection would read and write inside it. The answer that comes too late
/// is a transaction that is dropped, and so rolled back.
async fn begun(pool: &PgPool, statement: &'static str) -> Result<sqlx::Transaction<'static, Postgres>> {
    let pool = pool.clone();
    Ok(tokio::spawn(async move { pool.begin_with(statement).await }).await??)
}

impl Db {
    /// Begins a transaction that changes state. There is one at a time, whatever the database and however many
    /// servers: on SQLite it takes the write lock at once; on PostgreSQL it is serializable and locks the table
    /// `writer` before its snapshot is taken, so that every one sees all before it (PostgreSQL manual, LOCK).
    /// Run it inside [`retried`]: a transaction of [`Db::begin`] can still be in its way.
    ///
    /// # Errors
    /// The database cannot be reached, or another transaction holds the lock for too long.
    pub async fn write(&self) -> Result<Tx> {
        let begun = match &self.pools {
            Pools::Sqlite { writer, .. } => Begun::Sqlite(writer.begin_with(SQLITE_WRITE).await?),
            Pools::Postgres(pool) => {
                let mut tx = begun(pool, "BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
                sqlx::query("LOCK TABLE writer IN EXCLUSIVE MODE").execute(&mut *tx).await?;
                Begun::Postgres(tx)
            }
        };
        Ok(Tx { begun, commits: self.commits.clone() })
    }

    /// Begins a transaction for bookkeeping that no decision rests on: leases, sessions, uploads under way. On
    /// PostgreSQL any number run at once, each statement seeing what was committed before it; on SQLite there is one
    /// writer, and it is the same. It is not waited for until it is on disk: the last of them can be lost at a power cut
    /// (not at a crash of this process), but never one before a change of [`Db::write`] that was acknowledged.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn begin(&self) -> Result<Tx> {
        let begun = match &self.pools {
            Pools::Sqlite { writer, .. } => Begun::Sqlite(writer.begin_with(SQLITE_BEGIN).await?),
            Pools::Postgres(pool) => {
                let mut tx = begun(pool, "BEGIN").await?;
                sqlx::query("SET LOCAL synchronous_commit = off").execute(&mut *tx).await?;
                Begun::Postgres(tx)
            }
        };
        Ok(Tx { begun, commits: self.commits.clone() })
    }

    /// The readers, as something to ask.
    #[must_use]
    pub fn read(&self) -> Db {
        self.clone()
    }

    /// Commits so far. What was read while the number was another may be out of date.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.0.load(Ordering::Acquire)
    }

    /// Whether other servers may use this database at the same time.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.pools, Pools::Postgres(_))
    }

    /// Closes every connection; SQLite's WAL is folded back into the file.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

impl Ask for Db {
    fn query(&mut self, sql: &'static str) -> Query<'_> {
        match &self.pools {
            Pools::Sqlite { readers, .. } => {
                Query::new(On::SqliteReaders(readers, SqliteArguments::default()), sql)
            }
            Pools::Postgres(pool) => Query::new(On::PostgresReaders(pool, PgArguments::default()), sql),
        }
    }
}

impl Ask for Tx {
    fn query(&mut self, sql: &'static str) -> Query<'_> {
        self.query_native(sql, sql)
    }
}

impl Tx {
    /// A statement that one database needs other words for.
    pub fn query_native(&mut self, sqlite: &'static str, postgres: &'static str) -> Query<'_> {
        match &mut self.begun {
            Begun::Sqlite(tx) => Query::new(On::Sqlite(tx, SqliteArguments::default()), sqlite),
            Begun::Postgres(tx) => Query::new(On::Postgres(tx, PgArguments::default()), postgres),
        }
    }

    /// # Errors
    /// Nothing was written.
    pub async fn commit(self) -> Result<()> {
        let Tx { begun, commits } = self;
        let _counted = Counted(commits);
        match begun {
            Begun::Sqlite(tx) => Ok(tx.commit().await?),
            Begun::Postgres(tx) => Ok(tx.commit().await?),
        }
    }
}

impl<'c> Query<'c> {
    fn new(on: On<'c>, sql: &'static str) -> Self {
        Query { on, sql, failed: None }
    }

    /// The next parameter.
    #[must_use]
    pub fn bind<T: Bind>(mut self, value: T) -> Self {
        let added = match &mut self.on {
            On::SqliteReaders(_, arguments) | On::Sqlite(_, arguments) => arguments.add(value),
            On::PostgresReaders(_, arguments) | On::Postgres(_, arguments) => arguments.add(value),
        };
        if let Err(error) = added {
            self.failed.get_or_insert(error);
        }
        self
    }

    /// All rows.
    ///
    /// # Errors
    /// The database's.
    pub async fn all<T: Row>(self) -> Result<Vec<T>> {
        if let Some(error) = self.failed {
            return Err(Error::internal(error));
        }
        let sql = self.sql;
        Ok(match self.on {
            On::SqliteReaders(on, with) => {
                sqlx::query_as_with::<Sqlite, T, _>(sql, with).fetch_all(on).await?
            }
            On::Sqlite(on, with) => sqlx::query_as_with::<Sqlite, T, _>(sql, with).fetch_all(on).await?,
            On::PostgresReaders(on, with) => {
                sqlx::query_as_with::<Postgres, T, _>(sql, with).fetch_all(on).await?
            }
            On::Postgres(on, with) => sqlx::query_as_with::<Postgres, T, _>(sql, with).fetch_all(on).await?,
        })
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// The database's.
    pub async fn maybe<T: Row>(self) -> Result<Option<T>> {
        Ok(self.all::<T>().await?.into_iter().next())
    }

    /// The first row.
    ///
    /// # Errors
    /// The database's, or that there is none.
    pub async fn one<T: Row>(self) -> Result<T> {
        self.maybe::<T>().await?.ok_or_else(|| Error::from(sqlx::Error::RowNotFound))
    }

    /// Runs a statement that gives no rows; how many it changed.
    ///
    /// # Errors
    /// The database's.
    pub async fn run(self) -> Result<u64> {
        if let Some(error) = self.failed {
            return Err(Error::internal(error));
        }
        let sql = self.sql;
        Ok(match self.on {
            On::SqliteReaders(on, with) => {
                sqlx::query_with::<Sqlite, _>(sql, with).execute(on).await?.rows_affected()
            }
            On::Sqlite(on, with) => {
                sqlx::query_with::<Sqlite, _>(sql, with).execute(on).await?.rows_affected()
            }
            On::PostgresReaders(on, with) => {
                sqlx::query_with::<Postgres, _>(sql, with).execute(on).await?.rows_affected()
            }
            On::Postgres(on, with) => {
                sqlx::query_with::<Postgres, _>(sql, with).execute(on).await?.rows_affected()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;

    /// Callers go away at every moment of a beginning; no connection is left in a transaction.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_transaction_that_nobody_waits_for_any_more_leaves_no_trace() {
        let Some(database) = fresh::fresh_postgres() else { return };
        let folder = tempfile::tempdir().unwrap();
        let mut config = crate::config::Config::new(folder.path().to_owned(), "127.0.0.1:1".parse().unwrap());
        config.database = database;
        // Two pools: whoever asks through a connection that is in a transaction sees it busy, not idle.
        let (db, observer) = (Db::open(&config).await.unwrap(), Db::open(&config).await.unwrap());
        let open = "SELECT COUNT(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        let mut cut_short = 0;
        for step in 0..300 {
            if tokio::time::timeout(Duration::from_micros(step * 10), db.begin()).await.is_ok() {
                continue;
            }
            cut_short += 1;
            let until = std::time::Instant::now() + Duration::from_secs(20);
            while observer.read().query(open).one::<(i64,)>().await.unwrap() != (0,) {
                assert!(std::time::Instant::now() < until, "a connection stays in a transaction");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        assert!(cut_short > 0, "none was cut short");
    }

    #[tokio::test]
    async fn on_sqlite_only_bookkeeping_leaves_the_sync_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let config = crate::config::Config::new(folder.path().to_owned(), "127.0.0.1:1".parse().unwrap());
        let db = Db::open(&config).await.unwrap();
        const NORMAL: i64 = 1;
        const FULL: i64 = 2;
        for _ in 0..2 {
            let mut tx = db.begin().await.unwrap();
            assert_eq!(tx.query("PRAGMA synchronous").one::<(i64,)>().await.unwrap(), (NORMAL,));
            tx.commit().await.unwrap();
            let mut tx = db.write().await.unwrap();
            assert_eq!(tx.query("PRAGMA synchronous").one::<(i64,)>().await.unwrap(), (FULL,));
            tx.commit().await.unwrap();
        }
    }
}

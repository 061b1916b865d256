//! The one place that knows which database there is: a thin executor over the drivers, one SQL text for all.
//! Statements are `&'static str` with `$1` parameters and stand in the files beside this one, by noun.

pub mod accounts;
pub mod audit;
pub mod blobs;
pub mod charts;
mod guards;
pub mod jobs;
pub mod manifests;
mod migrations;
pub mod repositories;
pub mod scans;
pub mod sessions;
pub mod tokens;
pub mod versions;
pub mod votes;

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{Arguments as _, Sqlite, SqliteConnection};

use crate::error::{Error, Result};

/// Connections that read beside the one that writes.
const READERS_MAX: u32 = 4;
/// How long a connection waits for another process (`chartgate admin token` beside a running server).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The database. Another one is another arm here and in `Tx`, `On` and `Query`.
#[derive(Clone, Debug)]
pub enum Db {
    Sqlite { readers: SqlitePool, writer: SqlitePool },
}

/// A write transaction; dropped without `commit` it never happened.
/// Invariant: no await on a blob or a child process while one is open.
#[derive(Debug)]
pub enum Tx {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
}

/// What can be bound to a parameter.
pub trait Bind: for<'q> sqlx::Encode<'q, Sqlite> + sqlx::Type<Sqlite> {}
impl<T: for<'q> sqlx::Encode<'q, Sqlite> + sqlx::Type<Sqlite>> Bind for T {}

/// What a row can be read as.
pub trait Row: for<'r> sqlx::FromRow<'r, SqliteRow> + Send + Unpin {}
impl<T: for<'r> sqlx::FromRow<'r, SqliteRow> + Send + Unpin> Row for T {}

enum On<'c> {
    Readers(&'c SqlitePool),
    Tx(&'c mut SqliteConnection),
}

/// One statement with its parameters, ready to run.
pub struct Query<'c> {
    on: On<'c>,
    sql: &'static str,
    arguments: SqliteArguments,
    failed: Option<sqlx::error::BoxDynError>,
}

/// Where a statement can be asked: readers or an open transaction. Reading functions take either.
pub trait Ask: Send {
    fn query(&mut self, sql: &'static str) -> Query<'_>;
}

impl Db {
    /// Opens or creates the database file, and brings its tables up to date.
    ///
    /// # Errors
    /// The file cannot be opened, or was made by a newer version.
    pub async fn open(file: &Path) -> Result<Db> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("trusted_schema", "OFF");
        let cannot = |error: sqlx::Error| {
            Error::unavailable(format!("the database {} cannot be opened: {error}", file.display()), error)
        };
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(cannot)?;
        migrations::migrator().run(&writer).await.map_err(|error| {
            Error::unavailable(format!("the database {} cannot be migrated: {error}", file.display()), error)
        })?;
        for statement in guards::SQLITE {
            sqlx::query(statement).execute(&writer).await?;
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .connect_with(options)
            .await
            .map_err(cannot)?;
        Ok(Db::Sqlite { readers, writer })
    }

    /// Begins a write transaction; on SQLite it takes the write lock at once.
    ///
    /// # Errors
    /// The database cannot be reached, or another process holds the lock for too long.
    pub async fn write(&self) -> Result<Tx> {
        match self {
            Db::Sqlite { writer, .. } => Ok(Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)),
        }
    }

    /// The readers, as something to ask.
    #[must_use]
    pub fn read(&self) -> Db {
        self.clone()
    }

    /// Closes every connection; the WAL is folded back into the file.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}

impl Ask for Db {
    fn query(&mut self, sql: &'static str) -> Query<'_> {
        match self {
            Db::Sqlite { readers, .. } => Query::new(On::Readers(readers), sql),
        }
    }
}

impl Ask for Tx {
    fn query(&mut self, sql: &'static str) -> Query<'_> {
        match self {
            Tx::Sqlite(tx) => Query::new(On::Tx(tx), sql),
        }
    }
}

impl Tx {
    /// # Errors
    /// Nothing was written.
    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => Ok(tx.commit().await?),
        }
    }
}

impl<'c> Query<'c> {
    fn new(on: On<'c>, sql: &'static str) -> Self {
        Query { on, sql, arguments: SqliteArguments::default(), failed: None }
    }

    /// The next parameter.
    #[must_use]
    pub fn bind<T: Bind>(mut self, value: T) -> Self {
        if let Err(error) = self.arguments.add(value) {
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
        let query = sqlx::query_as_with::<Sqlite, T, _>(self.sql, self.arguments);
        Ok(match self.on {
            On::Readers(pool) => query.fetch_all(pool).await?,
            On::Tx(tx) => query.fetch_all(tx).await?,
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
        let query = sqlx::query_with::<Sqlite, _>(self.sql, self.arguments);
        Ok(match self.on {
            On::Readers(pool) => query.execute(pool).await?.rows_affected(),
            On::Tx(tx) => query.execute(tx).await?.rows_affected(),
        })
    }
}

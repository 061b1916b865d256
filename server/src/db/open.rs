//! Opens a database and brings its tables up to date; which one, the configuration says. It runs no statement of a noun.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::{Commits, Db, Pools, guards, migrations};
use crate::config::{Config, Database};
use crate::error::{Error, Kind, Result};

/// Connections that read beside the one that writes.
const SQLITE_READERS_MAX: u32 = 4;
/// How long a connection waits for another process (`chartgate admin token` beside a running server).
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections of one process to PostgreSQL.
const POSTGRES_CONNECTIONS_MAX: u32 = 10;
/// How long a request waits for a connection before it is told that the database cannot be reached.
const POSTGRES_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Bounds that PostgreSQL itself keeps, in milliseconds: a statement, a lock, a transaction left open by a lost process.
const POSTGRES_STATEMENT_TIMEOUT_MILLISECONDS: &str = "30000";
const POSTGRES_LOCK_TIMEOUT_MILLISECONDS: &str = "10000";
const POSTGRES_IDLE_TRANSACTION_TIMEOUT_MILLISECONDS: &str = "30000";
/// Number of the advisory lock under which the guards are set, one server at a time.
const POSTGRES_GUARDS_LOCK: i64 = 0x6368_6172_7467;

impl Db {
    /// Opens the database that the configuration names, making SQLite's file when it is absent.
    ///
    /// # Errors
    /// `Unreachable` when it does not answer; `Unavailable` when it answers and refuses: a wrong password, tables of
    /// another version.
    pub async fn open(config: &Config) -> Result<Db> {
        match &config.database {
            Database::File => open_sqlite(&config.data.join(crate::config::DATABASE_FILE)).await,
            Database::Postgres(options) => open_postgres(options).await,
        }
    }
}

async fn open_sqlite(file: &Path) -> Result<Db> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(SQLITE_BUSY_TIMEOUT)
        .pragma("trusted_schema", "OFF");
    let name = format!("the database {}", file.display());
    let cannot = |error: sqlx::Error| Error::unavailable(format!("{name} cannot be opened: {error}"), error);
    // A full disk ends a transaction inside SQLite, and the driver goes on counting it: that connection could begin no
    // other one for ever, so it is replaced.
    let connect = |connections| {
        SqlitePoolOptions::new().max_connections(connections).before_acquire(|connection, _| {
            let is_usable = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_usable) })
        })
    };
    let writer: SqlitePool = connect(1).connect_with(options.clone()).await.map_err(cannot)?;
    migrations::migrator().run(&writer).await.map_err(|error| not_migrated(&name, error))?;
    for statement in guards::SQLITE {
        sqlx::query(statement).execute(&writer).await?;
    }
    let readers = connect(SQLITE_READERS_MAX).connect_with(options).await.map_err(cannot)?;
    Ok(Db { pools: Pools::Sqlite { readers, writer }, commits: Commits::default() })
}

async fn open_postgres(options: &PgConnectOptions) -> Result<Db> {
    let options = options.clone().application_name("chartgate").options([
        ("statement_timeout", POSTGRES_STATEMENT_TIMEOUT_MILLISECONDS),
        ("lock_timeout", POSTGRES_LOCK_TIMEOUT_MILLISECONDS),
        ("idle_in_transaction_session_timeout", POSTGRES_IDLE_TRANSACTION_TIMEOUT_MILLISECONDS),
    ]);
    let name = format!(
        "the PostgreSQL database {} at {}:{}",
        options.get_database().unwrap_or(options.get_username()),
        options.get_host(),
        options.get_port()
    );
    let pool: PgPool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS_MAX)
        .acquire_timeout(POSTGRES_ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(|error| not_connected(&name, error))?;
    migrations::migrator().run(&pool).await.map_err(|error| not_migrated(&name, error))?;
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(POSTGRES_GUARDS_LOCK).execute(&mut *tx).await?;
    for statement in guards::POSTGRES {
        sqlx::query(statement).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(Db { pools: Pools::Postgres(pool), commits: Commits::default() })
}

/// What the operator's `--database` text means.
///
/// # Errors
/// It is no PostgreSQL URL; the text never repeats it, since it can hold a password.
pub fn postgres_options(url: &str) -> Result<PgConnectOptions> {
    let wrong = "--database must be postgres://USER@HOST:PORT/NAME";
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(Error::new(Kind::InvalidRequest, wrong));
    }
    PgConnectOptions::from_str(url).map_err(|_| Error::new(Kind::InvalidRequest, wrong))
}

/// A database that answers and refuses is the operator's to mend; one that does not answer may come back.
fn not_connected(name: &str, error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(refusal) if !crate::error::is_restarting(refusal.as_ref()) => {
            Error::unavailable(format!("{name} refuses the connection: {}", refusal.message()), error)
        }
        _ => Error::unreachable(format!("{name} cannot be reached: {error}"), error),
    }
}

/// Tables of another version are left as they are.
fn not_migrated(name: &str, error: MigrateError) -> Error {
    let text = match &error {
        MigrateError::VersionMissing(number) => format!(
            "{name} was made by a newer chartgate (it has migration {number}, which this one does not know); \
             start that version or a newer one. Nothing was changed"
        ),
        MigrateError::VersionMismatch(number) => format!(
            "{name} was not made by a released chartgate: its migration {number} is another one. Nothing was changed"
        ),
        MigrateError::Dirty(number) => {
            format!("{name} has an unfinished migration {number}; restore it from its last backup")
        }
        other => format!("{name} cannot be migrated: {other}"),
    };
    Error::unavailable(text, error)
}

//! For tests of the library: an empty database of the kind that the run asks for. The product never comes here.
#![allow(clippy::unwrap_used, clippy::panic)]

use crate::config::Database;

/// The same server as that of the integration tests, one for this process.
#[path = "../../tests/it/postgres.rs"]
#[allow(dead_code, reason = "the integration tests use the rest")]
mod postgres;

/// A database of its own for one test: `CHARTGATE_TEST_DATABASE=sqlite|postgres` decides.
pub(crate) fn fresh() -> Database {
    match std::env::var("CHARTGATE_TEST_DATABASE").as_deref() {
        Ok("postgres") => fresh_postgres().unwrap_or_else(|| panic!("PostgreSQL is asked for and missing")),
        Ok("sqlite") | Err(_) => Database::File,
        Ok(other) => panic!("CHARTGATE_TEST_DATABASE is {other}; it can be sqlite or postgres"),
    }
}

/// A PostgreSQL database, whatever the run asks for; `None`, said loudly, when PostgreSQL is not installed.
pub(crate) fn fresh_postgres() -> Option<Database> {
    let url = postgres::shared()?.database();
    Some(Database::Postgres(Box::new(super::postgres_options(&url).unwrap())))
}

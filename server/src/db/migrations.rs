//! The numbered files of `migrations/`, compiled into the binary. A released file never changes.

use std::borrow::Cow;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Number, name, text.
const FILES: &[(i64, &str, &str)] = &[
    (1, "init", include_str!("../../../migrations/0001_init.sql")),
    (2, "mirror", include_str!("../../../migrations/0002_mirror.sql")),
    (3, "upload", include_str!("../../../migrations/0003_upload.sql")),
    (4, "index", include_str!("../../../migrations/0004_index.sql")),
];

/// Everything that brings an empty or older database up to date.
pub(super) fn migrator() -> Migrator {
    let list = FILES.iter().map(|&(number, name, sql)| {
        Migration::new(number, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(list.collect())
}

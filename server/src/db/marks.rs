//! Numbers that change whenever something changes that caches hold: cheap to read, so that they can be read often.

use super::Ask;
use crate::error::Result;

/// Both marks, read in one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    pub contents: Contents,
    pub accounts: Accounts,
}

/// Changes whenever readers may see something else in any repository: every revision only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    revisions: i64,
    repositories: i64,
}

/// Changes whenever a token or an account ends before its time. Tokens are never changed and never live again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accounts {
    revoked: i64,
    disabled: i64,
    last_disabled_at: i64,
}

pub async fn read(on: &mut impl Ask) -> Result<Marks> {
    let (revisions, repositories, revoked, disabled, last_disabled_at): (i64, i64, i64, i64, i64) = on
        .query(
            "SELECT (SELECT CAST(COALESCE(SUM(revision), 0) AS BIGINT) FROM repository),
             (SELECT COUNT(*) FROM repository),
             (SELECT COUNT(*) FROM token WHERE revoked_at IS NOT NULL),
             (SELECT COUNT(*) FROM account WHERE disabled_at IS NOT NULL),
             (SELECT CAST(COALESCE(MAX(disabled_at), 0) AS BIGINT) FROM account)",
        )
        .one()
        .await?;
    Ok(Marks {
        contents: Contents { revisions, repositories },
        accounts: Accounts { revoked, disabled, last_disabled_at },
    })
}

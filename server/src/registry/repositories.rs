//! Repositories: making one, finding the one a request names, listing those a caller may read.

use super::policies::parse_policy;
use super::{Entry, append, demand};
use crate::app::App;
use crate::db::repositories::{self, RepositoryRow};
use crate::db::retried;
use crate::error::{Error, Kind, Result};
use crate::model::{Action, Caller, RepositoryName};

/// Makes a repository with the default policy; one that exists is left as it is. Tells whether it is new.
///
/// # Errors
/// The caller may not, or its policy cannot be read or written.
pub async fn create_repository(app: &App, caller: &Caller, name: &RepositoryName) -> Result<bool> {
    demand(caller, Action::Administer, None)?;
    let policy_text = app.policies.begin(name)?;
    let policy = match &policy_text {
        Some(text) => parse_policy(text)?,
        None => app.policies.current(&mut app.db.read(), name).await?,
    };
    let version = policy.version();
    retried(|| insert(app, caller, name, policy_text.as_deref(), &version)).await
}

async fn insert(
    app: &App,
    caller: &Caller,
    name: &RepositoryName,
    policy_text: Option<&str>,
    policy: &str,
) -> Result<bool> {
    let mut tx = app.db.write().await?;
    if repositories::by_name(&mut tx, name).await?.is_some() {
        return Ok(false);
    }
    let now = app.now();
    let row = RepositoryRow {
        id: app.new_id()?,
        name: name.clone(),
        revision: 0,
        content_changed_at: now,
        policy_version: policy.to_owned(),
        policy: policy_text.map(str::to_owned),
        created_at: now,
    };
    repositories::insert(&mut tx, &row).await?;
    let entry = Entry {
        repository: Some(name.to_string()),
        policy_version: Some(policy.to_owned()),
        ..Entry::new(caller, "repository.create")
    };
    append(&mut tx, app.now(), entry).await?;
    tx.commit().await?;
    Ok(true)
}

/// The repository of a request, for a caller who may read in it or push to it.
/// Whoever may do neither learns nothing: anonymous callers are asked to sign in, others are told that it is unknown.
///
/// # Errors
/// `Unauthenticated` or `UnknownRepository`.
pub async fn find_repository(app: &App, caller: &Caller, name: &RepositoryName) -> Result<RepositoryRow> {
    readable(caller, name)?;
    repositories::by_name(&mut app.db.read(), name).await?.ok_or_else(|| unknown(name))
}

/// Whether this caller may read in a repository of this name, be it there or not.
///
/// # Errors
/// `Unauthenticated` or `UnknownRepository`.
pub(super) fn readable(caller: &Caller, name: &RepositoryName) -> Result<()> {
    if caller.may(Action::Read, Some(name)) {
        return Ok(());
    }
    if caller.is_anonymous() {
        demand(caller, Action::Read, Some(name))?;
    }
    Err(unknown(name))
}

/// What is said of a repository that is not there, or that the caller may not know.
pub(super) fn unknown(name: &RepositoryName) -> Error {
    Error::new(Kind::UnknownRepository, format!("there is no repository {name} here"))
}

/// The repository that a caller is about to push to. Doors ask before they read a body, `intake` asks again.
/// Anonymous callers are asked to sign in before they learn which repositories there are.
///
/// # Errors
/// `Unauthenticated`, `UnknownRepository` or `Forbidden`.
pub async fn publishable(app: &App, caller: &Caller, name: &RepositoryName) -> Result<RepositoryRow> {
    if caller.is_anonymous() {
        demand(caller, Action::Publish, Some(name))?;
    }
    let row = find_repository(app, caller, name).await?;
    demand(caller, Action::Publish, Some(name))?;
    Ok(row)
}

/// Repositories in which this caller may read.
///
/// # Errors
/// The database's.
pub async fn readable_repositories(app: &App, caller: &Caller) -> Result<Vec<RepositoryRow>> {
    let mut rows = repositories::all(&mut app.db.read()).await?;
    rows.retain(|row| caller.may(Action::Read, Some(&row.name)));
    Ok(rows)
}

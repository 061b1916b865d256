//! The policy of each repository: TOML in a file or in the repository's row, read whenever it is needed, so that an edit
//! is in force at once. What a policy means, the scanner knows.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use scanner::policy::Policy;

use super::{Entry, append, demand};
use crate::app::App;
use crate::db::repositories::{self, RepositoryRow};
use crate::db::{Ask, retried};
use crate::error::{Error, Kind, Result};
use crate::model::{Action, Caller, RepositoryName};

/// Bytes of a policy file.
pub const POLICY_BYTES_MAX: u64 = 256 * 1024;

const DEFAULT_POLICY: &str = "\
# What this repository demands of a chart before it is served. An edit is in force at once; unknown keys are refused.

# Findings of this severity or above block: info, low, medium, high, critical.
block-at = \"high\"
# How many people must approve. 0 publishes a chart that passes at once.
approvals = 1
# Whether the vote of the one who uploaded counts.
uploader-may-approve = false
# Whose findings decide: \"defaults\", the default values; \"all\", each values file in ci/ as well.
profiles = \"defaults\"
";

/// Where policies are kept. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Policies {
    /// A folder of files, `<repository>.toml`: one server, whose operator edits them.
    Folder(PathBuf),
    /// The rows of `repository`: every server sees the same; `chartgate policy set` changes them.
    Rows,
}

impl Policies {
    /// The policy in force.
    ///
    /// # Errors
    /// `Unavailable` when it is absent, too large, or no policy; then nothing is approved.
    pub async fn current(&self, on: &mut impl Ask, repository: &RepositoryName) -> Result<Policy> {
        match self {
            Policies::Folder(folder) => read_policy(&file(folder, repository)),
            Policies::Rows => {
                let row = repositories::by_name(on, repository).await?;
                let absent =
                    || Error::new(Kind::Unavailable, format!("repository {repository} has no policy"));
                parse_policy(&row.and_then(|row| row.policy).ok_or_else(absent)?)
            }
        }
    }

    /// The policy of a repository that is about to be made: a file unless there is one already, or the text of its row.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(super) fn begin(&self, repository: &RepositoryName) -> Result<Option<String>> {
        match self {
            Policies::Rows => Ok(Some(DEFAULT_POLICY.to_owned())),
            Policies::Folder(folder) => {
                if !file(folder, repository).exists() {
                    write_file(folder, repository, DEFAULT_POLICY)?;
                }
                Ok(None)
            }
        }
    }

    /// Where an operator finds the policy of a repository, in words.
    #[must_use]
    pub fn place(&self, repository: &RepositoryName) -> String {
        match self {
            Policies::Folder(folder) => file(folder, repository).display().to_string(),
            Policies::Rows => format!("in the database; see it with: chartgate policy show {repository}"),
        }
    }

    /// The text of the policy, with its comments.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub async fn text(&self, on: &mut impl Ask, repository: &RepositoryName) -> Result<String> {
        let unknown =
            || Error::new(Kind::UnknownRepository, format!("there is no repository {repository} here"));
        let row = repositories::by_name(on, repository).await?.ok_or_else(unknown)?;
        match self {
            Policies::Folder(folder) => read_text(&file(folder, repository)),
            Policies::Rows => row.policy.ok_or_else(unknown),
        }
    }
}

/// Puts another policy in force. What waits is judged again under it. Tells whether it differs from the one before.
///
/// # Errors
/// The caller is no admin, the repository is unknown, or the text is no policy; then the old one stays in force.
pub async fn set_policy(app: &App, caller: &Caller, repository: &RepositoryName, text: &str) -> Result<bool> {
    demand(caller, Action::Administer, None)?;
    let unknown = || Error::new(Kind::UnknownRepository, format!("there is no repository {repository} here"));
    let version =
        parse_policy(text).map_err(|error| Error::new(Kind::InvalidRequest, error.public))?.version();
    // The file comes before its row: should the row fail, the next look at the file notes that it is in force.
    if let Policies::Folder(folder) = &app.policies {
        repositories::by_name(&mut app.db.read(), repository).await?.ok_or_else(unknown)?;
        write_file(folder, repository, text)?;
    }
    retried(|| async {
        let mut tx = app.db.write().await?;
        let row = repositories::by_name(&mut tx, repository).await?.ok_or_else(unknown)?;
        if matches!(app.policies, Policies::Rows) {
            repositories::set_policy(&mut tx, &row.id, text).await?;
        }
        let changed = row.policy_version != version;
        if changed {
            repositories::set_policy_version(&mut tx, &row.id, &version).await?;
            append(&mut tx, app.now(), policy_change(caller, &row, &version)).await?;
        }
        tx.commit().await?;
        Ok(changed)
    })
    .await
}

/// The audit entry of a policy that replaces another one.
pub(super) fn policy_change(caller: &Caller, row: &RepositoryRow, version: &str) -> Entry {
    Entry {
        repository: Some(row.name.to_string()),
        before: Some(row.policy_version.clone()),
        after: Some(version.to_owned()),
        policy_version: Some(version.to_owned()),
        ..Entry::new(caller, "policy.change")
    }
}

fn file(folder: &Path, repository: &RepositoryName) -> PathBuf {
    folder.join(format!("{repository}.toml"))
}

/// Writes a policy file whole or not at all: a server may be reading it.
fn write_file(folder: &Path, repository: &RepositoryName, text: &str) -> Result<()> {
    let path = file(folder, repository);
    let new = folder.join(format!(".{repository}.toml.new"));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&new, text))
        .and_then(|()| std::fs::rename(&new, &path))
        .map_err(|error| Error::unavailable(format!("{} cannot be written: {error}", path.display()), error))
}

/// What a policy's text says.
///
/// # Errors
/// What is wrong with it, with line and column.
pub fn parse_policy(text: &str) -> Result<Policy> {
    if text.len() as u64 > POLICY_BYTES_MAX {
        return Err(Error::new(
            Kind::Unavailable,
            format!("the policy is larger than {POLICY_BYTES_MAX} bytes"),
        ));
    }
    Policy::from_toml(text)
        .map_err(|error| Error::unavailable(format!("the policy is not valid: {error}"), error))
}

/// Reads one policy file.
///
/// # Errors
/// What is wrong with it, with file, line and column.
pub fn read_policy(path: &Path) -> Result<Policy> {
    read_policy_text(path).and_then(|text| parse_policy(&text))
}

/// The text of one policy file, which is valid.
///
/// # Errors
/// What is wrong with it, with file, line and column.
pub fn read_policy_text(path: &Path) -> Result<String> {
    let text = read_text(path)?;
    match parse_policy(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Error { public: format!("{}: {}", path.display(), error.public), ..error }),
    }
}

/// Read once, so that what was checked is what is used, and no more than one byte over the limit, from a pipe too.
fn read_text(path: &Path) -> Result<String> {
    let cannot = |error: std::io::Error| {
        Error::unavailable(format!("the policy {} cannot be read: {error}", path.display()), error)
    };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(cannot)?;
    file.take(POLICY_BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_file_written_at_first_start_is_the_default_policy() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("policies");
        let name = RepositoryName::parse("charts").unwrap();
        assert_eq!(read_policy(&file(&folder, &name)).unwrap_err().kind, Kind::Unavailable);
        assert_eq!(Policies::Folder(folder.clone()).begin(&name).unwrap(), None);
        assert_eq!(read_policy(&file(&folder, &name)).unwrap(), Policy::default());
        let text = Policies::Rows.begin(&name).unwrap().unwrap();
        assert_eq!(parse_policy(&text).unwrap(), Policy::default());
    }

    #[test]
    fn an_unknown_key_is_refused_and_named_and_an_existing_file_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let name = RepositoryName::parse("charts").unwrap();
        let path = file(folder.path(), &name);
        std::fs::write(&path, "aprovals = 0\n").unwrap();
        Policies::Folder(folder.path().to_owned()).begin(&name).unwrap();
        let error = read_policy(&path).unwrap_err();
        assert!(error.public.contains("aprovals") && error.public.contains("charts.toml"), "{error}");
        let large = usize::try_from(POLICY_BYTES_MAX).unwrap() + 1;
        std::fs::write(&path, "#".repeat(large)).unwrap();
        assert!(read_policy(&path).unwrap_err().public.contains("larger than"));
    }
}

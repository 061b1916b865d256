//! The policy of each repository: a TOML file, read whenever it is needed, so that an edit is in force at once.

use std::path::{Path, PathBuf};

use scanner::policy::Policy;

use crate::error::{Error, Kind, Result};
use crate::model::RepositoryName;

/// Bytes of a policy file.
const POLICY_BYTES_MAX: u64 = 256 * 1024;

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

/// The folder of policy files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Policies {
    folder: PathBuf,
}

impl Policies {
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Policies { folder }
    }

    #[must_use]
    pub fn path(&self, repository: &RepositoryName) -> PathBuf {
        self.folder.join(format!("{repository}.toml"))
    }

    /// The policy in force.
    ///
    /// # Errors
    /// `Unavailable` when the file is absent, too large, or no policy; then nothing is approved.
    pub fn current(&self, repository: &RepositoryName) -> Result<Policy> {
        read_policy(&self.path(repository))
    }

    /// Writes the default policy unless there is a file already.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn ensure(&self, repository: &RepositoryName) -> Result<()> {
        let path = self.path(repository);
        if path.exists() {
            return Ok(());
        }
        std::fs::create_dir_all(&self.folder).and_then(|()| std::fs::write(&path, DEFAULT_POLICY)).map_err(
            |error| Error::unavailable(format!("{} cannot be written: {error}", path.display()), error),
        )
    }
}

/// Reads one policy file.
///
/// # Errors
/// What is wrong with it, with file, line and column.
pub fn read_policy(path: &Path) -> Result<Policy> {
    let cannot = |error: std::io::Error| {
        Error::unavailable(format!("the policy {} cannot be read: {error}", path.display()), error)
    };
    if std::fs::metadata(path).map_err(cannot)?.len() > POLICY_BYTES_MAX {
        return Err(Error::new(
            Kind::Unavailable,
            format!("the policy {} is larger than {POLICY_BYTES_MAX} bytes", path.display()),
        ));
    }
    let text = std::fs::read_to_string(path).map_err(cannot)?;
    Policy::from_toml(&text).map_err(|error| {
        Error::unavailable(format!("the policy {} is not valid: {error}", path.display()), error)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_file_written_at_first_start_is_the_default_policy() {
        let folder = tempfile::tempdir().unwrap();
        let policies = Policies::in_folder(folder.path().join("policies"));
        let name = RepositoryName::parse("charts").unwrap();
        assert_eq!(policies.current(&name).unwrap_err().kind, Kind::Unavailable);
        policies.ensure(&name).unwrap();
        assert_eq!(policies.current(&name).unwrap(), Policy::default());
    }

    #[test]
    fn an_unknown_key_is_refused_and_named_and_an_existing_file_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let policies = Policies::in_folder(folder.path().to_owned());
        let name = RepositoryName::parse("charts").unwrap();
        std::fs::write(policies.path(&name), "aprovals = 0\n").unwrap();
        policies.ensure(&name).unwrap();
        let error = policies.current(&name).unwrap_err();
        assert!(error.public.contains("aprovals") && error.public.contains("charts.toml"), "{error}");
    }
}

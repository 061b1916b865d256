//! The first start: an admin, one repository, a robot that can push. And the charts of `serve --sample`.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::app::App;
use crate::auth;
use crate::db::{accounts, repositories, retried};
use crate::error::{Error, Result};
use crate::model::{Caller, CallerKind, Door, Grant, RepositoryName, Role};
use crate::registry::{self, Entry, Upload, append};

/// The account that the first sign-in link is for.
const ADMIN: &str = "admin";
/// Who pushes in the first minutes, so that the admin is somebody else and can approve.
const ROBOT: &str = "robot";
/// The repository of the first start.
const REPOSITORY: &str = "charts";

/// What a start has to tell its operator.
#[derive(Debug)]
pub struct Welcome {
    pub repository: RepositoryName,
    /// Only at the first start.
    pub sign_in_link: Option<String>,
    /// Only at the first start; never shown again.
    pub robot_token: Option<String>,
}

/// Makes what the first start needs, and what lets the person who started it in; later starts change nothing.
///
/// # Errors
/// Storage, or a policy file that is not valid.
pub async fn prepare(app: &App) -> Result<Welcome> {
    let (repository, is_first) = begin(app).await?;
    if !is_first {
        return Ok(Welcome { repository, sign_in_link: None, robot_token: None });
    }
    let token =
        auth::create_token(app, &Caller::system(), ROBOT, Role::Publisher, Some(&repository), None).await?;
    let link = auth::make_link(app, ADMIN).await?;
    Ok(Welcome { repository, sign_in_link: Some(link), robot_token: Some(token.secret) })
}

/// As [`prepare`], without secrets: what one of several servers prints goes to whoever may read a cluster's log.
///
/// # Errors
/// As [`prepare`].
pub async fn prepare_silently(app: &App) -> Result<Welcome> {
    let (repository, _) = begin(app).await?;
    Ok(Welcome { repository, sign_in_link: None, robot_token: None })
}

/// A repository and the admin, where there is none. Tells a repository, and whether this is the first start.
async fn begin(app: &App) -> Result<(RepositoryName, bool)> {
    let repository = RepositoryName::parse(REPOSITORY)?;
    let mut known = repositories::all(&mut app.db.read()).await?;
    if known.is_empty() {
        registry::create_repository(app, &Caller::system(), &repository).await?;
    }
    let shown = if known.is_empty() { repository } else { known.swap_remove(0).name };
    let is_first = accounts::by_name(&mut app.db.read(), ADMIN).await?.is_none() && make_admin(app).await?;
    Ok((shown, is_first))
}

/// Makes the admin. Tells whether it is new: of several servers that start at once, one makes it.
async fn make_admin(app: &App) -> Result<bool> {
    retried(|| async {
        let mut tx = app.db.write().await?;
        if accounts::by_name(&mut tx, ADMIN).await?.is_some() {
            return Ok(false);
        }
        accounts::ensure(&mut tx, ADMIN, "person", app.now()).await?;
        accounts::grant(&mut tx, ADMIN, &Grant { role: Role::Admin, repository: None }).await?;
        let entry = Entry {
            after: Some(format!("{ADMIN} as admin")),
            ..Entry::new(&Caller::system(), "account.create")
        };
        append(&mut tx, app.now(), entry).await?;
        tx.commit().await?;
        Ok(true)
    })
    .await
}

/// A path below the chart's folder, and its text.
type SampleFile<'a> = (&'a str, &'a str);

/// Name of the folder, files below it.
const SAMPLES: [(&str, &[SampleFile<'static>]); 3] = [
    (
        "hello-web",
        &[
            ("Chart.yaml", include_str!("sample/hello-web/Chart.yaml")),
            ("values.yaml", include_str!("sample/hello-web/values.yaml")),
            ("templates/deployment.yaml", include_str!("sample/hello-web/templates/deployment.yaml")),
            ("templates/service.yaml", include_str!("sample/hello-web/templates/service.yaml")),
            ("templates/networkpolicy.yaml", include_str!("sample/hello-web/templates/networkpolicy.yaml")),
        ],
    ),
    (
        "open-console",
        &[
            ("Chart.yaml", include_str!("sample/open-console/Chart.yaml")),
            ("values.yaml", include_str!("sample/open-console/values.yaml")),
            ("templates/deployment.yaml", include_str!("sample/open-console/templates/deployment.yaml")),
            ("templates/service.yaml", include_str!("sample/open-console/templates/service.yaml")),
        ],
    ),
    (
        "broken-render",
        &[
            ("Chart.yaml", include_str!("sample/broken-render/Chart.yaml")),
            ("values.yaml", include_str!("sample/broken-render/values.yaml")),
            ("templates/configmap.yaml", include_str!("sample/broken-render/templates/configmap.yaml")),
        ],
    ),
];

/// Takes the sample charts in, as the robot; again changes nothing.
///
/// # Errors
/// Intake's.
pub async fn take_samples(app: &App) -> Result<()> {
    let repository = RepositoryName::parse(REPOSITORY)?;
    let robot = Caller {
        name: ROBOT.to_owned(),
        kind: CallerKind::Token,
        grants: vec![Grant { role: Role::Publisher, repository: Some(repository.clone()) }],
        reads_published: false,
        request_id: String::new(),
    };
    for (name, files) in SAMPLES {
        let bytes = pack(name, files).map_err(Error::internal)?.into();
        let upload =
            Upload { repository: repository.clone(), bytes, door: Door::Sample, oci: None, origin: None };
        registry::intake(app, &robot, upload).await?;
    }
    Ok(())
}

/// A chart archive: the same bytes for the same files, whenever it is made.
pub(crate) fn pack(name: &str, files: &[SampleFile<'_>]) -> std::io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_entry_type(tar::EntryType::Regular);
        tar.append_data(&mut header, format!("{name}/{path}"), text.as_bytes())?;
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&tar.into_inner()?)?;
    gzip.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use scanner::policy::{Outcome, Policy, decide};
    use scanner::report::Completeness;

    use super::*;

    /// The three samples show the three answers that a verdict can be.
    #[test]
    fn the_samples_pass_block_and_cannot_be_judged() {
        for (name, files) in SAMPLES {
            let report = scanner::scan(&pack(name, files).unwrap(), &scanner::Options::default());
            let verdict = decide(&report, &Policy::default());
            match name {
                "hello-web" => assert_eq!(verdict.outcome, Outcome::Pass, "{verdict:?} {report:#?}"),
                "open-console" => {
                    assert_eq!(verdict.outcome, Outcome::Block, "{verdict:?}");
                    assert!(
                        verdict.deciding_rules.iter().any(|rule| rule == "exposure/unauthenticated-surface")
                    );
                }
                _ => {
                    assert_ne!(verdict.outcome, Outcome::Pass, "{verdict:?}");
                    assert!(matches!(report.completeness, Completeness::Incomplete { .. }));
                }
            }
        }
    }
}

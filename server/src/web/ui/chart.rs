//! One chart: how to install it and every version that the reader may see. Data of the page.

use askama::Template;

use super::charts::VersionLink;
use super::frame::{Frame, Place};
use super::parts::{Count, Moment};

#[derive(Template)]
#[template(path = "chart.html")]
pub struct ChartPage {
    pub frame: Frame,
    pub repository: String,
    pub chart: String,
    pub description: String,
    pub approved: Option<VersionLink>,
    /// Commands for the classic repository.
    pub classic: String,
    /// Command for the OCI registry.
    pub oci: String,
    pub rows: Vec<VersionRow>,
}

pub struct VersionRow {
    pub href: String,
    pub version: String,
    pub digest: String,
    pub state: String,
    pub counts: Vec<Count>,
    pub no_counts: &'static str,
    pub pushed_at: Moment,
    pub pushed_by: String,
    /// `approved by kim`.
    pub decided: String,
    pub reason: String,
}

impl ChartPage {
    #[must_use]
    pub fn sample() -> ChartPage {
        let row = |version: &str, state: &str, no_counts| VersionRow {
            href: format!("/ui/charts/charts/nginx/{version}"),
            version: version.to_owned(),
            digest: "sha256:9f3a17…c1".to_owned(),
            state: state.to_owned(),
            counts: Vec::new(),
            no_counts,
            pushed_at: Moment::sample(),
            pushed_by: "ci-web".to_owned(),
            decided: "approved by kim".to_owned(),
            reason: "fits \u{202e}us".to_owned(),
        };
        ChartPage {
            frame: Frame::sample("nginx", Place::Charts),
            repository: "charts".to_owned(),
            chart: "nginx".to_owned(),
            description: "A web server".to_owned(),
            approved: Some(VersionLink {
                href: "/ui/charts/charts/nginx/18.1.4".to_owned(),
                version: "18.1.4".to_owned(),
                state: "approved".to_owned(),
            }),
            classic: "helm repo add charts http://127.0.0.1:8080/charts\nhelm install nginx charts/nginx --version 18.1.4"
                .to_owned(),
            oci: "helm install nginx oci://127.0.0.1:8080/charts/nginx --version 18.1.4".to_owned(),
            rows: vec![row("18.2.1", "in review", "unknown"), row("18.1.4", "approved", "none")],
        }
    }
}

//! The upload form: a file field that works without script. Data of the page.

use askama::Template;

use super::frame::{Frame, Place};

#[derive(Template)]
#[template(path = "upload.html")]
pub struct UploadPage {
    pub frame: Frame,
    pub repositories: Vec<String>,
    /// The one that is selected.
    pub repository: String,
    pub size_max: String,
    pub push_command: String,
    pub error: Option<Trouble>,
}

/// What went wrong and what to do about it.
pub struct Trouble {
    pub what: String,
    pub todo: String,
}

impl UploadPage {
    #[must_use]
    pub fn sample() -> UploadPage {
        UploadPage {
            frame: Frame::sample("Upload a chart", Place::Charts),
            repositories: vec!["charts".to_owned(), "tools".to_owned()],
            repository: "tools".to_owned(),
            size_max: "20 MiB".to_owned(),
            push_command: "chartgate push demo-1.0.0.tgz charts".to_owned(),
            error: Some(Trouble {
                what: "The archive has no Chart.yaml".to_owned(),
                todo: "Package the chart with helm package and upload the file it makes.".to_owned(),
            }),
        }
    }
}

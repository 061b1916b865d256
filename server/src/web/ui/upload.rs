//! The upload form: a file field that works without script. What it takes ends in `registry::intake` like every door.

use actix_multipart::{Field, Multipart};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use super::frame::{Frame, Place};
use super::page::{page, see_other};
use super::visit::{Visit, sentence};
use crate::config::UPLOAD_BYTES_MAX;
use crate::error::{Error, Kind, Result};
use crate::model::{Action, Door, RepositoryName};
use crate::registry::{self, Upload, report_path};

/// Bytes of a field that is not the archive.
const FIELD_BYTES_MAX: usize = 1_000;
/// Fields of the form.
const FIELDS_MAX: usize = 8;

#[derive(serde::Deserialize)]
pub struct UploadQuery {
    #[serde(default)]
    repository: String,
}

/// What the form sent.
#[derive(Default)]
struct Sent {
    form_token: String,
    repository: String,
    chart: Bytes,
}

/// `GET /ui/upload`.
pub async fn get(visit: Visit, query: web::Query<UploadQuery>) -> HttpResponse {
    let result = build(&visit, &query.repository, None).await;
    visit.answer(result.map(|filled| page(StatusCode::OK, &filled))).await
}

/// `POST /ui/upload`: to the page of the new version, or back to the form with what is wrong.
pub async fn post(visit: Visit, body: Multipart) -> HttpResponse {
    let sent = match read(&visit, body).await {
        Ok(sent) => sent,
        Err(error) => return refused(&visit, "", &error).await,
    };
    match take_in(&visit, sent.repository.clone(), sent.chart).await {
        Ok(response) => response,
        Err(error) => refused(&visit, &sent.repository, &error).await,
    }
}

async fn take_in(visit: &Visit, repository: String, bytes: Bytes) -> Result<HttpResponse> {
    let repository = RepositoryName::parse(&repository)?;
    if bytes.is_empty() {
        return Err(Error::new(Kind::InvalidRequest, "choose a chart archive first"));
    }
    let upload = Upload { repository, bytes, door: Door::Page, oci: None, origin: None };
    let receipt = registry::intake(&visit.app, visit.caller(), upload).await?;
    Ok(see_other(&report_path(&receipt.repository, &receipt.chart, &receipt.version)))
}

/// Reads the fields; the form token stands first in the form and is checked before the archive is read.
async fn read(visit: &Visit, mut body: Multipart) -> Result<Sent> {
    let broken = |error: actix_multipart::MultipartError| {
        Error::new(Kind::InvalidRequest, format!("the upload ended before it was complete: {error}"))
    };
    visit.visitor.signed_in()?;
    let mut sent = Sent::default();
    let mut fields = 0;
    while let Some(field) = body.next().await {
        let field = field.map_err(broken)?;
        fields += 1;
        if fields > FIELDS_MAX {
            return Err(Error::new(Kind::InvalidRequest, "the form has more fields than ours"));
        }
        match field.name().unwrap_or_default() {
            "chart" => {
                visit.form(&sent.form_token)?;
                sent.chart = bytes_of(field, UPLOAD_BYTES_MAX).await?;
            }
            name @ ("form_token" | "repository") => {
                let is_token = name == "form_token";
                let value = bytes_of(field, FIELD_BYTES_MAX).await?;
                let value = String::from_utf8_lossy(&value).trim().to_owned();
                *(if is_token { &mut sent.form_token } else { &mut sent.repository }) = value;
            }
            _ => drop(bytes_of(field, FIELD_BYTES_MAX).await?),
        }
    }
    visit.form(&sent.form_token)?;
    Ok(sent)
}

async fn bytes_of(mut field: Field, bytes_max: usize) -> Result<Bytes> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = field.next().await {
        let chunk = chunk.map_err(|error| {
            Error::new(Kind::InvalidRequest, format!("the upload ended before it was complete: {error}"))
        })?;
        if bytes.len() + chunk.len() > bytes_max {
            return Err(Error::new(
                Kind::TooLarge,
                format!("the archive is larger than {}", mebibytes(bytes_max)),
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// The form again, with what was wrong and what to do.
async fn refused(visit: &Visit, repository: &str, error: &Error) -> HttpResponse {
    let about_form = matches!(
        error.kind,
        Kind::InvalidRequest | Kind::InvalidName | Kind::ChartRefused | Kind::TooLarge | Kind::Conflict
    );
    if !about_form {
        return visit.error(error).await;
    }
    let todo = match error.kind {
        Kind::ChartRefused => "Package the chart with helm package and upload the file it makes.",
        Kind::TooLarge => "Leave out what a chart does not need, by .helmignore.",
        Kind::Conflict => "A version never changes its bytes: give the chart a new version.",
        _ => "Choose the archive again; a browser does not keep it.",
    };
    let trouble = Trouble { what: sentence(&error.public), todo: todo.to_owned() };
    let status = StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::BAD_REQUEST);
    match build(visit, repository, Some(trouble)).await {
        Ok(filled) => page(status, &filled),
        Err(error) => visit.error(&error).await,
    }
}

async fn build(visit: &Visit, repository: &str, error: Option<Trouble>) -> Result<UploadPage> {
    visit.visitor.signed_in()?;
    let mut repositories = registry::readable_repositories(&visit.app, visit.caller()).await?;
    repositories.retain(|row| visit.caller().may(Action::Publish, Some(&row.name)));
    if repositories.is_empty() {
        return Err(Error::new(
            Kind::Forbidden,
            "you may not push charts; ask an admin for the role publisher",
        ));
    }
    Ok(UploadPage {
        frame: visit.frame("Upload a chart", Place::Charts).await,
        repositories: repositories.into_iter().map(|row| row.name.to_string()).collect(),
        repository: repository.to_owned(),
        size_max: mebibytes(UPLOAD_BYTES_MAX),
        push_command: visit.push_command(),
        error,
    })
}

fn mebibytes(bytes: usize) -> String {
    format!("{} MiB", bytes / (1024 * 1024))
}

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

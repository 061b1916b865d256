//! ChartMuseum's API: upload as raw body or multipart field `chart`, and the lists of what is published.

use actix_multipart::Multipart;
use actix_web::body::SizedStream;
use actix_web::web::{Bytes, Data, Path, Payload};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::index::index_of;
use crate::app::App;
use crate::config::UPLOAD_BYTES_MAX;
use crate::error::{Error, Kind, Result};
use crate::model::{Caller, ChartName, Door, RepositoryName};
use crate::registry::{self, Upload, intake};
use crate::web::api::body::PushReceipt;
use crate::web::extract::read_body;

/// Fields of one form that are looked at.
const FORM_FIELDS_MAX: usize = 16;

/// POST: answers before the scan, so that a client's short timeout never cuts it off.
pub async fn upload(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    payload: Payload,
) -> Result<HttpResponse> {
    let repository = RepositoryName::parse(&path)?;
    // Rights are asked before the body is read: who may not push sends nothing for nothing.
    registry::publishable(&app, &caller, &repository).await?;
    let is_form = request
        .headers()
        .get("content-type")
        .is_some_and(|value| value.as_bytes().starts_with(b"multipart/"));
    let bytes = if is_form {
        chart_field(&request, payload).await?
    } else {
        read_body(payload, UPLOAD_BYTES_MAX).await?
    };
    let receipt =
        intake(&app, &caller, Upload { repository, bytes, door: Door::Classic, oci: None, origin: None })
            .await?;
    Ok(HttpResponse::Accepted().json(PushReceipt::from(&receipt)))
}

/// The field `chart` of a multipart form. Other fields are read and left, but a provenance file is not dropped silently.
async fn chart_field(request: &HttpRequest, payload: Payload) -> Result<Bytes> {
    let wrong = |text: String| Error::new(Kind::InvalidRequest, text);
    let mut form = Multipart::from_request(request, &mut payload.into_inner())
        .await
        .map_err(|error| wrong(format!("the form cannot be read: {error}")))?;
    let mut chart = None;
    let mut fields = 0;
    while let Some(field) = form.next().await {
        let field = field.map_err(|error| wrong(format!("the form broke off: {error}")))?;
        fields += 1;
        if fields > FORM_FIELDS_MAX {
            return Err(wrong(format!("the form has more than {FORM_FIELDS_MAX} fields")));
        }
        match field.name() {
            Some("chart") if chart.is_some() => {
                return Err(wrong("the form has two fields named chart".to_owned()));
            }
            Some("chart") => chart = Some(read_body(field, UPLOAD_BYTES_MAX).await?),
            Some("prov") => {
                let text =
                    "provenance files are taken with an OCI push (helm push sends them), not by this form";
                return Err(wrong(text.to_owned()));
            }
            _ => drop(read_body(field, UPLOAD_BYTES_MAX).await?),
        }
    }
    chart.ok_or_else(|| wrong("the form has no field named chart that holds a .tgz".to_owned()))
}

/// GET `/api/<repository>/charts`: name to list of index entries.
pub async fn charts(app: Data<App>, caller: Caller, path: Path<String>) -> Result<HttpResponse> {
    let index = index_of(&app, &caller, &path).await?;
    let pieces = index.charts();
    let length = pieces.iter().map(|piece| piece.len() as u64).sum();
    let pieces = futures_util::stream::iter(pieces.into_iter().map(Ok::<_, std::convert::Infallible>));
    Ok(HttpResponse::Ok().content_type("application/json").body(SizedStream::new(length, pieces)))
}

/// GET `/api/<repository>/charts/<name>`: its index entries, newest first.
pub async fn versions(app: Data<App>, caller: Caller, path: Path<(String, String)>) -> Result<HttpResponse> {
    let entries = entries(&app, &caller, &path.0, &path.1).await?;
    let unknown = || Error::new(Kind::NotFound, "chart not found");
    Ok(HttpResponse::Ok().content_type("application/json").body(entries.ok_or_else(unknown)?))
}

/// GET `/api/<repository>/charts/<name>/<version or latest>`: one index entry.
pub async fn version(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse> {
    let (repository, chart, version) = path.into_inner();
    let entries = entries(&app, &caller, &repository, &chart).await?.unwrap_or_default();
    let versions: Vec<Value> =
        if entries.is_empty() { Vec::new() } else { serde_json::from_slice(&entries)? };
    let entry = if version == "latest" {
        versions.first()
    } else {
        versions.iter().find(|entry| entry["version"] == json!(version))
    };
    let unknown = || Error::new(Kind::NotFound, format!("no chart version found for {chart}-{version}"));
    Ok(HttpResponse::Ok().json(entry.ok_or_else(unknown)?))
}

/// The JSON list of one chart, where it has an approved version.
async fn entries(app: &App, caller: &Caller, repository: &str, chart: &str) -> Result<Option<Bytes>> {
    let index = index_of(app, caller, repository).await?;
    Ok(ChartName::parse(chart).ok().and_then(|chart| index.chart(&chart)))
}

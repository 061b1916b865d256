//! Push of one archive as a raw body.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Payload};

use super::body::{Problem, PushReceipt};
use crate::app::App;
use crate::config::UPLOAD_BYTES_MAX;
use crate::error::Result;
use crate::model::{Caller, Door, RepositoryName};
use crate::registry::{Receipt, Upload, intake, publishable};
use crate::web::extract::read_body;

/// Takes a chart into quarantine.
#[utoipa::path(
    post,
    path = "/api/v1/repositories/{repository}/charts",
    params(("repository" = String, Path, description = "Repository")),
    request_body(content = Vec<u8>, content_type = "application/gzip"),
    responses(
        (status = 202, body = PushReceipt),
        (status = 409, body = Problem, description = "Other bytes under a known version"),
        (status = 422, body = Problem, description = "The archive or its Chart.yaml was refused")
    )
)]
pub async fn push(
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    payload: Payload,
) -> Result<HttpResponse> {
    let repository = RepositoryName::parse(&path)?;
    publishable(&app, &caller, &repository).await?;
    let bytes = read_body(payload, UPLOAD_BYTES_MAX).await?;
    let receipt =
        intake(&app, &caller, Upload { repository, bytes, door: Door::Api, oci: None, origin: None }).await?;
    Ok(HttpResponse::Accepted().json(PushReceipt::from(&receipt)))
}

impl From<&Receipt> for PushReceipt {
    fn from(receipt: &Receipt) -> Self {
        PushReceipt {
            saved: true,
            repository: receipt.repository.to_string(),
            chart: receipt.chart.to_string(),
            version: receipt.version.to_string(),
            digest: receipt.digest.to_string(),
            state: receipt.state.to_string(),
            created: receipt.created,
            report: receipt.report_url.clone(),
        }
    }
}

//! Tags of approved versions, and the referrers list, which is empty: nothing is attached to charts yet.

use actix_web::HttpResponse;
use actix_web::http::header::LINK;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::json;

use super::{digest, names};
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::model::Caller;
use crate::registry::{Resolved, Want, find_repository, resolve};

/// Tags of one page, whatever is asked for.
pub const TAGS_PER_PAGE_MAX: usize = 1_000;

#[derive(Deserialize)]
pub struct PageQuery {
    n: Option<String>,
    last: Option<String>,
}

/// GET `/v2/<name>/tags/list?n=&last=`, in bytewise order.
pub async fn list(
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    query: Query<PageQuery>,
) -> Result<HttpResponse> {
    let (repository, chart) = names(&path)?;
    let Resolved::Tags(tags) = resolve(&app, &caller, &repository, Want::Tags(&chart)).await? else {
        return Err(Error::internal("no tags were asked for"));
    };
    let mut tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
    tags.sort();
    if let Some(last) = &query.last {
        tags.retain(|tag| tag > last);
    }
    let wanted = match &query.n {
        None => TAGS_PER_PAGE_MAX,
        Some(n) => {
            let wrong = || Error::new(Kind::InvalidRequest, format!("n={n} is not a number of tags"));
            n.parse::<usize>().map_err(|_| wrong())?.min(TAGS_PER_PAGE_MAX)
        }
    };
    let more = tags.len() > wanted && wanted > 0;
    tags.truncate(wanted);
    let mut answer = HttpResponse::Ok();
    if more && let Some(last) = tags.last() {
        answer.insert_header((
            LINK,
            format!("</v2/{}/tags/list?n={wanted}&last={last}>; rel=\"next\"", path.as_str()),
        ));
    }
    Ok(answer.json(json!({ "name": path.as_str(), "tags": tags })))
}

/// GET `/v2/<name>/referrers/<digest>`: an image index, never 404 for a repository that may be read.
pub async fn referrers(app: Data<App>, caller: Caller, path: Path<(String, String)>) -> Result<HttpResponse> {
    let (repository, _) = names(&path.0)?;
    digest(&path.1)?;
    find_repository(&app, &caller, &repository).await?;
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [],
    });
    Ok(HttpResponse::Ok().content_type("application/vnd.oci.image.index.v1+json").body(index.to_string()))
}

//! What speaks HTTP: pages and protocol doors, all routes in one table. Handlers parse, call one verb, and render.

pub mod api;
pub mod classic;
pub mod extract;
mod health;
mod object;
pub mod oci;
pub mod respond;
pub mod ui;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::error::{Error, Kind};

/// Every route of the server. The order matters: fixed first segments before `/{repository}/...`.
pub fn configure(app: &App, routes: &mut ServiceConfig) {
    routes.app_data(Data::new(app.clone()));
    routes.configure(health::configure);
    routes.configure(oci::configure);
    routes.configure(api::configure);
    routes.configure(ui::configure);
    routes.configure(classic::configure);
    routes.default_service(web::to(nothing_here));
}

async fn nothing_here() -> HttpResponse {
    HttpResponse::from_error(Error::new(Kind::NotFound, "there is nothing at this address"))
}

/// The challenge that OCI clients follow to `/auth/token`. Its address is the configured one; a client that came by a
/// loopback name is sent back to that name, because clients refuse to take credentials elsewhere.
fn oci_challenge(public_url: &str, request: &HttpRequest) -> String {
    let asked =
        request.headers().get("host").and_then(|value| value.to_str().ok()).filter(|host| is_loopback(host));
    let base = asked.map_or_else(|| public_url.to_owned(), |host| format!("http://{host}"));
    let service = base.split_once("://").map_or(base.as_str(), |(_, host)| host);
    let mut text = format!("Bearer realm=\"{base}/auth/token\",service=\"{service}\"");
    if let Some(name) = oci_name(request.path()) {
        let actions = if request.method().is_safe() { "pull" } else { "pull,push" };
        text.push_str(&format!(",scope=\"repository:{name}:{actions}\""));
    }
    text
}

fn is_loopback(host: &str) -> bool {
    let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
    matches!(name, "localhost" | "127.0.0.1" | "[::1]") && port.bytes().all(|b| b.is_ascii_digit())
}

/// `<repository>/<chart>` of a path below `/v2/`, when it is plain.
fn oci_name(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/v2/")?;
    let end = ["/blobs/", "/manifests/", "/tags/", "/referrers/"].iter().find_map(|mark| rest.find(mark))?;
    let name = &rest[..end];
    name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-')).then_some(name)
}

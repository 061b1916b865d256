//! What speaks HTTP: pages and protocol doors, all routes in one table. Handlers parse, call one verb, and render.

pub mod api;
pub mod classic;
pub mod extract;
mod health;
mod object;
pub mod oci;
pub mod respond;
pub mod ui;

use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpServer};

use crate::app::App;
use crate::error::{Error, Kind};

/// Threads that answer requests; hashing and reading charts happens on others.
const HTTP_WORKERS: usize = 2;
/// How long open requests may go on once the server stops.
const DRAIN_SECONDS: u64 = 10;

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

/// The server on a socket that is bound already. It runs when awaited, and drains when its handle stops it; signals are
/// the caller's business.
///
/// # Errors
/// The socket cannot be used.
pub fn server(app: &App, listener: TcpListener) -> std::io::Result<Server> {
    let app = app.clone();
    let make = move || {
        let app = app.clone();
        actix_web::App::new().wrap(from_fn(respond::respond)).configure(|routes| configure(&app, routes))
    };
    Ok(HttpServer::new(make)
        .workers(HTTP_WORKERS)
        .shutdown_timeout(DRAIN_SECONDS)
        .disable_signals()
        .listen(listener)?
        .run())
}

/// The health of a process that serves nothing else.
///
/// # Errors
/// The socket cannot be used.
pub fn health_server(app: &App, listener: TcpListener) -> std::io::Result<Server> {
    let app = app.clone();
    let make = move || {
        let data = Data::new(app.clone());
        actix_web::App::new().wrap(from_fn(respond::respond)).configure(|routes| {
            routes.app_data(data);
            routes.configure(health::configure).default_service(web::to(nothing_here));
        })
    };
    Ok(HttpServer::new(make).workers(1).disable_signals().listen(listener)?.run())
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

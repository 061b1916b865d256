//! The pages: one file per page with its data, handlers and sample. Reads rows; changes state only through `registry`.

pub mod account;
pub mod addresses;
pub mod assets;
pub mod blocked;
pub mod chart;
pub mod charts;
pub mod filter;
pub mod frame;
pub mod help;
pub mod log;
pub mod messages;
pub mod mirror;
pub mod mirrors;
pub mod page;
pub mod parts;
pub mod preferences;
pub mod queue;
pub mod rules;
pub mod shown;
pub mod sign_in;
pub mod source;
pub mod tokens;
pub mod upload;
pub mod version;
pub mod visit;

use actix_web::{HttpResponse, web};

use visit::Visit;
pub use visit::error_page;

/// Every route of the pages.
pub fn configure(config: &mut web::ServiceConfig) {
    let version = "/ui/charts/{repository}/{chart}/{version}";
    let tab = |name: &str| format!("{version}/{name}");
    config
        .route("/", web::get().to(home))
        .route("/by-digest/{digest}", web::get().to(version::by_digest::get))
        .route("/blocked/{digest}", web::get().to(blocked::get))
        .route("/ui/static/{name}", web::get().to(assets::get))
        .route("/sign-in", web::get().to(sign_in::get))
        .route("/sign-in", web::post().to(sign_in::post_token))
        .route("/sign-in/link", web::post().to(sign_in::post_link))
        .route("/sign-out", web::post().to(sign_in::post_sign_out))
        .route("/ui/account", web::get().to(preferences::account))
        .route("/ui/preferences", web::post().to(preferences::post))
        .route("/ui/queue", web::get().to(queue::get))
        .route("/ui/charts", web::get().to(charts::get))
        .route("/ui/charts/{repository}/{chart}", web::get().to(chart::get))
        .route(version, web::get().to(version::findings::get))
        .route(&tab("findings"), web::get().to(version::findings::get))
        .route(&tab("manifests"), web::get().to(version::manifests::get_manifests))
        .route(&tab("files"), web::get().to(version::manifests::get_files))
        .route(&tab("images"), web::get().to(version::images::get))
        .route(&tab("history"), web::get().to(version::history::get))
        .route(&tab("decide"), web::post().to(version::decide::post))
        .route("/ui/upload", web::get().to(upload::get))
        .route("/ui/upload", web::post().to(upload::post))
        .route("/ui/rules", web::get().to(rules::get))
        .route("/ui/rules/{family}/{name}", web::get().to(rules::get_one))
        .route("/ui/log", web::get().to(log::get))
        .route("/ui/mirrors", web::get().to(mirrors::get))
        .route("/ui/mirrors", web::post().to(mirrors::post))
        .route("/ui/mirrors/{name}", web::get().to(mirror::get))
        .route("/ui/mirrors/{name}/run", web::post().to(mirrors::post_run))
        .route("/ui/mirrors/{name}/remove", web::post().to(mirrors::post_remove))
        .route("/ui/tokens", web::get().to(tokens::get))
        .route("/ui/tokens", web::post().to(tokens::post))
        .route("/ui/tokens/revoke", web::post().to(tokens::post_revoke))
        .route("/ui/help", web::get().to(help::get))
        .route("/ui/search", web::get().to(help::search));
}

/// `GET /`: the queue for those who are signed in, the charts for everybody else.
async fn home(visit: Visit) -> HttpResponse {
    page::see_other(if visit.visitor.session.is_some() { "/ui/queue" } else { "/ui/charts" })
}

/// Every page, filled with its sample: what tests render, measure and check for accessibility.
///
/// # Errors
/// When a template fails to render.
pub fn samples() -> Result<Vec<(&'static str, String)>, askama::Error> {
    use askama::Template as _;
    Ok(vec![
        ("sign-in", account::SignInPage::sample().render()?),
        ("account", account::AccountPage::sample().render()?),
        ("queue", queue::QueuePage::sample().render()?),
        ("findings", version::findings::FindingsPage::sample().render()?),
        ("manifests", version::manifests::TextsPage::sample().render()?),
        ("images", version::images::ImagesPage::sample().render()?),
        ("history", version::history::HistoryPage::sample().render()?),
        ("charts", charts::ChartsPage::sample().render()?),
        ("chart", chart::ChartPage::sample().render()?),
        ("upload", upload::UploadPage::sample().render()?),
        ("rules", rules::RulesPage::sample().render()?),
        ("rule", rules::RulePage::sample().render()?),
        ("log", log::LogPage::sample().render()?),
        ("blocked", blocked::BlockedPage::sample().render()?),
        ("tokens", tokens::TokensPage::sample().render()?),
        ("mirrors", mirrors::MirrorsPage::sample().render()?),
        ("mirror", mirror::MirrorPage::sample().render()?),
        ("search", help::SearchPage::sample().render()?),
        ("help", help::HelpPage::sample().render()?),
        ("error", messages::ErrorPage::sample().render()?),
        ("stale", messages::StalePage::sample().render()?),
    ])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    /// Bytes of HTML before compression; a page of a hundred rows stays well under it.
    const PAGE_BYTES_MAX: usize = 150 * 1024;

    #[test]
    fn every_page_keeps_the_rules_for_pages() {
        for (name, html) in super::samples().unwrap() {
            assert!(html.len() < PAGE_BYTES_MAX, "{name} has {} bytes", html.len());
            assert_eq!(html.matches("<h1").count(), 1, "{name} needs one h1");
            assert!(html.contains("class=\"skip\""), "{name} has no skip link");
            assert_eq!(html.matches("<script").count(), 1, "{name}: the one script is a file");
            for forbidden in ["<style", " style=", "onclick=", "javascript:", "\u{202e}", "http://www"] {
                assert!(!html.contains(forbidden), "{name} contains {forbidden:?}");
            }
            assert_eq!(
                html.matches("<table").count(),
                html.matches("<caption").count(),
                "{name}: a caption each"
            );
        }
    }

    #[test]
    fn every_form_that_acts_carries_the_form_token() {
        for (name, html) in super::samples().unwrap() {
            let signed_in = html.contains("href=\"/ui/account\"");
            for form in html.split("<form").skip(1).filter(|form| form.contains("method=\"post\"")) {
                let form = form.split("</form>").next().unwrap_or_default();
                assert!(!signed_in || form.contains("name=\"form_token\""), "{name}: {form}");
            }
        }
    }
}

//! The pages: one file per page with its data, handlers and sample. Reads rows; changes state only through `registry`.

pub mod account;
pub mod assets;
pub mod blocked;
pub mod chart;
pub mod charts;
pub mod filter;
pub mod frame;
pub mod help;
pub mod log;
pub mod messages;
pub mod page;
pub mod parts;
pub mod queue;
pub mod rules;
pub mod shown;
pub mod source;
pub mod tokens;
pub mod upload;
pub mod version;

/// The routes of the pages.
pub fn configure(_: &mut actix_web::web::ServiceConfig) {}

/// The page that tells of an error. The cause is never on it.
#[must_use]
pub fn error_page(error: &crate::error::Error, request_id: &str, _: &actix_web::HttpRequest) -> String {
    use askama::Template as _;
    let page = messages::ErrorPage {
        what: error.public.clone(),
        todo: format!("If this should not be, tell an admin the request id {request_id}."),
        headline: error.kind.slug().replace('-', " "),
        ..messages::ErrorPage::sample()
    };
    page.render().unwrap_or_else(|_| error.public.clone())
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
                assert!(!signed_in || form.contains("name=\"csrf\""), "{name}: {form}");
            }
        }
    }
}

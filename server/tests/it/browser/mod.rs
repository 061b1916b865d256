//! The journey of a chart in a real browser, with script and without: what a person sees and presses, from the sign-in
//! link to the log. Accessibility of every page in both themes, and the pictures of the documentation.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod driver;
mod fixtures;

use std::path::PathBuf;

use driver::{Browser, tools};
use fixtures::{BLOCKED, CLEAN, package, set_policy, sign_in_link};

use crate::process::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journey_with_script() {
    if tools().is_some() {
        journey(true).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journey_without_script() {
    if tools().is_some() {
        journey(false).await;
    }
}

/// Upload, read, approve, find, revoke, log; reject another; a stale form decides nothing.
async fn journey(script: bool) {
    let server = Server::start(&[]);
    let browser = Browser::open(script).await;

    // A publisher uploads two charts. Wrong bytes are refused on the page, and what was chosen is said.
    sign_in_with_token(&browser, &server, &server.token("pia", "publisher")).await;
    let broken = server.data.path().join("broken-1.0.0.tgz");
    std::fs::write(&broken, b"not a chart").expect("a file");
    upload(&browser, &server, &broken).await;
    browser.expect("refused").await;
    upload(&browser, &server, &package(server.data.path(), "greeter", "1.0.0", CLEAN)).await;
    assert_eq!(browser.path().await, "/ui/charts/charts/greeter/1.0.0");
    upload(&browser, &server, &package(server.data.path(), "agent", "2.0.0", BLOCKED)).await;
    sign_out(&browser).await;

    // The admin signs in by link: opening it does not use it, pressing the button does, once.
    let link = sign_in_link(&server);
    browser.goto(&link).await;
    browser.goto(&link).await;
    browser.click("main form button").await;
    browser.goto(&server.url("/ui/queue")).await;
    browser.wait_for("blocked").await;
    browser.wait_for("needs one approval").await;

    // Read the findings of the blocked one: it cannot be approved, and its text is inert.
    browser.follow("agent").await;
    browser.expect("Blocked by").await;
    browser.expect("pod/privileged").await;
    browser.expect("privileged: {{ .Values.privileged }}").await;
    let approve = browser.one("button[value=approve]").await;
    assert!(!approve.is_enabled().await.expect("a button"), "a blocked version must not be approvable");
    let title = browser.driver.title().await.expect("a title");
    assert!(title.starts_with("agent 2.0.0"), "{title}");

    // Approve the clean one with a reason.
    browser.goto(&server.url("/ui/charts/charts/greeter/1.0.0")).await;
    browser.fill(".decide [name=reason]", "greets kindly").await;
    browser.click("button[value=approve]").await;
    browser.expect("greeter 1.0.0 is approved").await;
    browser.goto(&server.url("/ui/charts")).await;
    browser.expect("greeter").await;
    browser.expect("approved").await;

    // A form that was opened before the policy changed decides nothing and keeps what was typed.
    browser.goto(&server.url("/ui/charts/charts/agent/2.0.0")).await;
    set_policy(&server, "block-at = \"critical\"\napprovals = 2\n");
    browser.fill(".decide [name=reason]", "runs privileged").await;
    browser.click("button[value=reject]").await;
    browser.expect("out of date").await;
    browser.click("main form button").await;
    let kept = browser.one(".decide [name=reason]").await.prop("value").await.expect("a field");
    assert_eq!(kept.as_deref(), Some("runs privileged"));
    browser.click("button[value=reject]").await;
    browser.expect("agent 2.0.0 is rejected").await;

    // Revoke the approved one; the log tells all of it.
    browser.goto(&server.url("/ui/charts/charts/greeter/1.0.0")).await;
    browser.fill(".decide [name=reason]", "no longer needed").await;
    browser.click("button[value=revoke]").await;
    browser.expect("greeter 1.0.0 is revoked").await;
    browser.goto(&server.url("/ui/log")).await;
    for said in ["greets kindly", "runs privileged", "no longer needed", "pia"] {
        browser.expect(said).await;
    }
    sign_out(&browser).await;
    browser.goto(&server.url("/ui/log")).await;
    browser.expect("Sign in").await;
    browser.close().await;
}

/// Every page of a filled server and every sample, in both themes and two widths, without a violation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_accessible() {
    let Some(axe) = tools() else { return };
    let server = Server::start(&["--sample", "--allow-network", "127.0.0.1"]);
    let browser = Browser::open(true).await;
    browser.goto(&sign_in_link(&server)).await;
    browser.click("main form button").await;
    browser.goto(&server.url("/ui/queue")).await;
    browser.wait_for("3 versions wait").await;
    browser.wait_for("blocked").await;
    let pages = pages_of(&browser, &server).await;
    tokio::task::block_in_place(|| crate::mirror::fill(&server));
    let pictures = std::env::var("CHARTGATE_SCREENSHOTS").is_ok();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots");
    for theme in ["light", "dark"] {
        browser.goto(&server.url("/ui/queue")).await;
        browser.click(&format!(".foot button[value={theme}]")).await;
        for (name, path) in &pages {
            if pictures && ["queue", "review", "version", "mirror"].contains(name) {
                browser.resize(1280, if *name == "review" { 1500 } else { 900 }).await;
                browser.goto(&server.url(path)).await;
                browser.picture(&folder, &format!("{name}-{theme}")).await;
            }
            for width in [1280, 320] {
                // Tall, so that the bar at the bottom covers nothing that a person would scroll out from under it.
                browser.resize(width, 3000).await;
                browser.goto(&server.url(path)).await;
                browser.check_accessibility(&axe, &format!("{name}, {theme}, {width} px")).await;
            }
        }
    }
    browser.close().await;
}

/// Names and paths of the pages to check; the version pages are found by following the queue.
async fn pages_of(browser: &Browser, server: &Server) -> Vec<(&'static str, String)> {
    let rows = browser.driver.find_all(thirtyfour::By::Css("tbody th a")).await.expect("rows");
    let mut blocked = String::new();
    let mut clean = String::new();
    for row in rows {
        let text = row
            .find(thirtyfour::By::XPath("./ancestor::tr"))
            .await
            .expect("a row")
            .text()
            .await
            .expect("text");
        let href = row.attr("href").await.expect("a link").unwrap_or_default();
        if text.contains("unauthenticated-surface") {
            blocked = href;
        } else if text.contains("approval") {
            clean = href;
        }
    }
    assert!(
        !blocked.is_empty() && !clean.is_empty(),
        "the samples should be in the queue at {}",
        server.host()
    );
    let chart = clean.rsplit_once('/').map(|(chart, _)| chart.to_owned()).unwrap_or_default();
    let mut pages = vec![
        ("queue", "/ui/queue".to_owned()),
        ("review", blocked.clone()),
        ("version", clean),
        ("manifests", format!("{blocked}/manifests")),
        ("files", format!("{blocked}/files")),
        ("images", format!("{blocked}/images")),
        ("history", format!("{blocked}/history")),
        ("chart", chart),
    ];
    let fixed = [
        ("charts", "/ui/charts"),
        ("upload", "/ui/upload"),
        ("rules", "/ui/rules"),
        ("rule", "/ui/rules/exposure/load-balancer"),
        ("log", "/ui/log"),
        ("help", "/ui/help"),
        ("account", "/ui/account"),
        ("tokens", "/ui/tokens"),
        ("mirrors", "/ui/mirrors"),
        ("mirror", "/ui/mirrors/up"),
        ("search", "/ui/search?q=sel"),
        ("sign-in", "/sign-in"),
        ("error", "/ui/nothing-here"),
    ];
    pages.extend(fixed.map(|(name, path)| (name, path.to_owned())));
    pages
}

async fn sign_in_with_token(browser: &Browser, server: &Server, token: &str) {
    browser.goto(&server.url("/sign-in")).await;
    browser.fill("#token", token).await;
    browser.click("main form button").await;
}

async fn sign_out(browser: &Browser) {
    browser.click(".you").await;
    browser.click("form[action='/sign-out'] button").await;
}

async fn upload(browser: &Browser, server: &Server, file: &std::path::Path) {
    browser.goto(&server.url("/ui/upload")).await;
    browser.fill("#chart", &file.display().to_string()).await;
    browser.click("main form button").await;
}

//! Where credentials go: to their origin, and nowhere else.

use super::super::client::target;
use super::*;

fn carries_secret(head: &str) -> bool {
    head.contains("authorization: basic ")
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    let other = Server::start(|_| Reply::of("200 OK", &[], b"other")).await;
    let (to_other, home) =
        (other.url("/x").to_string(), std::sync::Arc::new(std::sync::OnceLock::<String>::new()));
    let bouncer = {
        let home = home.clone();
        Server::start(move |_| Reply::redirect("302 Found", home.get().unwrap())).await
    };
    let to_bouncer = bouncer.url("/b").to_string();
    let server = Server::start(move |path| match path {
        "/away" => Reply::redirect("307 Temporary Redirect", &to_other),
        "/bounce" => Reply::redirect("302 Found", &to_bouncer),
        "/near" => Reply::redirect("302 Found", "/index.yaml"),
        _ => Reply::of("200 OK", &[], b"home"),
    })
    .await;
    home.set(server.url("/back").to_string()).unwrap();
    let credentials = Credentials::basic(&server.url("/charts"), "user", "canary").unwrap();
    assert!(!format!("{credentials:?}").contains("canary"));
    let request = Request { credentials: Some(credentials), ..request() };

    assert_eq!(fetched(&client(), &server.url("/near"), &request).await.unwrap(), b"home");
    assert!(server.seen().iter().all(|head| carries_secret(head)), "both hops are at home");
    assert_eq!(fetched(&client(), &server.url("/away"), &request).await.unwrap(), b"other");
    assert_eq!(fetched(&client(), &other.url("/direct"), &request).await.unwrap(), b"other");
    assert_eq!(other.seen().len(), 2);
    assert!(!other.seen().iter().any(|head| carries_secret(head)), "another port is another origin");
    // The same server under another name is another origin too.
    let before = server.seen().len();
    assert_eq!(fetched(&client(), &server.url_at("localhost", "/x"), &request).await.unwrap(), b"home");
    // A detour over a foreign server comes back without them.
    assert_eq!(fetched(&client(), &server.url("/bounce"), &request).await.unwrap(), b"home");
    let heads = server.seen();
    let carried: Vec<bool> = heads[before..].iter().map(|head| carries_secret(head)).collect();
    assert_eq!(carried, [false, true, false]);
}

#[test]
fn a_redirect_never_leads_from_https_to_http() {
    let url = Url::parse("https://charts.example/a/index.yaml?token=canary").unwrap();
    let failure = target(&url, Some("http://charts.example/a/index.yaml")).unwrap_err();
    assert!(
        failure.to_string().contains("from https to http") && !failure.to_string().contains("canary"),
        "{failure}"
    );
    assert_eq!(target(&url, Some("../b?x=1")).unwrap().as_str(), "https://charts.example/b?x=1");
    assert_eq!(target(&url, Some("//cdn.example/c")).unwrap().as_str(), "https://cdn.example/c");
    let plain = Url::parse("http://charts.example/").unwrap();
    assert_eq!(target(&plain, Some("https://charts.example/")).unwrap().scheme(), "https");
    for bad in [None, Some("http://"), Some("http://[")] {
        assert!(matches!(target(&plain, bad), Err(Failure::BadContent { .. })), "{bad:?}");
    }
}

#[test]
fn credentials_that_no_header_can_carry_are_refused() {
    let url = Url::parse("https://charts.example/").unwrap();
    assert!(Credentials::basic(&url, "a:b", "c").is_err());
    assert!(Credentials::bearer(&url, "a\nb").is_err());
    assert!(Credentials::basic(&url, "ä", "ö:\n").is_ok(), "Basic encodes what it carries");
}

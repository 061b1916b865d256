//! What is dialled: no refused address in any spelling, by any name, after any redirect, whatever the environment says.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[test]
fn a_url_to_the_inside_is_refused_before_anything_is_sent() {
    for (url, reason) in [
        ("http://127.0.0.1/", "loopback"),
        ("http://127.1/", "loopback"),
        ("http://0177.0.0.1/", "loopback"),
        ("http://0x7f.0.0.1/", "loopback"),
        ("http://2130706433/", "loopback"),
        ("http://0/", "this host"),
        ("http://[::1]/", "loopback"),
        ("http://[::]/", "unspecified"),
        ("http://[::ffff:127.0.0.1]/", "loopback"),
        ("http://[64:ff9b::7f00:1]/", "loopback"),
        ("http://[fd00::1]/", "private"),
        ("http://[fe80::1]/", "link-local"),
        ("http://169.254.169.254/latest/meta-data/", "metadata"),
        ("https://10.0.0.1/", "private"),
        ("http://localhost/", "loopback"),
        ("http://LOCALHOST./", "loopback"),
        ("http://a.localhost/", "loopback"),
        ("http://１２７.0.0.1/", "loopback"),
        ("http://user@charts.example/", "credentials"),
        ("http://charts.example:p@evil.example/", "credentials"),
        ("file:///etc/passwd", "not file"),
        ("gopher://charts.example/", "not gopher"),
        ("ftp://charts.example/", "not ftp"),
        ("data:,x", "not data"),
    ] {
        let refused = check_url(&Url::parse(url).unwrap(), &Rules::default()).unwrap_err().to_string();
        assert!(refused.contains(reason), "{url}: {refused}");
    }
    let refused =
        check_url(&Url::parse("http://10.0.0.1/x?t=canary").unwrap(), &Rules::default()).unwrap_err();
    assert!(
        refused.to_string().contains("--allow-network 10.0.0.1") && !refused.to_string().contains("canary")
    );
    for good in
        ["https://charts.example/", "http://1.1.1.1/", "http://[2606:4700::1]/", "http://localhost.example/"]
    {
        assert!(check_url(&Url::parse(good).unwrap(), &Rules::default()).is_ok(), "{good}");
    }
    for good in ["http://127.0.0.1:8080/", "http://localhost/", "http://[::ffff:127.0.0.1]/"] {
        assert!(check_url(&Url::parse(good).unwrap(), &loopback()).is_ok(), "{good}");
    }
}

/// A client for whom every name has the addresses that `answer` gives to the first, second, ... question.
fn named(rules: &Rules, answer: impl Fn(usize) -> Vec<&'static str> + Send + Sync + 'static) -> Client {
    let asked = AtomicUsize::new(0);
    let lookup = move |_| {
        let addresses = answer(asked.fetch_add(1, Ordering::SeqCst));
        let found: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        Box::pin(async move { Ok(found) }) as std::pin::Pin<Box<dyn Future<Output = _> + Send>>
    };
    Client::with_lookup(rules, Arc::new(lookup)).unwrap()
}

#[tokio::test]
async fn a_name_is_dialled_only_at_addresses_that_were_checked() {
    let server = Server::start(|_| Reply::of("200 OK", &[], b"here")).await;
    let url = server.url_at("charts.example", "/");
    // Loopback is not allowed: nothing is dialled, although the name leads to a server that would answer.
    let strict = named(&Rules::default(), |_| vec!["127.0.0.1", "::1"]);
    let refused = failure(&strict, &url, &request()).await;
    assert!(matches!(&refused, Failure::Refused(refused) if refused.what == "charts.example"), "{refused}");
    assert!(!refused.is_transient() && server.seen().is_empty());
    // The one allowed address of several is dialled, under the name.
    let mixed = named(&loopback(), |_| vec!["10.0.0.1", "127.0.0.1", "169.254.169.254"]);
    assert_eq!(fetched(&mixed, &url, &request()).await.unwrap(), b"here");
    assert!(server.seen()[0].contains("host: charts.example:"), "{}", server.seen()[0]);
    // An answer that changes between two questions is judged at each: there is no check apart from the dialling.
    let rebound = named(&loopback(), |asked| if asked == 0 { vec!["127.0.0.1"] } else { vec!["127.0.0.2"] });
    assert_eq!(fetched(&rebound, &url, &request()).await.unwrap(), b"here");
    let second = failure(&rebound, &url, &request()).await;
    assert!(matches!(second, Failure::Refused(_)), "{second}");
}

#[tokio::test]
async fn every_hop_is_checked_and_hops_are_few() {
    let server = Server::start(|path| match path {
        "/metadata" => Reply::redirect("302 Found", "http://169.254.169.254/latest"),
        "/inside" => Reply::redirect("307 Temporary Redirect", "http://2130706434/"),
        "/file" => Reply::redirect("301 Moved Permanently", "file:///etc/passwd"),
        "/user" => Reply::redirect("301 Moved Permanently", "http://u:p@127.0.0.1/"),
        "/nowhere" => Reply::of("302 Found", &[], b""),
        "/end" => Reply::of("200 OK", &[], b"end"),
        path => {
            let left: usize = path.trim_start_matches('/').parse().unwrap();
            let next = if left == 1 { "/end".to_owned() } else { format!("/{}", left - 1) };
            Reply::redirect("308 Permanent Redirect", &next)
        }
    })
    .await;
    let failing = async |path: &str| failure(&client(), &server.url(path), &request()).await.to_string();
    assert!(failing("/metadata").await.contains("metadata address"));
    assert!(failing("/inside").await.contains("127.0.0.2 is a loopback address"));
    assert!(failing("/file").await.contains("only http and https"));
    let user = failing("/user").await;
    assert!(user.contains("credentials") && !user.contains("u:p"), "{user}");
    assert!(failing("/nowhere").await.contains("without saying where"));
    assert_eq!(fetched(&client(), &server.url("/3"), &request()).await.unwrap(), b"end");
    assert!(failing("/4").await.contains("more than 3 redirects"));
    assert!(failing("/100000").await.contains("more than 3 redirects"));
}

/// Tells the process below which URL to fetch.
const CHILD: &str = "CHARTGATE_TEST_FETCHES";

/// The environment is one of a whole process, so the request is made in one of its own.
#[tokio::test]
async fn proxies_of_the_environment_are_not_used() {
    if let Ok(url) = std::env::var(CHILD) {
        assert_eq!(fetched(&client(), &Url::parse(&url).unwrap(), &request()).await.unwrap(), b"direct");
        return;
    }
    let server = Server::start(|_| Reply::of("200 OK", &[], b"direct")).await;
    let trap = Server::start(|_| Reply::of("200 OK", &[], b"proxied")).await;
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "outbound::tests::addresses::proxies_of_the_environment_are_not_used"]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        child.env(name, trap.url("").as_str());
    }
    let output = child.env(CHILD, server.url("/").as_str()).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((server.seen().len(), trap.seen().len()), (1, 0));
}

#[tokio::test]
async fn a_configured_proxy_is_used_and_urls_are_checked_all_the_same() {
    let proxy = Server::start(|_| Reply::of("200 OK", &[], b"proxied")).await;
    let address = proxy.url("").to_string().replace("http://", "http://user:canary@");
    let rules = Rules { allowed_networks: Vec::new(), proxy: Some(Proxy::parse(&address).unwrap()) };
    assert!(!format!("{rules:?}").contains("canary"));
    let url = Url::parse("http://charts.example/index.yaml").unwrap();
    // The name means nothing here; the proxy knows it.
    let client = named(&rules, |_| Vec::new());
    assert_eq!(fetched(&client, &url, &request()).await.unwrap(), b"proxied");
    let head = &proxy.seen()[0];
    assert!(
        head.starts_with("get http://charts.example/index.yaml ")
            && head.contains("proxy-authorization: basic")
    );
    let inside = named(&rules, |_| vec!["10.0.0.1"]);
    assert!(matches!(failure(&inside, &url, &request()).await, Failure::Refused(_)));
    let literal = Url::parse("http://127.0.0.1/").unwrap();
    assert!(matches!(failure(&client, &literal, &request()).await, Failure::Refused(_)));
    assert_eq!(proxy.seen().len(), 1);
}

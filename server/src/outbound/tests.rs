//! Tests of the client against servers of this process on loopback ports.

#![allow(clippy::unwrap_used, clippy::panic)]

mod addresses;
mod bodies;
mod origins;
mod server;

use std::time::Duration;

use reqwest::Url;

use super::*;
use server::{Reply, Server};

const BYTES_MAX: u64 = 1_000_000;

/// What may reach this machine.
fn loopback() -> Rules {
    Rules { allowed_networks: vec![Network::parse("127.0.0.1").unwrap()], proxy: None }
}

fn client() -> Client {
    Client::new(&loopback()).unwrap()
}

fn request() -> Request {
    Request::new(BYTES_MAX, Duration::from_secs(20))
}

/// The body of an answer that has one.
async fn fetched(client: &Client, url: &Url, request: &Request) -> Result<Vec<u8>, Failure> {
    match client.get(url, request).await? {
        Answer::Fresh(fresh) => fresh.body.bytes().await,
        Answer::NotModified => panic!("{url} is said to be unchanged"),
    }
}

async fn failure(client: &Client, url: &Url, request: &Request) -> Failure {
    fetched(client, url, request).await.unwrap_err()
}

#[tokio::test]
async fn validators_go_back_as_they_came() {
    let server = Server::start(|path| match path {
        "/new" => {
            Reply::of("200 OK", &["ETag: W/\"a b\"", "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"], b"x")
        }
        _ => Reply::of("304 Not Modified", &[], b""),
    })
    .await;
    let Answer::Fresh(fresh) = client().get(&server.url("/new"), &request()).await.unwrap() else {
        unreachable!()
    };
    assert_eq!(fresh.etag.as_deref(), Some("W/\"a b\""));
    let again = Request { etag: fresh.etag, last_modified: fresh.last_modified, ..request() };
    let answer = client().get(&server.url("/old"), &again).await.unwrap();
    assert!(matches!(answer, Answer::NotModified));
    let heads = server.seen();
    assert!(heads[1].contains("if-none-match: w/\"a b\"\r\n"), "{}", heads[1]);
    assert!(heads[1].contains("if-modified-since: sun, 06 nov 1994 08:49:37 gmt\r\n"), "{}", heads[1]);
    assert!(heads[1].contains("user-agent: chartgate/"), "{}", heads[1]);
    // Nobody asked whether it has changed.
    let failure = failure(&client(), &server.url("/old"), &request()).await;
    assert!(matches!(failure, Failure::Status { status: 304, .. }), "{failure}");
}

#[tokio::test]
async fn statuses_and_waits_are_told() {
    let server = Server::start(|path| match path {
        "/busy" => Reply::of("503 Service Unavailable", &["Retry-After: 7"], b"secret body"),
        "/many" => Reply::of("429 Too Many Requests", &["Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"], b""),
        "/part" => Reply::of("206 Partial Content", &["Content-Range: bytes 0-0/9"], b"x"),
        _ => Reply::of("404 Not Found", &[], b""),
    })
    .await;
    let failing = async |path: &str| failure(&client(), &server.url(path), &request()).await;
    let busy = failing("/busy").await;
    assert_eq!(busy.retry_after(), Some(Duration::from_secs(7)));
    assert!(busy.is_transient() && !busy.to_string().contains("secret"), "{busy}");
    assert_eq!(failing("/many").await.retry_after(), Some(Duration::ZERO));
    assert!(matches!(failing("/part").await, Failure::Status { status: 206, .. }));
    let gone = failing("/gone").await;
    assert!(!gone.is_transient() && gone.to_string().ends_with("/gone answered 404"), "{gone}");
}

#[tokio::test]
async fn what_cannot_be_reached_says_why_without_secrets() {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let closed = Url::parse(&format!("http://127.0.0.1:{port}/x?token=canary")).unwrap();
    let failure = failure(&client(), &closed, &request()).await;
    assert!(matches!(failure, Failure::Unreachable { .. }), "{failure}");
    assert!(failure.to_string().contains("refused") && !failure.to_string().contains("canary"), "{failure}");
    let unknown = Client::with_lookup(
        &loopback(),
        std::sync::Arc::new(|_| Box::pin(async { Err(std::io::Error::other("no such name")) })),
    );
    let url = Url::parse("http://nowhere.example/").unwrap();
    let failure = self::failure(&unknown.unwrap(), &url, &request()).await;
    assert!(failure.to_string().contains("no such name"), "{failure}");
}

//! Bodies that are too large, too slow, torn or badly compressed, and those that are none of this.

use std::io::Write as _;

use super::*;

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const CHUNKED_GZIP: &[u8] =
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n";

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn large_and_endless_bodies_end_at_the_limit() {
    let zeros = gzip(&vec![0; 3_000_000]);
    assert!(zeros.len() < 10_000);
    let server = Server::start(move |path| match path {
        "/said" => Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\nx".to_vec()),
        "/exact" => Reply::of("200 OK", &[], &vec![b'x'; 1_000_000]),
        "/endless" => Reply::Endless(CHUNKED.to_vec(), chunk(&vec![b'x'; 10_000]), Duration::ZERO),
        "/gzip" => Reply::of("200 OK", &["Content-Encoding: gzip"], &zeros),
        // Member after member that decodes to nothing.
        "/empty" => Reply::Endless(CHUNKED_GZIP.to_vec(), chunk(&gzip(b"").repeat(500)), Duration::ZERO),
        _ => Reply::Endless(CHUNKED_GZIP.to_vec(), chunk(&zeros), Duration::ZERO),
    })
    .await;
    let request = Request { gzip: true, ..request() };
    for path in ["/said", "/endless", "/gzip", "/gzips", "/empty"] {
        let failure = failure(&client(), &server.url(path), &request).await;
        assert!(matches!(failure, Failure::TooLarge { bytes_max: BYTES_MAX, .. }), "{path}: {failure}");
        assert!(!failure.is_transient());
    }
    assert_eq!(fetched(&client(), &server.url("/exact"), &request).await.unwrap().len(), 1_000_000);
}

#[tokio::test]
async fn gzip_is_decoded_where_it_was_asked_for_and_nowhere_else() {
    let packed = gzip("entries: {}\n".repeat(1_000).as_bytes());
    let (whole, cut) = (packed.clone(), packed[..packed.len() - 9].to_vec());
    let server = Server::start(move |path| match path {
        "/whole" => Reply::of("200 OK", &["Content-Encoding: gzip"], &whole),
        "/twice" => Reply::of("200 OK", &["Content-Encoding: gzip"], &[whole.as_slice(), &whole].concat()),
        "/cut" => Reply::of("200 OK", &["Content-Encoding: gzip"], &cut),
        "/not" => Reply::of("200 OK", &["Content-Encoding: gzip"], b"entries: {}"),
        "/br" => Reply::of("200 OK", &["Content-Encoding: br"], b"x"),
        _ => Reply::of("200 OK", &[], b"entries: {}"),
    })
    .await;
    let packed_request = Request { gzip: true, ..request() };
    let get = async |path: &str| fetched(&client(), &server.url(path), &packed_request).await;
    assert_eq!(get("/whole").await.unwrap().len(), 12_000);
    assert_eq!(get("/twice").await.unwrap().len(), 24_000);
    assert_eq!(get("/plain").await.unwrap(), b"entries: {}");
    for path in ["/cut", "/not", "/br"] {
        let failure = get(path).await.unwrap_err();
        assert!(matches!(failure, Failure::BadContent { .. }), "{path}: {failure}");
    }
    assert!(server.seen().iter().all(|head| head.contains("accept-encoding: gzip\r\n")));
    // An archive is taken as it comes: its digest is one of these bytes.
    assert_eq!(fetched(&client(), &server.url("/whole"), &request()).await.unwrap(), packed);
    assert!(server.seen().last().unwrap().contains("accept-encoding: identity\r\n"));
}

#[tokio::test]
async fn a_slow_server_is_left_at_the_deadline() {
    let pause = Duration::from_millis(20);
    let server = Server::start(move |path| match path {
        "/drip" => Reply::Endless(CHUNKED.to_vec(), chunk(b"x"), pause),
        "/head" => Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-Pad: x\r\n".to_vec(), pause),
        _ => Reply::Silence,
    })
    .await;
    let request = Request::new(BYTES_MAX, Duration::from_millis(400));
    for path in ["/drip", "/head", "/silence"] {
        let started = std::time::Instant::now();
        let failure = failure(&client(), &server.url(path), &request).await;
        // Endless headers also end at the bound that the HTTP reader has on their number.
        let ended = matches!(failure, Failure::TimedOut { .. })
            || (path == "/head" && matches!(failure, Failure::Unreachable { .. }));
        assert!(ended && failure.is_transient(), "{path}: {failure}");
        assert!(started.elapsed() < Duration::from_secs(10), "{path}");
    }
}

#[tokio::test]
async fn a_torn_body_is_no_body() {
    let server = Server::start(|path| match path {
        "/length" => Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".to_vec()),
        "/chunk" => Reply::Bytes([CHUNKED, b"10\r\nshort"].concat()),
        _ => Reply::Bytes(b"no HTTP at all\r\n\r\n".to_vec()),
    })
    .await;
    for path in ["/length", "/chunk", "/nonsense"] {
        let failure = failure(&client(), &server.url(path), &request()).await;
        assert!(
            matches!(failure, Failure::Unreachable { .. }) && failure.is_transient(),
            "{path}: {failure}"
        );
    }
}

#[tokio::test]
async fn a_body_goes_on_where_it_broke_off() {
    let server = Server::start(|path| match path {
        "/part" => Reply::of("206 Partial Content", &["Content-Range: bytes 3-5/6"], b"def"),
        "/other" => Reply::of("206 Partial Content", &["Content-Range: bytes 30-32/60"], b"xyz"),
        _ => Reply::of("200 OK", &[], b"abcdef"),
    })
    .await;
    let resume = Some(Resume { offset: 3, etag: "\"v1\"".to_owned() });
    let request = Request { resume, ..request() };
    for (path, offset, bytes) in [("/part", 3, &b"def"[..]), ("/whole", 0, b"abcdef")] {
        let Answer::Fresh(fresh) = client().get(&server.url(path), &request).await.unwrap() else {
            unreachable!()
        };
        assert_eq!((fresh.offset, fresh.body.bytes().await.unwrap().as_slice()), (offset, bytes));
    }
    let failure = failure(&client(), &server.url("/other"), &request).await;
    assert!(matches!(failure, Failure::BadContent { .. }), "{failure}");
    let head = &server.seen()[0];
    assert!(head.contains("range: bytes=3-\r\n") && head.contains("if-range: \"v1\"\r\n"), "{head}");
}

#[tokio::test]
async fn a_body_is_copied_with_its_digest() {
    let server = Server::start(|_| Reply::of("200 OK", &[], &vec![b'x'; 100_000])).await;
    let Answer::Fresh(fresh) = client().get(&server.url("/"), &request()).await.unwrap() else {
        unreachable!()
    };
    let mut copy = Vec::new();
    let (bytes, digest) = fresh.body.copy_to(&mut copy).await.unwrap();
    assert_eq!((bytes, digest), (100_000, crate::model::Digest::of(&copy)));
}

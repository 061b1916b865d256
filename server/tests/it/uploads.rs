//! OCI uploads that several requests, replicas and processes share: what arrived stays, and nobody overwrites anybody.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use bytes::Bytes;
use futures_util::stream;
use server::app::App;
use server::blobs::{ORPHAN_GRACE_SECONDS, PartKey};
use server::config::{self, Config};
use server::db::{Ask as _, postgres_options};
use server::error::Kind;
use server::jobs::sweep;
use server::model::{Clock, Digest, Micros, RepositoryName};
use server::uploads::{UPLOAD_IDLE_SECONDS, UPLOADS_PER_CALLER_MAX};

use crate::charts::clean;
use crate::doors::{LAYER_TYPE, config, digest, manifest, push_blob, push_manifest, stored_files};
use crate::http::{call, get};
use crate::process::Server;
use crate::s3::{PREFIX, S3};
use crate::stores::{Database, Place, Store};

const UPLOADS: &str = "/v2/charts/demo/blobs/uploads/";

fn began(server: &Server, token: &str) -> String {
    call("POST", &server.url(UPLOADS), Some(token), &[], "").expect(202).header("location").to_owned()
}

/// A place whose blobs are in this store.
fn on_s3(mut place: Place, s3: &S3) -> Place {
    for (name, value) in s3.env() {
        place.set(&name, &value);
    }
    place
}

#[test]
fn an_upload_goes_on_after_the_server_was_killed() {
    let s3 = S3::start();
    for place in [Place::of(Database::Sqlite, Store::Folder).unwrap(), on_s3(Place::fresh(), &s3)] {
        let server = Server::start_in(place, &[]);
        let publisher = server.token("ci", "publisher");
        let token = Some(&*publisher);
        let address = began(&server, &publisher);
        call("PATCH", &server.url(&address), token, &[], "abc").expect(202);

        let server = Server::start_in(server.kill(), &[]);
        let state = get(&server.url(&address), token).expect(204);
        assert_eq!(state.header("range"), "0-2");
        call("PATCH", &server.url(&address), token, &[("Content-Range", "3-4")], "de").expect(202);

        let server = Server::start_in(server.kill(), &[]);
        let last = format!("{}?digest={}", server.url(&address), digest(b"abcdefg"));
        call("PUT", &last, token, &[("Content-Range", "5-6")], "fg").expect(201);

        let server = Server::start_in(server.kill(), &[]);
        let blob = server.url(&format!("/v2/charts/demo/blobs/{}", digest(b"abcdefg")));
        assert_eq!(get(&blob, token).expect(200).text, "abcdefg");
    }
}

/// Begun here, continued there, ended after a crash, taken in and pulled anywhere.
#[test]
fn replicas_share_an_upload() {
    let Some(place) = Place::of(Database::Postgres, Store::Folder) else { return };
    let s3 = S3::start();
    let one = Server::start_in(on_s3(place, &s3), &["--workers", "1"]);
    let two = Server::start_in(one.data.beside(), &[]);
    let publisher = one.token("ci", "publisher");
    let token = Some(&*publisher);
    let (chart, config) = (clean("demo", "1.0.0"), config("demo", "1.0.0"));
    let (head, tail) = chart.split_at(chart.len() / 2);

    let address = began(&one, &publisher);
    call("PATCH", &two.url(&address), token, &[], head).expect(202);
    let one = Server::start_in(one.kill(), &["--workers", "1"]);
    let last = format!("{}?digest={}", one.url(&address), digest(&chart));
    call("PUT", &last, token, &[], tail).expect(201);
    push_blob(&one, token, "charts/demo", &config).expect(201);
    let manifest = manifest(&config, &[(LAYER_TYPE, &chart)]);
    push_manifest(&two, token, "charts/demo", "1.0.0", &manifest).expect(201);
    let parts = s3.objects(&format!("{PREFIX}/uploads"));
    assert!(parts.is_empty(), "the parts have served: {parts:?}");
    one.approve("charts/demo", "1.0.0");
    for replica in [&one, &two] {
        assert_eq!(get(&replica.url("/charts/charts/demo-1.0.0.tgz"), None).expect(200).bytes, chart);
    }
}

#[test]
fn of_two_parts_for_one_place_the_first_counts() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let token = Some(&*publisher);
    for round in 0..12 {
        let address = server.url(&began(&server, &publisher));
        let mut answers: Vec<(u16, &str)> = std::thread::scope(|scope| {
            let sent: Vec<_> = ["ten bytes.", "15 other bytes."]
                .map(|body| {
                    let address = &address;
                    let send = move || call("PATCH", address, token, &[("Content-Range", "0-")], body).status;
                    (scope.spawn(send), body)
                })
                .into_iter()
                .collect();
            sent.into_iter().map(|(thread, body)| (thread.join().unwrap(), body)).collect()
        });
        answers.sort_unstable();
        assert_eq!((answers[0].0, answers[1].0), (202, 416), "round {round}: {answers:?}");
        let won = answers[0].1;
        let range = format!("0-{}", won.len() - 1);
        assert_eq!(get(&address, token).expect(204).header("range"), range);
        call("PUT", &format!("{address}?digest={}", digest(won.as_bytes())), token, &[], "").expect(201);
    }
}

#[test]
fn large_blobs_come_back_whole_however_they_are_cut() {
    let s3 = S3::start();
    let server = Server::start_in(on_s3(Place::fresh(), &s3), &[]);
    let publisher = server.token("ci", "publisher");
    let token = Some(&*publisher);
    let bytes: Vec<u8> = (0..12_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let address = server.url(&began(&server, &publisher));
    for piece in bytes[..11_000_000].chunks(7_000_000) {
        call("PATCH", &address, token, &[], piece).expect(202);
    }
    let sizes: Vec<u64> = s3
        .objects(&format!("{PREFIX}/uploads"))
        .iter()
        .map(|file| std::fs::metadata(file).unwrap().len())
        .collect();
    assert!(sizes.iter().all(|size| *size <= 5 * 1024 * 1024) && sizes.len() == 3, "{sizes:?}");
    let last = format!("{address}?digest={}", digest(&bytes));
    call("PUT", &last, token, &[], &bytes[11_000_000..]).expect(201);
    let blob = server.url(&format!("/v2/charts/demo/blobs/{}", digest(&bytes)));
    assert!(get(&blob, token).expect(200).bytes == bytes);

    let address = server.url(&began(&server, &publisher));
    call("PATCH", &address, token, &[], &bytes[..]).expect(202);
    let refused = call("PATCH", &address, token, &[], &bytes[..]).expect(413);
    assert!(refused.text.contains("at most 20971520 bytes"), "{}", refused.text);
    let state = get(&address, token).expect(204);
    assert_eq!(state.header("range"), "0-11999999", "a refused part changes nothing");
}

/// A request that breaks off counts for nothing; the upload goes on where it was.
#[test]
fn a_broken_request_leaves_the_upload_as_it_was() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let token = Some(&*publisher);
    let address = began(&server, &publisher);
    call("PATCH", &server.url(&address), token, &[], "abc").expect(202);
    let before = stored_files(&server);

    let mut broken = TcpStream::connect(server.host()).unwrap();
    let host = server.host();
    write!(
        broken,
        "PATCH {address} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {publisher}\r\nContent-Length: 1000\r\n\r\ndefg"
    )
    .unwrap();
    broken.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    let _ = broken.read_to_end(&mut rest);

    assert_eq!(get(&server.url(&address), token).expect(204).header("range"), "0-2");
    assert_eq!(stored_files(&server), before);
    let last = format!("{}?digest={}", server.url(&address), digest(b"abcd"));
    call("PUT", &last, token, &[], "d").expect(201);
}

#[test]
fn one_caller_cannot_fill_the_store_with_uploads() {
    let server = Server::start(&[]);
    let (publisher, other) = (server.token("ci", "publisher"), server.token("other", "publisher"));
    let first = server.url(&began(&server, &publisher));
    for _ in 1..UPLOADS_PER_CALLER_MAX {
        began(&server, &publisher);
    }
    let refused = call("POST", &server.url(UPLOADS), Some(&publisher), &[], "").expect(429);
    assert_eq!(refused.json()["errors"][0]["code"], "TOOMANYREQUESTS");
    began(&server, &other);
    call("DELETE", &first, Some(&publisher), &[], "").expect(204);
    began(&server, &publisher);
}

/// The inside without HTTP, with a clock that the test moves.
struct Inside {
    app: App,
    repository: RepositoryName,
    folder: tempfile::TempDir,
}

/// One on each database that there is.
async fn insides() -> Vec<Inside> {
    let mut insides = Vec::new();
    for database in [Database::Sqlite, Database::Postgres] {
        let Some(place) = Place::of(database, Store::Folder) else { continue };
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path().to_owned(), "127.0.0.1:8080".parse().unwrap());
        if let Some(url) = place.database_url() {
            config.database = config::Database::Postgres(Box::new(postgres_options(url).unwrap()));
        }
        let now = Micros(jiff::Timestamp::now().as_microsecond());
        let app = App::open(config, Clock::fixed(now)).await.unwrap();
        insides.push(Inside { app, repository: RepositoryName::parse("charts").unwrap(), folder });
    }
    insides
}

fn body(text: &'static str) -> impl futures_util::Stream<Item = Result<Bytes, String>> + Unpin {
    stream::iter([Ok(Bytes::from_static(text.as_bytes()))])
}

impl Inside {
    async fn push(&self, text: &'static str) -> Digest {
        let digest = Digest::of(text.as_bytes());
        let now = self.app.now();
        self.app.uploads.whole(&self.repository, "ci", body(text), &digest, now).await.unwrap();
        digest
    }

    async fn staged(&self, digest: &Digest) -> Option<Bytes> {
        self.app.uploads.staged(&self.repository, "ci", digest).await.unwrap()
    }

    async fn rows(&self) -> i64 {
        let sql = "SELECT (SELECT COUNT(*) FROM upload) + (SELECT COUNT(*) FROM upload_part) + (SELECT COUNT(*) FROM staged_blob)";
        self.app.db.read().query(sql).one::<(i64,)>().await.unwrap().0
    }

    fn objects(&self) -> usize {
        let folder = self.folder.path().join("blobs/uploads");
        let Ok(uploads) = std::fs::read_dir(folder) else { return 0 };
        uploads.map(|upload| std::fs::read_dir(upload.unwrap().path()).unwrap().count()).sum()
    }
}

/// Two pushes under way share a blob: it stays until the second has ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_staged_blob_stays_until_its_last_push_has_ended() {
    for inside in insides().await {
        staged_until_the_last_push(inside).await;
    }
}

async fn staged_until_the_last_push(inside: Inside) {
    let digest = inside.push("shared").await;
    assert_eq!(inside.push("shared").await, digest);
    assert_eq!((inside.rows().await, inside.objects()), (3, 1), "stored once");
    for left in [Some(Bytes::from_static(b"shared")), None, None] {
        inside.app.uploads.forget(&inside.repository, "ci", std::slice::from_ref(&digest)).await.unwrap();
        assert_eq!(inside.staged(&digest).await, left);
    }
    assert_eq!((inside.rows().await, inside.objects()), (0, 0));
    assert_eq!(inside.app.uploads.staged(&inside.repository, "other", &digest).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_takes_what_nobody_ended() {
    for inside in insides().await {
        swept(inside).await;
    }
}

async fn swept(inside: Inside) {
    let Inside { app, repository, .. } = &inside;
    let now = app.now();
    let open = app.uploads.begin(repository, "ci", now).await.unwrap();
    let id = open.id().to_owned();
    app.uploads.append(open, body("abandoned"), now).await.unwrap();
    let digest = Digest::of(b"staged and left");
    app.uploads.whole(repository, "ci", body("staged and left"), &digest, now).await.unwrap();
    let orphan = PartKey { upload: "0".repeat(32), part: "1".repeat(16) };
    app.blobs.put_part(&orphan, Bytes::from_static(b"its server was killed").into()).await.unwrap();

    assert_eq!(sweep(app).await.unwrap(), 0);
    assert!(app.blobs.read_part(&orphan).await.unwrap().is_some(), "its row may be on its way");
    app.clock.advance_seconds(UPLOAD_IDLE_SECONDS.max(ORPHAN_GRACE_SECONDS) + 60);
    assert_eq!(sweep(app).await.unwrap(), 1, "the orphan; the others went with their rows");
    assert_eq!(app.blobs.read_part(&orphan).await.unwrap(), None);
    let gone = app.uploads.session(&id, repository, "ci").await.unwrap_err();
    assert_eq!(gone.kind, Kind::UnknownUpload);
    assert_eq!(app.uploads.staged(repository, "ci", &digest).await.unwrap(), None);
    assert!(app.blobs.parts_untouched_since(app.now().plus_seconds(60)).await.unwrap().is_empty());
}

/// Bytes that the store changed are neither given out nor blamed on the client; sending them again heals.
#[tokio::test(flavor = "multi_thread")]
async fn damaged_parts_are_never_given_out() {
    for inside in insides().await {
        never_given_out(inside).await;
    }
}

async fn never_given_out(inside: Inside) {
    let digest = inside.push("precious").await;
    let damage = || {
        let upload = std::fs::read_dir(inside.folder.path().join("blobs/uploads")).unwrap().next().unwrap();
        let part = std::fs::read_dir(upload.unwrap().path()).unwrap().next().unwrap().unwrap();
        std::fs::write(part.path(), b"worthles").unwrap();
    };
    damage();
    let error = inside.app.uploads.staged(&inside.repository, "ci", &digest).await.unwrap_err();
    assert_eq!((error.kind.status(), error.public.contains("push the chart again")), (503, true));
    assert_eq!(inside.staged(&digest).await, None);
    inside.push("precious").await;
    assert_eq!(inside.staged(&digest).await.unwrap(), "precious");
    inside.app.uploads.forget(&inside.repository, "ci", &[digest]).await.unwrap();

    let (uploads, now) = (&inside.app.uploads, inside.app.now());
    let session = uploads.begin(&inside.repository, "ci", now).await.unwrap();
    let session = uploads.append(session, body("precious"), now).await.unwrap();
    damage();
    let whole = Digest::of(b"precious and more");
    let error = uploads.finish(session, body(" and more"), &whole, now).await.unwrap_err();
    assert_eq!(error.kind.status(), 503, "{error:?}");
    assert_eq!(inside.rows().await, 0);
}

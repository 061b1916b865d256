//! An S3-compatible store in the test's own process: `s3s-fs` with signed requests on a free loopback port, which can be
//! stopped, started again and made to misbehave. It stands for the protocol, not for any product's durability.

use std::net::TcpListener;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use s3s::auth::SimpleAuth;
use s3s::dto::*;
use s3s::service::S3ServiceBuilder;
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;
use tokio::runtime::Runtime;

pub const BUCKET: &str = "charts";
pub const PREFIX: &str = "store";
pub const ACCESS_KEY_ID: &str = "chartgate-tests";
/// No log, page or answer may ever hold it; tests look for it.
pub const SECRET_ACCESS_KEY: &str = "canary-c7c1b0d5f0a84b7f";

/// How the store misbehaves, until it is told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Every call waits before it is answered.
    Slow(Duration),
    /// Every call is answered with this status and a body of S3's form.
    Status(u16),
    /// Objects are read half, then the connection breaks.
    TornBody,
    /// Objects are read with one byte changed.
    WrongBytes,
    /// Puts with a condition are not implemented, as in some S3-compatible stores.
    NoConditions,
}

/// The store, as long as it is held. Its objects are files of a folder of its own.
pub struct S3 {
    pub port: u16,
    folder: Arc<tempfile::TempDir>,
    state: Arc<State>,
    running: Option<Runtime>,
}

#[derive(Default)]
struct State {
    fault: Mutex<Option<Fault>>,
    calls: AtomicUsize,
}

impl S3 {
    /// Starts a store with an empty bucket.
    pub fn start() -> S3 {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut s3 = S3 { port, folder: Arc::new(folder), state: Arc::default(), running: None };
        s3.serve(listener);
        s3
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The variables that make `chartgate serve` and `worker` keep their blobs here.
    pub fn env(&self) -> Vec<(String, String)> {
        self.env_below(PREFIX)
    }

    /// As [`S3::env`], below another prefix, so that several servers can share one store without seeing each other.
    pub fn env_below(&self, prefix: &str) -> Vec<(String, String)> {
        let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![
            of("CHARTGATE_BLOBS", &format!("s3://{BUCKET}/{prefix}")),
            of("CHARTGATE_S3_ENDPOINT", &self.endpoint()),
            of("CHARTGATE_S3_REGION", "us-east-1"),
            of("CHARTGATE_S3_ACCESS_KEY_ID", ACCESS_KEY_ID),
            of("CHARTGATE_S3_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ]
    }

    /// The files of the objects below a prefix, oldest name first; a test may change or remove them.
    pub fn objects(&self, prefix: &str) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().join(BUCKET).join(prefix)];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        files
    }

    /// Begins to misbehave, or stops to.
    pub fn fault(&self, fault: Option<Fault>) {
        *self.state.fault.lock().unwrap() = fault;
    }

    /// How many calls of any kind were made so far.
    pub fn calls(&self) -> usize {
        self.state.calls.load(Ordering::SeqCst)
    }

    /// Nobody listens any more and every connection is broken; the objects stay.
    pub fn stop(&mut self) {
        if let Some(runtime) = self.running.take() {
            // A thread of its own, because asynchronous tests may not wait for a runtime to end.
            std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(5))).join().unwrap();
        }
    }

    /// Listens again on the same port.
    pub fn start_again(&mut self) {
        self.serve(TcpListener::bind(("127.0.0.1", self.port)).unwrap());
    }

    fn serve(&mut self, listener: TcpListener) {
        listener.set_nonblocking(true).unwrap();
        let store = Misbehaving {
            files: FileSystem::new(self.folder.path()).unwrap(),
            state: Arc::clone(&self.state),
        };
        let mut builder = S3ServiceBuilder::new(store);
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
        let service = builder.build();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        self.running = Some(runtime);
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        if let Some(runtime) = self.running.take() {
            runtime.shutdown_background();
        }
    }
}

/// The files, behind the fault of the moment.
struct Misbehaving {
    files: FileSystem,
    state: Arc<State>,
}

impl Misbehaving {
    async fn before(&self) -> S3Result<Option<Fault>> {
        self.state.calls.fetch_add(1, Ordering::SeqCst);
        let fault = *self.state.fault.lock().unwrap();
        match fault {
            Some(Fault::Slow(time)) => tokio::time::sleep(time).await,
            Some(Fault::Status(status)) => {
                let mut error =
                    s3s::S3Error::with_message(S3ErrorCode::InternalError, "the test wants it so");
                error.set_status_code(reqwest::StatusCode::from_u16(status).unwrap());
                return Err(error);
            }
            _ => {}
        }
        Ok(fault)
    }
}

type Answer<'f, T> = Pin<Box<dyn Future<Output = S3Result<S3Response<T>>> + Send + 'f>>;

/// Calls that need no more than the fault of every call. The signatures are those of the trait's `async fn`s.
macro_rules! pass_on {
    ($($call:ident: $input:ident -> $output:ident;)*) => {
        $(fn $call<'life0, 'async_trait>(&'life0 self, request: S3Request<$input>) -> Answer<'async_trait, $output>
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(async move {
                self.before().await?;
                self.files.$call(request).await
            })
        })*
    };
}

impl s3s::S3 for Misbehaving {
    pass_on! {
        head_bucket: HeadBucketInput -> HeadBucketOutput;
        head_object: HeadObjectInput -> HeadObjectOutput;
        delete_object: DeleteObjectInput -> DeleteObjectOutput;
        delete_objects: DeleteObjectsInput -> DeleteObjectsOutput;
        list_objects_v2: ListObjectsV2Input -> ListObjectsV2Output;
        create_multipart_upload: CreateMultipartUploadInput -> CreateMultipartUploadOutput;
        upload_part: UploadPartInput -> UploadPartOutput;
        complete_multipart_upload: CompleteMultipartUploadInput -> CompleteMultipartUploadOutput;
        abort_multipart_upload: AbortMultipartUploadInput -> AbortMultipartUploadOutput;
    }

    fn put_object<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<PutObjectInput>,
    ) -> Answer<'async_trait, PutObjectOutput>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let fault = self.before().await?;
            if fault == Some(Fault::NoConditions) && request.input.if_none_match.is_some() {
                return Err(s3s::S3Error::with_message(S3ErrorCode::NotImplemented, "the test wants it so"));
            }
            self.files.put_object(request).await
        })
    }

    fn get_object<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<GetObjectInput>,
    ) -> Answer<'async_trait, GetObjectOutput>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let fault = self.before().await?;
            let mut answer = self.files.get_object(request).await?;
            if let Some(fault @ (Fault::TornBody | Fault::WrongBytes)) = fault
                && let Some(body) = answer.output.body.take()
            {
                answer.output.body = Some(spoilt(body, fault).await);
            }
            Ok(answer)
        })
    }
}

/// The body as `fault` leaves it; the length that was promised stays.
async fn spoilt(body: StreamingBlob, fault: Fault) -> StreamingBlob {
    use futures_util::{StreamExt as _, stream};
    let pieces: Vec<Bytes> = body.map(Result::unwrap).collect().await;
    let mut bytes = pieces.concat();
    if fault == Fault::WrongBytes {
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        return StreamingBlob::wrap(stream::iter([Ok::<_, std::io::Error>(Bytes::from(bytes))]));
    }
    bytes.truncate(bytes.len() / 2);
    let broken = std::io::Error::other("the test breaks the connection here");
    StreamingBlob::wrap(stream::iter([Ok(Bytes::from(bytes)), Err(broken)]))
}

mod tests {
    use server::blobs::Blobs;
    use server::config::{BlobStore, Config, S3Settings, Secret};
    use server::error::{Error, Kind};
    use server::model::{Digest, Micros};

    use super::*;

    fn settings(s3: &S3) -> S3Settings {
        S3Settings {
            bucket: BUCKET.to_owned(),
            prefix: PREFIX.to_owned(),
            endpoint: Some(s3.endpoint()),
            region: "us-east-1".to_owned(),
            access_key_id: Some(ACCESS_KEY_ID.to_owned()),
            secret_access_key: Some(Secret::new(SECRET_ACCESS_KEY.to_owned())),
        }
    }

    async fn open(settings: S3Settings) -> Result<Blobs, Error> {
        let mut config = Config::new("no-folder".into(), "127.0.0.1:0".parse().unwrap());
        config.blobs = BlobStore::S3(settings);
        let blobs = Blobs::open(&config)?;
        blobs.try_out(&config).await?;
        Ok(blobs)
    }

    fn now() -> Micros {
        Micros(jiff::Timestamp::now().as_microsecond())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn bytes_are_kept_once_and_served_only_when_they_hash() {
        let s3 = S3::start();
        let blobs = open(settings(&s3)).await.unwrap();
        let digest = blobs.put(Bytes::from_static(b"chart"), now()).await.unwrap();
        assert_eq!(blobs.put(Bytes::from_static(b"chart"), now()).await.unwrap(), digest);
        assert_eq!(blobs.read(&digest).await.unwrap(), "chart");
        let [file] = &s3.objects(PREFIX)[..] else { panic!("one object") };
        assert!(file.ends_with(format!("sha256/{}/{}", &digest.hex()[..2], digest.hex())));

        std::fs::write(file, b"trahc").unwrap();
        assert_eq!(blobs.read(&digest).await.unwrap_err().kind, Kind::Internal);
        blobs.put(Bytes::from_static(b"chart"), now()).await.unwrap();
        assert_eq!(blobs.read(&digest).await.unwrap(), "chart", "storing the right bytes again heals");

        let before = s3.calls();
        blobs.keep(&digest, &Bytes::from_static(b"chart"), now()).await.unwrap();
        assert_eq!(s3.calls(), before + 1, "one look, no transfer");
        std::fs::remove_file(file).unwrap();
        blobs.keep(&digest, &Bytes::from_static(b"chart"), now()).await.unwrap();
        assert_eq!(blobs.read(&digest).await.unwrap(), "chart");

        assert_eq!(blobs.untouched_since(now().plus_seconds(60)).await.unwrap(), vec![digest.clone()]);
        assert_eq!(blobs.untouched_since(now().plus_seconds(-60)).await.unwrap(), vec![]);
        assert!(!blobs.delete_untouched(&digest, now().plus_seconds(-60)).await.unwrap());
        assert!(blobs.delete_untouched(&digest, now().plus_seconds(60)).await.unwrap());
        assert_eq!(blobs.read(&digest).await.unwrap_err().kind, Kind::Internal);
        assert!(!blobs.delete_untouched(&digest, now().plus_seconds(60)).await.unwrap(), "it is gone");
        blobs.check().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_store_without_conditions_will_do() {
        let s3 = S3::start();
        let blobs = open(settings(&s3)).await.unwrap();
        s3.fault(Some(Fault::NoConditions));
        let digest = Digest::of(b"chart");
        for new in [true, false] {
            assert_eq!(blobs.put_new(&digest, Bytes::from_static(b"chart"), now()).await.unwrap(), new);
        }
        assert_eq!(blobs.read(&digest).await.unwrap(), "chart");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn wrong_settings_are_told_apart_and_tell_no_secret() {
        let s3 = S3::start();
        let right = || settings(&s3);
        let secret = Some(Secret::new("canary-wrong".to_owned()));
        for (wrong, says) in [
            (S3Settings { secret_access_key: secret, ..right() }, "refuses the credentials"),
            (S3Settings { access_key_id: Some("nobody".to_owned()), ..right() }, "refuses the credentials"),
            (S3Settings { bucket: "elsewhere".to_owned(), ..right() }, "make the bucket first"),
        ] {
            let error = open(wrong).await.unwrap_err();
            assert_eq!(error.kind, Kind::InvalidRequest, "{error:?}");
            assert!(error.public.contains(says), "{error:?}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
        let nobody = format!("http://127.0.0.1:{}", crate::process::free_port());
        let error = open(S3Settings { endpoint: Some(nobody.clone()), ..right() }).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unreachable);
        assert!(error.public.contains(&nobody) && error.public.contains("cannot be reached"), "{error:?}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }

    /// What the store does wrong ends as a refusal with a reason within the bound, and passes when the store is well.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_store_that_misbehaves_is_unavailable_until_it_is_well_again() {
        let mut s3 = S3::start();
        let blobs = open(settings(&s3)).await.unwrap();
        let digest = blobs.put(Bytes::from(vec![7; 100_000]), now()).await.unwrap();
        for (fault, kind) in [
            (Fault::Status(500), Kind::Unreachable),
            (Fault::Status(503), Kind::Unreachable),
            (Fault::Status(403), Kind::Unavailable),
            (Fault::Status(507), Kind::StorageFull),
            (Fault::TornBody, Kind::Unreachable),
            (Fault::WrongBytes, Kind::Internal),
            (Fault::Slow(std::time::Duration::from_secs(30)), Kind::Unreachable),
        ] {
            s3.fault(Some(fault));
            let (begun, read) = (std::time::Instant::now(), blobs.read(&digest).await);
            assert_eq!(read.unwrap_err().kind, kind, "{fault:?}");
            assert!(begun.elapsed().as_secs() < 12, "{fault:?} took {:?}", begun.elapsed());
            if let Fault::Status(_) = fault {
                let put = blobs.put(Bytes::from_static(b"new"), now()).await;
                assert_eq!(put.unwrap_err().kind, kind, "{fault:?}");
                assert_eq!(blobs.check().await.unwrap_err().kind, kind, "{fault:?}");
            }
            s3.fault(None);
            assert_eq!(blobs.read(&digest).await.unwrap().len(), 100_000, "after {fault:?}");
        }
        s3.stop();
        assert_eq!(blobs.read(&digest).await.unwrap_err().kind, Kind::Unreachable);
        assert_eq!(blobs.check().await.unwrap_err().kind, Kind::Unreachable);
        s3.start_again();
        assert_eq!(blobs.read(&digest).await.unwrap().len(), 100_000);
        assert_eq!(digest, Digest::of(&vec![7; 100_000]));
    }
}

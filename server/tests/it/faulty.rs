//! A blob store in front of another one, which fails one chosen call in one chosen way. Everything else passes through.

use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// What happens to the chosen call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is refused; nothing happens.
    Refused,
    /// It happens, and its answer is lost.
    Lost,
    /// There is no room for it.
    Full,
    /// A body breaks off in its middle.
    Torn,
    /// One byte of a body is another one.
    Wrong,
}

/// What a call does; bodies come with reading alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Write,
    Read,
    Look,
    Delete,
    List,
}

#[derive(Debug)]
pub struct Faulty {
    store: Arc<dyn ObjectStore>,
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    calls: Vec<Call>,
    fail: Option<(usize, How)>,
}

impl Faulty {
    pub fn before(store: Arc<dyn ObjectStore>) -> Arc<Faulty> {
        Arc::new(Faulty { store, plan: Mutex::default() })
    }

    /// Counts anew; the call with this number, from 0, will fail so.
    pub fn arm(&self, number: usize, how: How) {
        *self.plan.lock().unwrap() = Plan { calls: Vec::new(), fail: Some((number, how)) };
    }

    /// The calls since `arm`.
    pub fn calls(&self) -> Vec<Call> {
        self.plan.lock().unwrap().calls.clone()
    }

    fn due(&self, call: Call) -> Option<How> {
        let mut plan = self.plan.lock().unwrap();
        plan.calls.push(call);
        let number = plan.calls.len() - 1;
        plan.fail.filter(|(at, _)| *at == number).map(|(_, how)| how)
    }
}

fn failure(how: How) -> object_store::Error {
    let source: Box<dyn std::error::Error + Send + Sync> = match how {
        How::Full => Box::new(std::io::Error::from(std::io::ErrorKind::StorageFull)),
        _ => format!("the test wants it so: {how:?}").into(),
    };
    object_store::Error::Generic { store: "Faulty", source }
}

/// A call without a body: refused before, or lost after.
async fn plain<T>(how: Option<How>, call: impl Future<Output = Result<T>>) -> Result<T> {
    match how {
        Some(how @ (How::Refused | How::Full)) => Err(failure(how)),
        Some(How::Lost) => {
            call.await?;
            Err(failure(How::Lost))
        }
        _ => call.await,
    }
}

async fn spoil(how: How, mut found: GetResult) -> Result<GetResult> {
    let payload = std::mem::replace(&mut found.payload, GetResultPayload::Stream(stream::empty().boxed()));
    let whole = GetResult {
        payload,
        meta: found.meta.clone(),
        range: found.range.clone(),
        attributes: found.attributes.clone(),
        extensions: found.extensions.clone(),
    };
    let mut bytes = whole.bytes().await?.to_vec();
    let pieces = if how == How::Wrong {
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        vec![Ok(Bytes::from(bytes))]
    } else {
        bytes.truncate(bytes.len() / 2);
        vec![Ok(Bytes::from(bytes)), Err(failure(how))]
    };
    found.payload = GetResultPayload::Stream(stream::iter(pieces).boxed());
    Ok(found)
}

impl std::fmt::Display for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Faulty({})", self.store)
    }
}

type Answer<'f, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'f>>;

/// The signatures are those of the trait's `async fn`s, written out.
impl ObjectStore for Faulty {
    fn put_opts<'life0, 'life1, 'async_trait>(
        &'life0 self,
        location: &'life1 Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Answer<'async_trait, PutResult>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(plain(self.due(Call::Write), self.store.put_opts(location, payload, opts)))
    }

    fn put_multipart_opts<'life0, 'life1, 'async_trait>(
        &'life0 self,
        location: &'life1 Path,
        opts: PutMultipartOptions,
    ) -> Answer<'async_trait, Box<dyn MultipartUpload>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(plain(self.due(Call::Write), self.store.put_multipart_opts(location, opts)))
    }

    fn get_opts<'life0, 'life1, 'async_trait>(
        &'life0 self,
        location: &'life1 Path,
        options: GetOptions,
    ) -> Answer<'async_trait, GetResult>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        let call = if options.head { Call::Look } else { Call::Read };
        let how = self.due(call);
        Box::pin(async move {
            let found = plain(how, self.store.get_opts(location, options)).await?;
            match how {
                Some(how @ (How::Torn | How::Wrong)) if call == Call::Read => spoil(how, found).await,
                _ => Ok(found),
            }
        })
    }

    fn get_ranges<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        location: &'life1 Path,
        ranges: &'life2 [Range<u64>],
    ) -> Answer<'async_trait, Vec<Bytes>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(plain(self.due(Call::Read), self.store.get_ranges(location, ranges)))
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.due(Call::Delete) {
            Some(how @ (How::Refused | How::Full)) => stream::iter([Err(failure(how))]).boxed(),
            Some(How::Lost) => self.store.delete_stream(locations).map(|_| Err(failure(How::Lost))).boxed(),
            _ => self.store.delete_stream(locations),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.due(Call::List) {
            Some(how @ (How::Refused | How::Lost)) => stream::iter([Err(failure(how))]).boxed(),
            _ => self.store.list(prefix),
        }
    }

    fn list_with_delimiter<'life0, 'life1, 'async_trait>(
        &'life0 self,
        prefix: Option<&'life1 Path>,
    ) -> Answer<'async_trait, ListResult>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(plain(self.due(Call::List), self.store.list_with_delimiter(prefix)))
    }

    fn copy_opts<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        from: &'life1 Path,
        to: &'life2 Path,
        options: CopyOptions,
    ) -> Answer<'async_trait, ()>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(plain(self.due(Call::Write), self.store.copy_opts(from, to, options)))
    }
}

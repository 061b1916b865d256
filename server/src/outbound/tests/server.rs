//! A server of this process that answers each request with bytes a test wrote, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Url;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What a server does with one request.
pub(super) enum Reply {
    /// Sends these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Sends the first, then the second again and again until the client goes.
    Endless(Vec<u8>, Vec<u8>, Duration),
    /// Says nothing until the client goes.
    Silence,
}

impl Reply {
    /// A whole answer.
    pub(super) fn of(status: &str, headers: &[&str], body: &[u8]) -> Reply {
        let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        let head = format!(
            "HTTP/1.1 {status}\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        Reply::Bytes([head.as_bytes(), body].concat())
    }

    pub(super) fn redirect(status: &str, to: &str) -> Reply {
        Reply::of(status, &[&format!("Location: {to}")], b"moved")
    }
}

pub(super) struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Answers by the path and query of the request.
    pub(super) async fn start(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (heads, reply) = (seen.clone(), Arc::new(reply));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (heads, reply) = (heads.clone(), reply.clone());
                tokio::spawn(async move {
                    let _ = serve(stream, &heads, reply.as_ref()).await;
                });
            }
        });
        Server { port, seen, task }
    }

    pub(super) fn url(&self, path: &str) -> Url {
        self.url_at("127.0.0.1", path)
    }

    pub(super) fn url_at(&self, host: &str, path: &str) -> Url {
        Url::parse(&format!("http://{host}:{}{path}", self.port)).unwrap()
    }

    /// The heads of the requests so far, in lower case.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    heads: &Mutex<Vec<String>>,
    reply: &(dyn Fn(&str) -> Reply + Send + Sync),
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = stream.read_u8().await?;
        head.push(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    heads.lock().unwrap().push(head.to_ascii_lowercase());
    match reply(&path) {
        Reply::Bytes(bytes) => stream.write_all(&bytes).await?,
        Reply::Endless(first, again, pause) => {
            stream.write_all(&first).await?;
            loop {
                stream.write_all(&again).await?;
                tokio::time::sleep(pause).await;
            }
        }
        Reply::Silence => {
            let _ = stream.read_u8().await;
        }
    }
    stream.shutdown().await
}

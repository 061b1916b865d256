//! An upstream in the test's own process: answers are set by path, and what was asked is remembered. It is HTTP/1.1 with
//! one request for each connection, and as odd as a test wants it.
#![allow(clippy::unwrap_used, dead_code)]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a path answers.
#[derive(Clone)]
pub enum Answer {
    Bytes(Vec<u8>),
    /// Sent with an ETag; not sent again to those who have it.
    Tagged(Vec<u8>, &'static str),
    Status(u16, Vec<(&'static str, String)>),
    /// Bytes without end.
    Endless,
    /// So many bytes are promised, and these come before the connection closes.
    Torn(usize, Vec<u8>),
}

/// One request: path and header lines in lower case.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub headers: Vec<String>,
}

#[derive(Default)]
struct State {
    answers: HashMap<String, Answer>,
    asked: Vec<Asked>,
}

pub struct Upstream {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Upstream {
    pub fn start() -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        // Ends with the process of the test: it waits for connections and holds nothing else.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || answer(&shared, stream));
            }
        });
        Upstream { port, state }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn set(&self, path: &str, answer: Answer) {
        self.state.lock().unwrap().answers.insert(path.to_owned(), answer);
    }

    pub fn bytes(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.set(path, Answer::Bytes(bytes.into()));
    }

    pub fn forget(&self, path: &str) {
        self.state.lock().unwrap().answers.remove(path);
    }

    /// What was asked since the last look.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    /// Paths of what was asked since the last look, sorted.
    pub fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.asked().into_iter().map(|asked| asked.path).collect();
        paths.sort();
        paths
    }
}

fn answer(state: &Mutex<State>, mut stream: TcpStream) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let headers: Vec<String> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .map(|line| line.to_ascii_lowercase())
        .collect();
    let found = {
        let mut state = state.lock().unwrap();
        state.asked.push(Asked { path: path.clone(), headers: headers.clone() });
        state.answers.get(&path).cloned()
    };
    // A client that has seen enough closes the connection; that is its right.
    let _ = match found {
        None => head(&mut stream, 404, &[], 0),
        Some(Answer::Bytes(body)) => whole(&mut stream, &[], &body),
        Some(Answer::Tagged(_, tag)) if headers.contains(&format!("if-none-match: {tag}")) => {
            head(&mut stream, 304, &[("ETag", tag.to_owned())], 0)
        }
        Some(Answer::Tagged(body, tag)) => whole(&mut stream, &[("ETag", tag.to_owned())], &body),
        Some(Answer::Status(status, headers)) => head(&mut stream, status, &headers, 0),
        Some(Answer::Endless) => endless(&mut stream),
        Some(Answer::Torn(promised, body)) => {
            head(&mut stream, 200, &[], promised).and_then(|()| stream.write_all(&body))
        }
    };
}

fn whole(stream: &mut TcpStream, headers: &[(&'static str, String)], body: &[u8]) -> std::io::Result<()> {
    head(stream, 200, headers, body.len())?;
    stream.write_all(body)
}

fn head(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(&'static str, String)],
    bytes: usize,
) -> std::io::Result<()> {
    let mut text = format!("HTTP/1.1 {status} -\r\nConnection: close\r\nContent-Length: {bytes}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{text}\r\n").as_bytes())
}

fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 -\r\nConnection: close\r\n\r\napiVersion: v1\nentries:\n")?;
    let lines = b"# and so on and so on and so on and so on and so on and so on and so on\n".repeat(1_000);
    loop {
        stream.write_all(&lines)?;
    }
}

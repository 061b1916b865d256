//! Plain requests of the tests, blocking, through the HTTP client that the product uses.

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Sends one request and reads the whole answer as text.
pub fn send(build: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response = build(&reqwest::Client::new()).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned();
        Answer { status, headers, text }
    })
}

pub fn get(url: &str, token: Option<&str>) -> Answer {
    send(|client| match token {
        Some(token) => client.get(url).bearer_auth(token),
        None => client.get(url),
    })
}

pub fn post(url: &str, token: &str, content_type: &str, body: Vec<u8>) -> Answer {
    send(|client| client.post(url).bearer_auth(token).header("Content-Type", content_type).body(body))
}

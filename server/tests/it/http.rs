//! Plain requests of the tests, blocking, through the HTTP client that the product uses. It follows no redirects.

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    /// Exactly as received.
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{} answered no JSON ({error}): {}", self.status, self.text))
    }

    /// Fails the test with the answer's text unless it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

/// Sends one request and reads the whole answer.
pub fn send(build: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let response = build(&client).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status, headers, text, bytes }
    })
}

/// Any method with any headers; `token` becomes a Bearer token.
pub fn call(
    method: &str,
    url: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
    body: impl Into<Vec<u8>>,
) -> Answer {
    send(|client| {
        let mut request = client.request(method.parse().unwrap(), url).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    })
}

/// A kept connection to a server that may end at any moment.
pub struct Line {
    base: String,
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

/// A whole answer on a [`Line`].
pub struct Reply {
    pub status: u16,
    pub bytes: Vec<u8>,
    pub retry_after: Option<String>,
}

impl Reply {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }
}

impl Line {
    pub fn to(base: &str) -> Line {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Line { base: base.to_owned(), runtime, client }
    }

    /// The answer, or `None` when there was none or only a part of one.
    pub fn call(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        content_type: &str,
        body: Vec<u8>,
    ) -> Option<Reply> {
        let mut request =
            self.client.request(method.parse().unwrap(), format!("{}{path}", self.base)).body(body);
        if !content_type.is_empty() {
            request = request.header("Content-Type", content_type);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        self.runtime.block_on(async {
            let response = request.send().await.ok()?;
            let status = response.status().as_u16();
            let retry_after = response.headers().get("retry-after");
            let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
            Some(Reply { status, retry_after, bytes: response.bytes().await.ok()?.to_vec() })
        })
    }
}

pub fn get(url: &str, token: Option<&str>) -> Answer {
    call("GET", url, token, &[], Vec::new())
}

pub fn post(url: &str, token: &str, content_type: &str, body: Vec<u8>) -> Answer {
    call("POST", url, Some(token), &[("Content-Type", content_type)], body)
}

pub fn post_json(url: &str, token: Option<&str>, body: &serde_json::Value) -> Answer {
    call("POST", url, token, &[("Content-Type", "application/json")], body.to_string())
}

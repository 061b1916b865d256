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

/// Pushes to a server that may end meanwhile; `None` when there was no answer.
pub fn try_post(url: &str, token: &str, body: Vec<u8>) -> Option<u16> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response = reqwest::Client::new().post(url).bearer_auth(token).body(body).send().await.ok()?;
        let status = response.status().as_u16();
        response.bytes().await.ok()?;
        Some(status)
    })
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

//! The upload form as a door: its refusals are pages with the right status, and they leave nothing behind.

use crate::charts::{archive, broken, chart_yaml, clean};
use crate::doors::stored_files;
use crate::http::{Answer, call, get};
use crate::process::Server;

/// A browser that is signed in with an API token.
struct Browser<'a> {
    server: &'a Server,
    cookie: String,
    form_token: String,
}

impl Browser<'_> {
    fn sign_in<'a>(server: &'a Server, token: &str) -> Browser<'a> {
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let answer =
            call("POST", &server.url("/sign-in"), None, &headers, format!("token={token}")).expect(303);
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        let page = call("GET", &server.url("/ui/upload"), None, &[("Cookie", &cookie)], "");
        let form_token = page.text.split("name=\"form_token\" value=\"").nth(1);
        let form_token = form_token.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned();
        Browser { server, cookie, form_token }
    }

    fn upload(&self, repository: &str, bytes: &[u8]) -> Answer {
        let mut body = Vec::new();
        for (name, value) in [
            ("form_token", self.form_token.as_bytes()),
            ("repository", repository.as_bytes()),
            ("chart", bytes),
        ] {
            let file = if name == "chart" { "; filename=\"c.tgz\"" } else { "" };
            let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(value);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        let headers = [("Content-Type", "multipart/form-data; boundary=edge"), ("Cookie", &*self.cookie)];
        call("POST", &self.server.url("/ui/upload"), None, &headers, body)
    }
}

#[test]
fn the_form_refuses_with_a_page_and_keeps_nothing() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let browser = Browser::sign_in(&server, &publisher);
    assert!(!browser.form_token.is_empty());
    let before = stored_files(&server);
    let good = clean("demo", "1.0.0");
    for (what, repository, bytes, status, says) in [
        ("nothing chosen", "charts", Vec::new(), 400, "choose a chart"),
        ("no archive", "charts", b"no archive".to_vec(), 422, "gzip"),
        ("half an archive", "charts", good[..good.len() / 2].to_vec(), 422, "refused"),
        ("wrong YAML", "charts", archive(&[("demo/Chart.yaml", "name: [demo\n")]), 422, "Chart.yaml"),
        (
            "a wrong version",
            "charts",
            archive(&[("demo/Chart.yaml", &chart_yaml("demo", "1"))]),
            422,
            "version",
        ),
        ("too large", "charts", vec![0; 20 * 1024 * 1024 + 1], 413, "20 MiB"),
        ("an unknown repository", "nowhere", good.clone(), 404, "nowhere"),
        ("a wrong repository", "No_Where", good.clone(), 400, "repository name"),
    ] {
        let answer = browser.upload(repository, &bytes);
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{what}");
        assert!(answer.text.to_lowercase().contains(&says.to_lowercase()), "{what}: {}", answer.text);
        assert_eq!(stored_files(&server), before, "{what} left files behind");
    }
    let queue = get(&server.url("/api/v1/queue"), Some(&publisher)).expect(200).json();
    assert_eq!(queue["items"].as_array().map(Vec::len), Some(0), "{queue}");

    let taken = browser.upload("charts", &good).expect(303);
    assert_eq!(taken.header("location"), "/ui/charts/charts/demo/1.0.0");
    browser.upload("charts", &good).expect(303);
    let conflict = browser.upload("charts", &broken("demo", "1.0.0")).expect(409);
    assert!(conflict.text.contains("new version"), "{}", conflict.text);
}

#[test]
fn the_form_asks_who_sends_it() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let reader = server.token("reader", "reader");
    let good = clean("demo", "1.0.0");
    let before = stored_files(&server);
    let mut forged = Browser::sign_in(&server, &publisher);
    forged.form_token = "forged".to_owned();
    assert_eq!(forged.upload("charts", &good).status, 403);
    forged.cookie = "session=wrong".to_owned();
    let stranger = forged.upload("charts", &good);
    assert!(matches!(stranger.status, 303 | 401), "{}", stranger.status);
    let onlooker = Browser::sign_in(&server, &reader);
    assert_eq!(onlooker.upload("charts", &good).status, 403);
    let wrong = [("Content-Type", "application/x-www-form-urlencoded")];
    call("POST", &server.url("/sign-in"), None, &wrong, "token=wrong").expect(401);
    assert_eq!(stored_files(&server), before);
}

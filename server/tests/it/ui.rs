//! Pages over plain HTTP: headers, rights, forged and incomplete forms, and what a visitor may learn. The journey in a
//! browser is in `browser`.

use crate::charts;
use crate::http::{Answer, call, get, post};
use crate::process::Server;

/// A browser's session without a browser: its cookie.
pub struct Visitor<'s> {
    server: &'s Server,
    cookie: String,
}

impl<'s> Visitor<'s> {
    pub fn new(server: &'s Server, token: &str) -> Visitor<'s> {
        let form = format!("token={token}&back=");
        let answer = form_post(server, "/sign-in", "", &form).expect(303);
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        assert!(
            answer.header("set-cookie").contains("HttpOnly")
                && answer.header("set-cookie").contains("SameSite=Lax")
        );
        Visitor { server, cookie }
    }

    pub fn get(&self, path: &str) -> Answer {
        call("GET", &self.server.url(path), None, &[("Cookie", &self.cookie)], Vec::new())
    }

    pub fn post(&self, path: &str, form: &str) -> Answer {
        form_post(self.server, path, &self.cookie, form)
    }

    /// The value of a hidden field on a page.
    pub fn hidden(&self, path: &str, name: &str) -> String {
        let page = self.get(path).expect(200).text;
        let at = page
            .find(&format!("name=\"{name}\" value=\""))
            .unwrap_or_else(|| panic!("{path} has no field {name}"));
        page[at..].split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }
}

fn form_post(server: &Server, path: &str, cookie: &str, form: &str) -> Answer {
    let headers = [("Cookie", cookie), ("Content-Type", "application/x-www-form-urlencoded")];
    call("POST", &server.url(path), None, &headers, form.as_bytes().to_vec())
}

/// Pushes a chart by the classic door and waits until it is judged.
fn push(server: &mut Server, token: &str, archive: Vec<u8>, page: &str, reviewer: &str) {
    post(&server.url("/api/charts/charts"), token, "application/gzip", archive).expect(202);
    let reviewer = reviewer.to_owned();
    let page = page.to_owned();
    server.wait_for("the scan", move |server| {
        let cookie = [("Cookie", reviewer.as_str())];
        call("GET", &server.url(&page), None, &cookie, Vec::new()).text.contains(">in review<")
    });
}

const PAGE: &str = "/ui/charts/charts/demo/1.0.0";

#[test]
fn pages_are_strict_and_anonymous_visitors_see_what_is_published_only() {
    let mut server = Server::start(&[]);
    let (publisher, reviewer) = (server.token("pia", "publisher"), server.token("rea", "reviewer"));
    let cookie = Visitor::new(&server, &reviewer).cookie;
    push(&mut server, &publisher, charts::clean("demo", "1.0.0"), PAGE, &cookie);

    for path in ["/ui/charts", "/ui/rules", "/sign-in", "/ui/help", "/ui/nothing"] {
        let answer = get(&server.url(path), None);
        let policy = answer.header("content-security-policy").to_owned();
        for part in ["default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!answer.text.contains("demo"), "{path} tells of a chart that nobody approved");
        assert!(answer.text.contains("request <code>"), "{path} names no request id");
    }
    // A version in review and one that does not exist look the same.
    let told = |path: &str| {
        let text = get(&server.url(path), None).expect(404).text;
        text.lines()
            .filter(|line| !line.contains("request <code>") && !line.contains("request id"))
            .collect::<String>()
    };
    let absent = "/ui/charts/charts/none/1.0.0";
    assert_eq!(told(PAGE).replace("demo", "none"), told(absent));

    for path in ["/ui/queue", "/ui/log", "/ui/upload", "/ui/tokens", "/ui/account"] {
        let answer = get(&server.url(path), None).expect(303);
        assert!(answer.header("location").starts_with("/sign-in?back=%2Fui%2F"), "{path}");
    }
    let stylesheet = get(&server.url("/ui/charts"), None).text;
    let stylesheet = stylesheet.split("href=\"").find(|part| part.contains(".css\"")).unwrap();
    let answer = get(&server.url(stylesheet.split('"').next().unwrap()), None).expect(200);
    assert!(answer.header("cache-control").contains("immutable"));
}

#[test]
fn a_decision_needs_its_form_token_a_reason_and_a_fresh_page() {
    let mut server = Server::start(&[]);
    let (publisher, reviewer) = (server.token("pia", "publisher"), server.token("rea", "reviewer"));
    let cookie = Visitor::new(&server, &reviewer).cookie;
    push(&mut server, &publisher, charts::clean("demo", "1.0.0"), PAGE, &cookie);
    let visitor = Visitor { server: &server, cookie };
    let decide = format!("{PAGE}/decide");
    let field = |name: &str| visitor.hidden(PAGE, name);
    let (token, digest, policy) = (field("form_token"), field("digest"), field("policy_version"));

    visitor
        .post(
            &decide,
            &format!("form_token=x&decision=approve&reason=ok&digest={digest}&policy_version={policy}"),
        )
        .expect(403);
    let empty =
        format!("form_token={token}&decision=approve&reason=+&digest={digest}&policy_version={policy}");
    assert!(visitor.post(&decide, &empty).expect(422).text.contains("role=\"alert\""));
    let other =
        format!("form_token={token}&decision=approve&reason=kept+words&digest={digest}&policy_version=0");
    let stale = visitor.post(&decide, &other).expect(409);
    assert!(stale.text.contains("kept words") && stale.text.contains(&policy), "{}", stale.text);
    assert!(get(&server.url("/charts/index.yaml"), None).expect(200).text.contains("\"entries\":{}"));

    // The uploader may see the page of the own upload but has no bar; another person approves.
    let pia = Visitor::new(&server, &publisher);
    assert!(!pia.get(PAGE).expect(200).text.contains("class=\"decide\""));
    let good = format!(
        "form_token={token}&decision=approve&reason=looks+fine&digest={digest}&policy_version={policy}"
    );
    visitor.post(&decide, &good).expect(303);
    assert!(get(&server.url(PAGE), None).expect(200).text.contains("approved"));

    // Revoked: consumers get the reason and no bytes, for good.
    let revoke = format!("form_token={token}&decision=revoke&reason=found+a+hole&digest={digest}");
    visitor.post(&decide, &revoke).expect(303);
    let blocked = get(&server.url(PAGE), None).expect(403);
    assert!(
        blocked.text.contains("is not available") && blocked.text.contains("found a hole"),
        "{}",
        blocked.text
    );
    get(&server.url(&format!("/blocked/{digest}")), None).expect(403);
    get(&server.url(&format!("/by-digest/{digest}")), None).expect(404);
    assert!(visitor.get("/ui/log?q=object:demo").expect(200).text.contains("found a hole"));
}

#[test]
fn hostile_charts_are_shown_inert() {
    let mut server = Server::start(&[]);
    let (publisher, reviewer) = (server.token("pia", "publisher"), server.token("rea", "reviewer"));
    let cookie = Visitor::new(&server, &reviewer).cookie;
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: \"</code><script>alert(1)</script>\"\n  b: \"ab\u{202e}dc\"\n";
    push(&mut server, &publisher, charts::with_template("demo", "1.0.0", template), PAGE, &cookie);
    let visitor = Visitor { server: &server, cookie };
    for path in
        [PAGE.to_owned(), format!("{PAGE}/manifests"), format!("{PAGE}/files?at=2"), format!("{PAGE}/images")]
    {
        let page = visitor.get(&path).expect(200).text;
        assert!(!page.contains("<script>alert") && !page.contains('\u{202e}'), "{path}");
    }
    assert!(visitor.get(&format!("{PAGE}/manifests")).text.contains("\\u{202e}"));
    let search = visitor.get("/ui/search?q=%3Cscript%3E").expect(200).text;
    assert!(search.contains("&lt;script&gt;") && !search.contains("<script>"), "{search}");
}

#[test]
fn one_time_links_survive_a_preview_and_work_once() {
    let server = Server::start(&[]);
    let printed = server.data.done(&["admin", "sign-in-link"]);
    let secret = printed.split("link=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    for _ in 0..2 {
        assert!(
            get(&server.url(&format!("/sign-in?link={secret}")), None)
                .expect(200)
                .text
                .contains("signs you in once")
        );
    }
    form_post(&server, "/sign-in/link", "", &format!("link={secret}")).expect(303);
    form_post(&server, "/sign-in/link", "", &format!("link={secret}")).expect(401);
    get(&server.url(&format!("/sign-in?link={secret}")), None).expect(401);
    let headers = [("Sec-Fetch-Site", "cross-site"), ("Content-Type", "application/x-www-form-urlencoded")];
    call("POST", &server.url("/sign-in"), None, &headers, b"token=x".to_vec()).expect(403);
}

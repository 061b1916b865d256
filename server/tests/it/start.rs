//! What an operator sees: the first start, the sign-in link, a second start, the samples, and Ctrl-C.

use crate::charts::clean;
use crate::doors::{Door, Parcel};
use crate::http::{call, get};
use crate::process::Server;
use crate::stores::{Database, Place, Store};

/// The word of the printed text that begins so.
fn word(text: &str, start: &str) -> Option<String> {
    text.split_whitespace().find(|word| word.starts_with(start)).map(str::to_owned)
}

/// The robot's token in the printed command that pushes.
fn robot_token(text: &str) -> Option<String> {
    word(text, "robot:").map(|word| word["robot:".len()..].to_owned())
}

#[test]
fn the_first_start_says_all_and_a_second_keeps_all() {
    let mut server = Server::start(&[]);
    server.wait_until_printed("helm repo add");
    let printed = server.printed();
    let robot = match robot_token(&printed).unwrap() {
        token if server.data.database_url().is_none() => token,
        // What servers of a shared database print goes to a log that others read.
        no_token => {
            assert_eq!(no_token, "TOKEN", "{printed}");
            assert!(!printed.contains("link="), "{printed}");
            server.token("robot", "publisher")
        }
    };
    let bytes = clean("demo", "1.0.0");
    let parcel = Parcel { repository: "charts", name: "demo", version: "1.0.0", bytes: &bytes };
    Door::Raw.push(&server, Some(&robot), parcel).expect(202);
    server.approve("charts/demo", "1.0.0");
    let actions = server.audit_actions();

    let mut server = server.restart(&[]);
    server.wait_until_printed("helm repo add");
    let again = server.printed();
    assert_eq!(robot_token(&again).as_deref(), Some("TOKEN"), "no new token: {again}");
    assert!(word(&again, "http://127.0.0.1:").is_some_and(|url| !url.contains("link=")), "{again}");
    assert_eq!(server.audit_actions(), actions);
    assert_eq!(get(&server.url("/charts/charts/demo-1.0.0.tgz"), None).expect(200).bytes, bytes);
    let receipt = Door::Raw.push(&server, Some(&robot), parcel).expect(202).json();
    assert_eq!(receipt["created"], false, "the robot's token lives on");
    assert_eq!(server.interrupt(), Some(0));
}

#[test]
fn a_sign_in_link_works_once() {
    let mut server = Server::start(&[]);
    server.wait_until_printed("helm repo add");
    let printed = word(&server.printed(), &server.url("/")).filter(|link| link.contains("link="));
    assert_eq!(printed.is_some(), server.data.database_url().is_none());
    let made = || {
        let link = server.data.done(&["admin", "sign-in-link"]);
        // Servers that share a database leave no address on this machine: the operator gives it, or reads the path.
        if server.data.database_url().is_some() {
            return server.url(&link[link.find("/sign-in").unwrap()..]);
        }
        link
    };
    let (first, second) = (printed.unwrap_or_else(made), made());
    assert!(second.starts_with(&server.url("/")), "{second}");
    for link in [first, second] {
        for _ in 0..2 {
            get(&link, None).expect(200);
        }
        let form = format!("link={}", link.split_once("link=").unwrap().1);
        let origin = server.url("");
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", &*origin)];
        let use_it = || call("POST", &server.url("/sign-in/link"), None, &headers, form.as_str());
        let signed_in = use_it().expect(303);
        let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
        call("GET", &server.url("/ui/tokens"), None, &[("Cookie", &cookie)], "").expect(200);
        use_it().expect(401);
        get(&link, None).expect(401);
    }
}

#[test]
fn the_samples_fill_the_first_page() {
    let server = Server::start(&["--sample"]);
    let reviewer = server.token("ana", "reviewer");
    for (chart, verdict) in [("hello-web", "pass"), ("open-console", "block"), ("broken-render", "block")] {
        let status = server.settled_in_time(&format!("charts/{chart}"), &reviewer);
        assert_eq!(status["state"], "in review", "{status}");
        assert_eq!(status["verdict"], verdict, "{status}");
    }
}

#[test]
fn one_folder_has_one_server() {
    let place = Place::of(Database::Sqlite, Store::Folder).unwrap();
    let server = Server::start_in(place, &[]);
    let second = server.data.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(2));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("another chartgate server"), "{said}");
}

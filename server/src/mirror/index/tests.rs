//! Tests of reading an index: what Helm takes, what is refused and how, and that memory does not grow with the text.

#![allow(clippy::unwrap_used)]

use super::*;

const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn all(text: impl AsRef<[u8]>) -> Result<(Vec<Found>, Counts), Fault> {
    let mut found = Vec::new();
    let counts = read(text.as_ref(), &Limits::default(), |item| {
        found.push(item);
        ControlFlow::Continue(())
    })?;
    Ok((found, counts))
}

/// `chart version (normal form) [registry's version] first-url digest? created?` or `chart version!why`.
fn told(found: &[Found]) -> Vec<String> {
    let tell = |item: &Found| match item {
        Found::Refused(refused) => {
            format!("{} {}#{}!{}", refused.chart, refused.version, refused.position, refused.why)
        }
        Found::Entry(entry) => {
            let kept = entry.version.as_ref().map_or("-", |version| version.as_str());
            let digest = if entry.digest.is_some() { " digest" } else { "" };
            let created = entry.created.map_or(String::new(), |at| format!(" {at}"));
            let (chart, written, read) = (&entry.chart, &entry.written, &entry.read);
            format!(
                "{chart} {written}#{} ({read}) [{kept}] {}{digest}{created}",
                entry.position, entry.urls[0]
            )
        }
    };
    found.iter().map(tell).collect()
}

#[test]
fn yaml_gives_what_helm_takes_and_says_why_not_the_rest() {
    let text = format!(
        r#"# generated
apiVersion: v1
generated: "2026-11-25T10:00:00.1Z"
entries:
  cert-manager:
  - apiVersion: v1
    name: cert-manager
    version: v1.13.0
    digest: {HEX}
    created: 2023-09-12T13:18:40.4Z
    description: |-
      long: not read
    annotations: {{a: [b, {{c: d}}], version: other}}
    urls:
    - charts/cert-manager-v1.13.0.tgz
    - https://second.example/x.tgz
  - {{name: cert-manager, version: 1.10, digest: "sha256:{HEX}", urls: [x.tgz], created: soon}}
  - {{name: cert-manager, version: 1.2, urls: [x.tgz]}}
  - {{name: cert-manager, version: "not one", urls: [x.tgz]}}
  - {{name: cert-manager, version: 1.0.0}}
  - {{name: other, version: 1.0.0, urls: [x.tgz]}}
  - {{name: cert-manager, version: 1.0.1, urls: [x.tgz], digest: 00}}
  - {{name: cert-manager, urls: [x.tgz]}}
  - {{name: cert-manager, version: [1, 0], urls: [x.tgz]}}
  - {{name: cert-manager, version: 1.0.2, urls: x.tgz}}
  - {{version: 1.0.3, urls: [x.tgz]}}
  - null
  - text
  - {{name: cert-manager, version: 1.0.4, urls: [x.tgz]}}
  ../evil: [{{name: ../evil, version: 1.0.0, urls: [x.tgz]}}]
  ok:
  empty: []
  wrong: {{a: b}}
serverInfo: {{contextPath: /x}}
"#
    );
    let (found, counts) = all(&text).unwrap();
    let name = "a chart name must be 1 to 63 lower-case letters, digits, dots and dashes, and begin and end with a letter or digit";
    let evil = format!("../evil #0!{name}");
    let expected = [
        "cert-manager v1.13.0#0 (1.13.0) [v1.13.0] charts/cert-manager-v1.13.0.tgz digest 2023-09-12T13:18:40Z",
        "cert-manager 1.1#1 (1.1.0) [-] x.tgz digest",
        "cert-manager 1.2#2 (1.2.0) [-] x.tgz",
        "cert-manager not one#3!its version is not one that Helm reads: invalid semantic version",
        "cert-manager 1.0.0#4!it has no URL",
        "cert-manager 1.0.0#5!it names itself \"other\"",
        "cert-manager 1.0.1#6!its digest is not a sha256 of 64 hexadecimal digits",
        "cert-manager #7!it has no version",
        "cert-manager #8!its version is not a text",
        "cert-manager 1.0.2#9!its urls are not a list of texts",
        "cert-manager 1.0.3#10!it has no name",
        "cert-manager #11!it is not a mapping",
        "cert-manager #12!it is not a mapping",
        "cert-manager 1.0.4#13 (1.0.4) [1.0.4] x.tgz",
        &evil,
        "wrong #0!it is not a list of versions",
    ];
    assert_eq!(told(&found), expected);
    assert_eq!(counts, Counts { charts: 5, entries: 14, refused: 12 });
    assert!(matches!(&found[0], Found::Entry(entry) if entry.urls.len() == 2));
}

#[test]
fn json_gives_the_same() {
    let text = format!(
        r#"{{"apiVersion":"v1","entries":{{
"a":[{{"name":"a","version":"1.0.0","urls":["a\u002d1.tgz"],"digest":"{}","description":"😀 \ud83d\ude00","annotations":{{"x":[1,{{}}]}}}},
null, 7, {{"name":"a","version":1.5,"urls":["x"]}}, {{"name":"a","version":null,"urls":["x"]}}, {{"name":"a","version":"2.0.0","urls":[["x"]]}},
{{"name":"a","version":"0.1.0","version":"3.0.0","urls":null,"urls":["x"]}}],
"B":[], "c":null, "d":"text", "e":{{"f":1}}}},"generated":"x"}}"#,
        HEX.to_uppercase()
    );
    let bom = format!("\u{FEFF}\n {text}\n");
    for text in [&text, &bom] {
        let (found, counts) = all(text).unwrap();
        let told = told(&found);
        let expected = [
            "a 1.0.0#0 (1.0.0) [1.0.0] a-1.tgz digest",
            "a #1!it is not a mapping",
            "a #2!it is not a mapping",
            "a #3!its version is not a text",
            "a #4!it has no version",
            "a 2.0.0#5!its urls are not a list of texts",
            "a 3.0.0#6 (3.0.0) [3.0.0] x",
        ];
        assert_eq!(told[..7], expected);
        assert!(told[7].starts_with("B #0!a chart name"), "{}", told[7]);
        assert_eq!(told[8..], ["d #0!it is not a list of versions", "e #0!it is not a list of versions"]);
        assert_eq!(counts, Counts { charts: 5, entries: 7, refused: 8 });
    }
}

#[test]
fn what_is_no_index_is_named() {
    let cases: [(&str, &str); 22] = [
        ("", "it is not the index of a Helm repository: it is empty"),
        (" \n\t", "it is not the index of a Helm repository: it is empty"),
        ("# only\n", "it is not the index of a Helm repository: it holds nothing but comments"),
        (
            "\n<!DOCTYPE html>",
            "it is not the index of a Helm repository: it is a web page; give the address under which index.yaml lies",
        ),
        (
            "404 page not found",
            "it is not the index of a Helm repository: it is one text, not a mapping with entries",
        ),
        ("- a\n", "it is not the index of a Helm repository: it is a list, not a mapping with entries"),
        ("apiVersion: v1\n", "it is not the index of a Helm repository: it has no entries"),
        (
            "entries: []\n",
            "it is not the index of a Helm repository: its entries are not a mapping of charts",
        ),
        (
            "entries: text\n",
            "it is not the index of a Helm repository: its entries are not a mapping of charts",
        ),
        ("{}", "it is not the index of a Helm repository: it has no entries"),
        (
            "{\"entries\":[1]}",
            "it is not the index of a Helm repository: its entries are not a mapping of charts",
        ),
        (
            "entries:\n  a: b: c\n",
            "line 2, column 7: not valid YAML: mapping values are not allowed in this context",
        ),
        (
            "entries:\n  a:\n  - name: [\n",
            "line 4, column 1: not valid YAML: did not find expected node content",
        ),
        ("entries: {a: [], a: []}", "line 1, column 18: not valid YAML: the chart a is given twice"),
        (
            "entries: {}\nentries: {}\n",
            "line 2, column 1: not valid YAML: the key \"entries\" is given twice",
        ),
        (
            "entries:\n  a:\n  - version: 1.0.0\n    version: 1.0.1\n",
            "line 4, column 5: not valid YAML: the key \"version\" is given twice",
        ),
        ("x: &x {}\nentries: *x\n", "line 2, column 10: not valid YAML: alias 'x' is not allowed here"),
        ("entries: {[a]: []}", "line 1, column 11: not valid YAML: a chart's name is not a text"),
        (
            "{\"entries\":{\"a\":[],\"a\":[]}}",
            "line 1, column 23: not valid JSON: the chart a is given twice",
        ),
        (
            "{\"entries\":{},\"entries\":{}}",
            "line 1, column 24: not valid JSON: the key \"entries\" is given twice",
        ),
        ("{\"entries\":{}} x", "line 1, column 16: not valid JSON: trailing characters"),
        ("{\"entries\":\n{\"a\":[", "line 2, column 6: not valid JSON: EOF while parsing a list"),
    ];
    for (text, expected) in cases {
        assert_eq!(all(text).unwrap_err().to_string(), expected, "{text:?}");
    }
    assert_eq!(all("entries:\n").unwrap().1, Counts::default());
    assert_eq!(all("{\"entries\":null}").unwrap().1, Counts::default());
}

/// An index that is made while it is read: `charts` charts of `versions` versions each, about 800 bytes an entry.
struct Made {
    json: bool,
    charts: usize,
    versions: usize,
    next: usize,
    held: std::collections::VecDeque<u8>,
}

impl Made {
    fn new(json: bool, charts: usize, versions: usize) -> Made {
        let head = if json { "{\"apiVersion\":\"v1\",\"entries\":{" } else { "apiVersion: v1\nentries:\n" };
        Made { json, charts, versions, next: 0, held: head.bytes().collect() }
    }

    fn make(&mut self) {
        let (chart, version) = (self.next / self.versions, self.next % self.versions);
        let (first, last) = (version == 0, version + 1 == self.versions);
        let words = "A chart whose text is as long as those of real ones. ".repeat(8);
        let text = if self.json {
            let (head, tail) = (if first { "" } else { "," }, if last { "]" } else { "" });
            let key = match (first, chart) {
                (false, _) => String::new(),
                (true, 0) => format!("\"chart-{chart}\":["),
                (true, _) => format!(",\"chart-{chart}\":["),
            };
            format!(
                "{head}{key}{{\"apiVersion\":\"v2\",\"name\":\"chart-{chart}\",\"version\":\"{version}.0.0\",\"description\":\"{words}\",\"digest\":\"{HEX}\",\"annotations\":{{\"images\":\"{words}\"}},\"keywords\":[\"a\",\"b\"],\"urls\":[\"https://charts.example.com/chart-{chart}-{version}.0.0.tgz\"]}}{tail}"
            )
        } else {
            let key = if first { format!("  chart-{chart}:\n") } else { String::new() };
            format!(
                "{key}  - annotations:\n      images: |\n        {words}\n    apiVersion: v2\n    created: \"2024-01-01T00:00:00.5Z\"\n    description: {words}\n    digest: {HEX}\n    keywords:\n    - a\n    - b\n    name: chart-{chart}\n    urls:\n    - https://charts.example.com/chart-{chart}-{version}.0.0.tgz\n    version: {version}.0.0\n"
            )
        };
        self.held.extend(text.bytes());
        self.next += 1;
        if self.json && self.next == self.charts * self.versions {
            self.held.extend(*b"}}");
        }
    }
}

impl Read for Made {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.held.len() < into.len().min(8_192) && self.next < self.charts * self.versions {
            self.make();
        }
        self.held.read(into)
    }
}

#[test]
fn every_bound_is_an_error_that_names_it() {
    let within = |made: Made, limits: &Limits| {
        let mut seen = 0;
        let read = read(made, limits, |_| {
            seen += 1;
            ControlFlow::Continue(())
        });
        (read.map_err(|fault| fault.to_string()), seen)
    };
    for json in [false, true] {
        let few = Limits { entries_max: 1_000, ..Limits::default() };
        let (read, seen) = within(Made::new(json, 10, 100), &few);
        assert!(read.unwrap_err().contains("more than 1000 charts and versions"), "json {json}");
        assert_eq!(seen, 990);
        let (read, _) = within(Made::new(json, 9, 110), &few);
        assert_eq!(read, Ok(Counts { charts: 9, entries: 990, refused: 0 }));
        let small = Limits { bytes_max: 100_000, ..Limits::default() };
        let (read, _) = within(Made::new(json, 10, 100), &small);
        assert!(read.unwrap_err().contains("limit of 100000 bytes"), "json {json}");
    }
    let long = "x".repeat(INDEX_TEXT_BYTES_MAX + 1_000);
    for text in [format!("entries: {{}}\nx: {long}"), format!("{{\"entries\":{{}},\"x\":\"{long}\"}}")] {
        assert!(all(text).unwrap_err().to_string().contains("longer than 1048576 bytes"));
    }
    let deep = format!("{{\"x\":{}", "[".repeat(1_000));
    assert!(all(deep).unwrap_err().to_string().contains("more than 128 lists"));
}

#[test]
fn a_reader_that_fails_and_a_caller_that_stops_are_told_apart() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("disk on fire"))
        }
    }
    for head in ["apiVersion: v1\n", "{\"apiVersion\":"] {
        let fault = read(head.as_bytes().chain(Failing), &Limits::default(), |_| ControlFlow::Continue(()));
        assert_eq!(fault, Err(Fault::Unreadable("disk on fire".to_owned())));
    }
    for json in [false, true] {
        let stopped = read(Made::new(json, 10, 10), &Limits::default(), |_| ControlFlow::Break(()));
        assert_eq!(stopped, Err(Fault::Stopped));
    }
}

/// Set in the process that reads the large index, with the format as its value.
#[cfg(target_os = "linux")]
const CHILD: &str = "CHARTGATE_TEST_READS_INDEX";

/// Peak memory is a figure of a whole process, so the index is read in one of its own.
#[cfg(target_os = "linux")]
#[test]
fn thirty_megabytes_are_read_in_little_memory() {
    const CHARTS: usize = 150;
    const VERSIONS: usize = 200;
    const PEAK_KIB_MAX: usize = 16 * 1024;
    let peak_kib = || -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    };
    if let Ok(format) = std::env::var(CHILD) {
        let (before, started) = (peak_kib(), std::time::Instant::now());
        let counts = read(Made::new(format == "json", CHARTS, VERSIONS), &Limits::default(), |_| {
            ControlFlow::Continue(())
        });
        assert_eq!(counts, Ok(Counts { charts: CHARTS, entries: CHARTS * VERSIONS, refused: 0 }));
        eprintln!("grew by {} KiB in {} ms", peak_kib() - before, started.elapsed().as_millis());
        return;
    }
    for json in [false, true] {
        let bytes = std::io::copy(&mut Made::new(json, CHARTS, VERSIONS), &mut std::io::sink()).unwrap();
        assert!(bytes > 30_000_000, "{bytes}");
        let format = if json { "json" } else { "yaml" };
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "mirror::index::tests::thirty_megabytes_are_read_in_little_memory",
                "--nocapture",
            ])
            .env(CHILD, format)
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&child.stderr);
        assert!(child.status.success(), "{output}");
        let (_, rest) = output.split_once("grew by ").unwrap();
        let (kib, rest) = rest.split_once(" KiB in ").unwrap();
        eprintln!("{format}: {bytes} bytes, {kib} KiB, {}", rest.lines().next().unwrap());
        assert!(kib.parse::<usize>().unwrap() < PEAK_KIB_MAX, "{format} took {kib} KiB");
    }
}

//! Every hostile shape of the attack catalogue (A01 to A31, B01 to B15), built from bytes, and the refusal it must meet.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod build;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use build::{CHART_YAML, Head, Tar, chart, gzip, gzip_with, named, pax_record};

use super::{Refusal, read};
use crate::chart::identity;

/// (attack, archive, slug of the refusal).
type Case = (&'static str, Vec<u8>, &'static str);

fn check(cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for (attack, bytes, slug) in cases {
        let got = match read(&bytes).and_then(|archive| identity(&archive)) {
            Ok(_) => "accepted".to_owned(),
            Err(refusal) => {
                assert!(refusal.to_string().len() > 10, "{attack}: {refusal}");
                refusal.slug().to_owned()
            }
        };
        if got != slug {
            wrong.push(format!("{attack}: wanted {slug}, got {got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// How many reasons the table must reach; a new variant needs a case.
const REASONS: usize = 65;

#[test]
fn every_hostile_shape_meets_its_refusal() {
    let cases = [gzip_layer(), tar_layer(), paths(), bombs(), chart_yaml()].concat();
    let reasons: BTreeSet<_> = cases.iter().map(|(_, _, slug)| *slug).collect();
    assert_eq!(reasons.len(), REASONS, "{reasons:#?}");
    let start = Instant::now();
    check(cases);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn the_honest_chart_is_accepted() {
    let long = format!("c/templates/{}.yaml", "x".repeat(120));
    let honest = chart()
        .flagged(b'5', "c/templates/", b"")
        .flagged(b'5', "c/templates/", b"")
        .pax(b'g', &[("comment", b"abc")])
        .pax(b'x', &[("path", long.as_bytes()), ("mtime", b"1700000000.5"), ("atime", b"-1"), ("uid", b"7")])
        .file(&long[..100], b"a: 1")
        .member(
            &Head { flag: b'L', magic: b"ustar  \0", ..Head::file(b"././@LongLink", 0) },
            format!("{long}2\0").as_bytes(),
        )
        .file(&long[..100], b"a: 2")
        .member(&Head { prefix: "c/templates", ..Head::file(b"deep.yaml", 0) }, b"x")
        .member(&Head { magic: b"ustar  \0", ..Head::file(b"c/gnu", 0) }, b"x")
        .member(&Head { magic: &[0; 8], flag: 0, mode: "0100644", ..Head::file(b"c/old", 0) }, b"x")
        .pack();
    let archive = read(&honest).unwrap();
    assert_eq!(archive.top, "c");
    assert_eq!(archive.files.len(), 6);
    assert_eq!(identity(&archive).unwrap().version, "1.0.0");
    check(vec![("padding", gzip(&chart().end(&[0; 4096])), "accepted")]);
    check(vec![("gzip name", gzip_with(&chart().end(&[]), 8, b"c.tar\0"), "accepted")]);
    check(vec![("A23 mark", named(&format!("\u{feff}{CHART_YAML}")).pack(), "accepted")]);
}

fn gzip_layer() -> Vec<Case> {
    let tar = chart().end(&[]);
    let whole = gzip(&tar);
    let (head, tail) = tar.split_at(512);
    let mut flipped = whole.clone();
    let crc_at = flipped.len() - 8;
    flipped[crc_at] ^= 1;
    let mut length = whole.clone();
    *length.last_mut().unwrap() ^= 1;
    vec![
        ("no gzip", tar.clone(), "archive/not-gzip"),
        ("empty", Vec::new(), "archive/not-gzip"),
        ("A04 split", [gzip(head), gzip(tail)].concat(), "archive/gzip-members"),
        ("A04 second", [whole.clone(), gzip(b"")].concat(), "archive/gzip-members"),
        ("A04 flood", [whole.clone(), gzip(b"").repeat(50_000)].concat(), "archive/gzip-members"),
        ("A05", [&whole, &b"GARBAGE"[..]].concat(), "archive/gzip-trailing"),
        ("A06 trailer", whole[..whole.len() - 8].to_vec(), "archive/gzip-truncated"),
        ("A06 half", whole[..whole.len() / 2].to_vec(), "archive/gzip-truncated"),
        ("A06 crc", flipped, "archive/gzip-damaged"),
        ("A06 length", length, "archive/gzip-damaged"),
        ("A28", [&whole[..10], &[7; 64][..]].concat(), "archive/gzip-damaged"),
        ("A29 name", gzip_with(&tar, 8, &vec![b'n'; 10 << 20]), "archive/gzip-header-too-long"),
        (
            "A29 extra",
            gzip_with(&tar, 4, &[&[0xff, 0xff][..], &[0; 65_535]].concat()),
            "archive/gzip-header-too-long",
        ),
        ("reserved", gzip_with(&tar, 0x80, &[]), "archive/gzip-flags"),
        ("packed size", vec![0x1f; 20 * 1024 * 1024 + 1], "archive/packed-too-large"),
    ]
}

fn tar_layer() -> Vec<Case> {
    let evil = || Tar::default().file("c/templates/e.yaml", b"evil");
    let smuggled = evil().0;
    let sizes = |size: usize, pax: &[u8]| {
        chart().pax(b'x', &[("size", pax)]).head(&Head::file(b"c/x", size)).body(&smuggled).pack()
    };
    let malformed = |text: &[u8]| chart().flagged(b'x', "c/p", text).file("c/x", b"").pack();
    let mode = |mode| chart().member(&Head { mode, ..Head::file(b"c/templates/x.yaml", 0) }, b"x").pack();
    let lone = [&chart().0[..], &[0; 512], &evil().end(&[])].concat();
    let mut bad_sum = chart();
    bad_sum.0[0] = b'd';
    vec![
        ("A01", sizes(0, b"1024"), "archive/sizes-disagree"),
        ("A02", sizes(4, b"516"), "archive/sizes-disagree"),
        ("A03 length", malformed(b"99 path=c/a\n"), "archive/pax-malformed"),
        ("A03 decimal", malformed(b"x1 path=c/a\n"), "archive/pax-malformed"),
        ("A03 newline", malformed(b"11 path=c/a"), "archive/pax-malformed"),
        ("A03 key", malformed(b"6 =c/\n"), "archive/pax-malformed"),
        ("A03 time", malformed(&pax_record("mtime", b"soon")), "archive/pax-malformed"),
        ("A03 long", malformed(&vec![b'1'; 70_000]), "archive/pax-too-long"),
        ("A07 after end", gzip(&chart().end(&smuggled)), "archive/tar-trailing"),
        ("A07 lone zero", gzip(&lone), "archive/tar-lone-zero-block"),
        ("A07 padding", gzip(&chart().end(&vec![0; 2 << 20])), "archive/tar-padding"),
        (
            "A12",
            malformed(&[pax_record("path", b"c/a"), pax_record("path", b"c/b")].concat()),
            "archive/pax-duplicate-key",
        ),
        (
            "A13 twice",
            chart().pax(b'x', &[]).pax(b'x', &[]).file("c/x", b"").pack(),
            "archive/extension-stray",
        ),
        ("A13 end", chart().pax(b'x', &[]).pack(), "archive/extension-stray"),
        ("A14", chart().pax(b'g', &[("path", b"c/x")]).pack(), "archive/pax-global"),
        (
            "A15 pax",
            chart().pax(b'x', &[("GNU.sparse.major", b"1")]).file("c/x", b"").pack(),
            "archive/sparse",
        ),
        ("A15 gnu", chart().flagged(b'S', "c/x", b"").pack(), "archive/sparse"),
        ("A16", chart().flagged(b'9', "c/values.yaml", b"a: 1").pack(), "archive/unknown-type"),
        ("A17", mode("0040644"), "archive/mode-disagrees"),
        ("A18", chart().file("c/templates/x.yaml/", b"x").pack(), "archive/file-named-as-folder"),
        ("A19 symlink", chart().flagged(b'2', "c/values.yaml", b"").pack(), "archive/link"),
        ("A19 hardlink", chart().flagged(b'1', "c/values.yaml", b"").pack(), "archive/link"),
        ("A19 long link", chart().flagged(b'K', "././@LongLink", b"x\0").pack(), "archive/link"),
        ("A19 pax link", chart().pax(b'x', &[("linkpath", b"/etc")]).file("c/x", b"").pack(), "archive/link"),
        ("A19 device", chart().flagged(b'3', "c/null", b"").pack(), "archive/device"),
        ("A19 folder too", chart().file("c/a", b"").file("c/a/b", b"").pack(), "archive/file-and-folder"),
        ("A30", chart().flagged(b'2', "c/Chart.lock", b"").pack(), "archive/link"),
        ("sized folder", chart().flagged(b'5', "c/templates/", b"x").pack(), "archive/folder-with-content"),
        (
            "names",
            chart().pax(b'x', &[("path", b"c/README")]).file("c/templates/a", b"").pack(),
            "archive/names-disagree",
        ),
        ("checksum", bad_sum.pack(), "archive/tar-header"),
        (
            "gnu prefix",
            chart().member(&Head { magic: b"ustar  \0", prefix: "d", ..Head::file(b"c/x", 0) }, b"").pack(),
            "archive/tar-header",
        ),
        (
            "long name",
            chart().flagged(b'L', "././@LongLink", b"c/x\0").file("c/x", b"").pack(),
            "archive/tar-header",
        ),
        (
            "old PAX",
            chart()
                .member(&Head { flag: b'x', magic: &[0; 8], ..Head::file(b"c/p", 0) }, b"")
                .file("c/x", b"")
                .pack(),
            "archive/tar-header",
        ),
        ("no end", gzip(&chart().0), "archive/tar-truncated"),
        ("inside", gzip(&chart().0[..600]), "archive/tar-truncated"),
        ("nothing", Tar::default().pack(), "archive/empty"),
    ]
}

fn paths() -> Vec<Case> {
    let beside = |name: &str| chart().file(name, b"x").pack();
    let twins = |first: &str, second: &str| chart().file(first, b"").file(second, b"").pack();
    let long = format!("c/{}", "n".repeat(4096));
    vec![
        ("A08", beside("c\\templates\\e.yaml"), "archive/path-backslash"),
        ("A08 mixed", beside("c/b\\templates\\e.yaml"), "archive/path-backslash"),
        ("A09 up", beside("c/templates/../Chart.yaml"), "archive/path-not-plain"),
        ("A09 dot", beside("c/./values.yaml"), "archive/path-not-plain"),
        ("A09 empty", beside("c//Chart.yaml"), "archive/path-not-plain"),
        ("A10", beside("other/templates/e.yaml"), "archive/second-top-folder"),
        ("A10 beside", beside("values.yaml"), "archive/outside-folder"),
        (
            "A10 name",
            Tar::default().file("d/Chart.yaml", CHART_YAML.as_bytes()).pack(),
            "archive/folder-not-chart-name",
        ),
        ("A11", beside("/c/Chart.yaml"), "archive/path-absolute"),
        ("A20 slip", beside("../../evil"), "archive/path-not-plain"),
        ("A20 inner", beside("c/../../evil"), "archive/path-not-plain"),
        ("A20 drive", beside("C:/x"), "archive/path-drive"),
        ("A20 inner drive", beside("c/C:/x"), "archive/path-drive"),
        ("A20 hidden", beside("c/..hidden"), "archive/path-not-plain"),
        (
            "A20 long",
            chart().pax(b'x', &[("path", long.as_bytes())]).file(&long[..100], b"").pack(),
            "archive/path-too-long",
        ),
        (
            "A20 deep",
            chart()
                .pax(b'x', &[("path", "c/d/".repeat(100).as_bytes())])
                .file(&"c/d/".repeat(25), b"")
                .pack(),
            "archive/path-too-deep",
        ),
        ("not UTF-8", chart().member(&Head::file(b"c/\xff", 0), b"").pack(), "archive/path-not-utf8"),
        ("A21 values", twins("c/values.yaml", "c/values.yaml"), "archive/path-twice"),
        ("A21 chart", beside("c/Chart.yaml"), "archive/path-twice"),
        ("A21 subchart", twins("c/charts/x.tgz", "c/charts/x.tgz"), "archive/path-twice"),
        ("A22 case", beside("c/chart.yaml"), "archive/path-twins"),
        ("A22 folder", twins("c/templates/a", "c/Templates/b"), "archive/path-twins"),
        ("A22 form", twins("c/\u{e9}", "c/e\u{301}"), "archive/path-twins"),
        (
            "A24",
            chart().pax(b'x', &[("path", b"c/values.yaml\0.txt")]).file("c/values.yaml", b"").pack(),
            "archive/path-control",
        ),
        ("A24 bidi", beside("c/a\u{202e}b"), "archive/path-control"),
    ]
}

fn bombs() -> Vec<Case> {
    let many = (0..20).fold(chart(), |tar, at| tar.file(&format!("c/f{at}"), &vec![0; 5 << 20]));
    let flood = (0..10_001).fold(chart(), |tar, at| tar.file(&format!("c/f{at}"), b""));
    let heavy = Tar::default().file("s/f", &vec![0; 3 << 20]).file("s/g", &vec![0; 4 << 20]).pack();
    let subcharts = (0..20).fold(chart(), |tar, at| tar.file(&format!("c/charts/s{at}.tgz"), &heavy));
    let deep = (0..20).fold(chart().pack(), |inner, _| chart().file("c/charts/s.tgz", &inner).pack());
    let bad_link = Tar::default().flagged(b'2', "s/x", b"").pack();
    vec![
        ("A25 zeros", gzip(&vec![0; 64 << 20]), "archive/tar-padding"),
        ("A25 file", chart().file("c/big", &vec![0; (5 << 20) + 1]).pack(), "archive/file-too-large"),
        ("A25 total", many.pack(), "archive/unpacked-too-large"),
        ("A26", flood.pack(), "archive/too-many-entries"),
        ("A27 budget", subcharts.pack(), "archive/unpacked-too-large"),
        ("A27 depth", deep, "archive/nesting-too-deep"),
        ("A19 inside", chart().file("c/charts/s.tgz", &bad_link).pack(), "archive/link"),
        ("A19 inside folder", chart().file("c/charts/d/charts/s.tgz", &bad_link).pack(), "archive/link"),
        ("not loaded", chart().file("c/charts/_s.tgz", &bad_link).pack(), "accepted"),
    ]
}

#[test]
fn refusals_say_where() {
    let inner = Tar::default().flagged(b'2', "s/x", b"").pack();
    let refusal = read(&chart().file("c/charts/s.tgz", &inner).pack()).unwrap_err();
    assert_eq!(refusal.innermost(), &Refusal::Link("s/x".to_owned()));
    assert_eq!(
        refusal.to_string(),
        "subchart archive \"charts/s.tgz\": \"s/x\" is a link: replace it by the file itself"
    );
    assert!(Refusal::UnpackedTooLarge.is_too_large() && !Refusal::Empty.is_too_large());
}

fn chart_yaml() -> Vec<Case> {
    let with = |line: &str| named(&format!("{CHART_YAML}{line}\n")).pack();
    let name = |name: &str| named(&format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n")).pack();
    let version = |version: &str| named(&format!("apiVersion: v2\nname: c\nversion: {version}\n")).pack();
    let requirements = |text: &str| chart().file("c/requirements.yaml", text.as_bytes()).pack();
    let alias = |alias: &str| {
        with(&format!("dependencies: [{{name: d, version: 1.0.0, repository: '', alias: {alias}}}]"))
    };
    let bomb = (1..9).fold("a0: &a0 [x,x]\n".to_owned(), |text, at| {
        format!("{text}a{at}: &a{at} [*a{0},*a{0},*a{0}]\n", at - 1)
    });
    vec![
        ("missing", Tar::default().file("c/values.yaml", b"").pack(), "chart/missing"),
        ("B01 name", requirements("name: evil\nversion: 9.9.9\n"), "chart/requirements-key"),
        ("B01 fine", requirements("dependencies: []\n"), "accepted"),
        ("B02 case", with("Dependencies: []"), "chart/folded-key"),
        ("B02 long s", with("dependencie\u{17f}: []"), "chart/folded-key"),
        ("B02 kelvin", with("\u{212a}eywords: []"), "chart/folded-key"),
        ("B02 inner", with("dependencies: [{Name: d}]"), "chart/folded-key"),
        ("unknown", with("maintainer: x"), "accepted"),
        ("B03 float", version("1.10"), "chart/unquoted"),
        ("B03 yes", name("yes"), "chart/unquoted"),
        ("B03 hex", version("0x10"), "chart/unquoted"),
        ("B03 underscore", version("1_0"), "chart/unquoted"),
        ("B04", named("a: &a {version: 3.0.0}\nname: c\nversion: 1.0.0\n<<: *a\n").pack(), "chart/anchor"),
        ("B05", with("version: 2.0.0"), "chart/duplicate-key"),
        ("B06 bidi", name("\"c\u{202e}\""), "chart/control-character"),
        ("B06 newline", name("\"c\\nd\""), "chart/control-character"),
        ("B06 upper", name("Cc"), "chart/name"),
        ("B06 long", name(&"c".repeat(64)), "chart/name-too-long"),
        ("B07", with("---\nname: d"), "chart/second-document"),
        ("B08 maintainers", with("maintainers: [null]"), "chart/null-entry"),
        ("B08 dependencies", with("dependencies: [null]"), "chart/null-entry"),
        ("B08 import", with("dependencies: [{name: d, import-values: [null]}]"), "chart/null-entry"),
        ("B08 empty", named("").pack(), "chart/name"),
        ("B08 list", named("[a]").pack(), "chart/malformed"),
        ("B09 path", alias("../../x"), "chart/alias"),
        ("B09 newline", alias("\"a\\nb\""), "chart/control-character"),
        ("B09 twice", with("dependencies: [{name: d}, {name: e, alias: d}]"), "chart/alias-twice"),
        ("B10 bomb", with(&bomb), "chart/anchor"),
        ("B10 flow", with(&format!("x: {}", "[".repeat(200_000))), "chart/yaml"),
        ("B10 maps", with(&format!("x: {}", "{a: ".repeat(50_000))), "chart/yaml"),
        ("B12", with(&format!("description: {}", "x".repeat(65 * 1024))), "chart/field-too-long"),
        ("B13 version", version("\"1.0.0\\u001b[2J\""), "chart/control-character"),
        ("B13 home", with("home: \"http://x\\u001b[2J\""), "chart/control-character"),
        ("B15 v", version("v1.2"), "chart/version"),
        ("B15 two v", version("vv1.2.3"), "chart/version"),
        ("B15 zero", version("01.2.3"), "chart/version"),
        ("B15 date", version("'2024-01-01'"), "chart/version"),
        ("A31 dot", name("."), "chart/name"),
        ("A31 dots", name(".."), "chart/name"),
        ("A31 slash", name("a/b"), "chart/name"),
        ("A31 backslash", name("'a\\b'"), "chart/name"),
        ("type", with("type: plugin"), "chart/not-loadable"),
    ]
}

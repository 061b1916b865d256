//! What the reader must give and refuse, in short texts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{YamlErrorKind, decode, parse, parse_strict};

#[test]
fn errors_speak_as_go_does() {
    let cases = [
        ("v: [1, 2\n", "yaml: line 1: did not find expected ',' or ']'"),
        ("a: 1\n b: 2\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("v: -\n", "yaml: block sequence entries are not allowed in this context"),
        ("\"a\": 1\n\"b\" : 2\n'c':3\n", "yaml: line 4: could not find expected ':'"),
        ("a: |3\n  x\n", "yaml: line 1: did not find expected key"),
        ("a: *nope\n", "yaml: unknown anchor 'nope' referenced"),
        ("a: \u{1}\n", "yaml: control characters are not allowed"),
        ("a: &a [*a]\n", "yaml: anchor 'a' value contains itself"),
        ("? {a: b}\n: value\n", "yaml: invalid map key: map[interface {}]interface {}{\"a\":\"b\"}"),
        ("v: .inf\n", "json: unsupported value: +Inf"),
        ("v: {~: d}\n", "unsupported map key of type: %!s(<nil>), key: <nil>, value: \"d\""),
    ];
    for (text, wanted) in cases {
        let error = decode(text.as_bytes()).err().map(|error| error.to_string());
        assert_eq!(
            error.as_deref(),
            Some(format!("error converting YAML to JSON: {wanted}").as_str()),
            "{text}"
        );
    }
}

#[test]
fn strict_reader_names_what_it_refuses() {
    let cases = [
        ("a: &x 1\n", YamlErrorKind::Anchor("x".into())),
        ("a: *x\n", YamlErrorKind::Alias("x".into())),
        ("<<: {a: 1}\n", YamlErrorKind::MergeKey),
        ("a: 1\n'a': 2\n", YamlErrorKind::DuplicateKey("a".into())),
        ("a: 1\n---\nb: 1\n", YamlErrorKind::SecondDocument),
    ];
    for (text, wanted) in cases {
        assert_eq!(parse_strict(text.as_bytes()).unwrap_err().kind, wanted, "{text}");
    }
    assert!(parse_strict(b"---\na: 1\n...\n").is_ok());
}

#[test]
fn nodes_know_their_places() {
    let text = "a: 1 # one\nb:\n  - \"x y\"\n  - {c: d}\n# end\n---\nsecond: doc\n";
    let documents = parse(text.as_bytes()).unwrap();
    assert_eq!(documents.len(), 2);
    let list = documents[0].get("b").unwrap();
    assert_eq!(&text[list.bytes.clone()], "- \"x y\"\n  - {c: d}");
    assert_eq!(&text[list.items()[0].bytes.clone()], "\"x y\"");
    assert_eq!(list.items()[1].line, 4);
    assert_eq!(documents[1].line, 7);
}

#[test]
fn deep_and_aliased_texts_end_soon() {
    let deep = "[".repeat(200_000);
    assert!(decode(deep.as_bytes()).is_err());
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(",");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let error = decode(bomb.as_bytes()).err().map(|error| error.to_string());
    assert!(error.is_some_and(|text| text.contains("excessive aliasing")));
    assert!(parse(bomb.as_bytes()).is_err());
}

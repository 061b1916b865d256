//! Cases of the regular expression functions, as Go answers them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::super::tests::{call, error};
use super::super::text::sprint;
use crate::value::Value;

fn s(text: &str) -> Value {
    Value::from(text)
}

#[test]
fn finds_replaces_and_splits() {
    let n = |n: i64| Value::from(n);
    for (name, args, want) in [
        ("regexFind", vec![s("(a|ab)(c|bcd)"), s("abcd")], "abcd"),
        ("regexFindAll", vec![s("a*"), s("baac"), n(-1)], "[ aa ]"),
        ("regexFindAll", vec![s("[0-9]+"), s("1 22 333"), n(2)], "[1 22]"),
        ("regexMatch", vec![s(r"^\w+$"), s("é")], "false"),
        ("regexMatch", vec![s(r"\Qa.b\E"), s("a.b")], "true"),
        ("regexMatch", vec![s("a{,2}"), s("a{,2}")], "true"),
        ("regexMatch", vec![s("[[:alpha:]&&b]"), s("&")], "true"),
        ("regexMatch", vec![s("["), s("[")], "false"),
        ("regexSplit", vec![s("[,;]+"), s("a,b;;c"), n(-1)], "[a b c]"),
        ("regexSplit", vec![s(""), s("abc"), n(-1)], "[a b c]"),
        ("regexSplit", vec![s(","), s("a,b,c"), n(2)], "[a b,c]"),
        ("regexReplaceAll", vec![s("(^|[^a-z])x"), s("x ax x"), s("$1y")], " ax"),
        ("regexReplaceAll", vec![s("(a)(b)?"), s("ac"), s("[$1$2]")], "[a]c"),
        ("regexReplaceAll", vec![s("(?P<n>a)"), s("ba"), s("${n}$$${")], "ba$${"),
        ("regexReplaceAll", vec![s("(?P<n>a)|(?P<n>b)"), s("ab"), s("[$n]")], "[a][b]"),
        ("regexReplaceAll", vec![s("a*"), s("baac"), s("x")], "xbxcx"),
        ("regexReplaceAll", vec![s("(?U)a+"), s("aaa"), s("b")], "bbb"),
        ("regexReplaceAll", vec![s("$"), s("a"), s("b")], "ab"),
    ] {
        assert_eq!(String::from_utf8(sprint(&call(name, &args))).unwrap(), want, "{name}");
    }
}

#[test]
fn errors_as_go_words_them() {
    for (pattern, want) in [
        (r"\1", r"invalid escape sequence: `\1`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("(a{100}){100}", "invalid repeat count: `{100}`"),
        ("(a", "missing closing ): `(a`"),
        ("a)", "unexpected ): `a)`"),
        ("[a", "missing closing ]: `[a`"),
        ("[b-a]", "invalid character class range: `b-a`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        (r"\p{No-Such}", r"invalid character class range: `\p{No-Such}`"),
        (r"a\", "trailing backslash at end of expression: ``"),
        ("(?P<n!>a)", "invalid named capture: `(?P<n!>`"),
        (r"\C", r"invalid escape sequence: `\C`"),
    ] {
        let text = error("mustRegexFind", &[s(pattern), s("")]);
        assert_eq!(text, format!("error parsing regexp: {want}"));
        let text = error("regexFind", &[s(pattern), s("")]);
        assert_eq!(text, format!("regexp: Compile(`{pattern}`): error parsing regexp: {want}"));
    }
}

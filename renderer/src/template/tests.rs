//! Small tables of templates, their output, their errors and their traces.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Run, Set, run};
use crate::functions::{Env, Helm, Records};
use crate::trace::{Trace, TraceData, ValuesPath};
use crate::value::{Str, Value};

fn env() -> Env {
    Env { helm: Helm::V3, seed: 0, clock_seconds: 0, records: Records::default() }
}

fn map(entries: Vec<(&str, Value)>) -> Value {
    Value::map(entries.into_iter().map(|(key, value)| (Str::from(key), value)).collect::<BTreeMap<_, _>>())
}

fn data() -> Value {
    let deep = map(vec![("d", "deep".into()), ("e", Value::list(vec![1.0.into(), 2.0.into()]))]);
    let m = map(vec![("a", 1.0.into()), ("b", "two".into()), ("c", deep)]);
    let list = Value::list(vec!["a".into(), "b".into(), "c".into()]);
    let nums = Value::list(vec![3.0.into(), 1.0.into(), 2.0.into()]);
    let values = map(vec![
        ("s", "hello".into()),
        ("num", 3.0.into()),
        ("big", 12_345_678.0.into()),
        ("nul", Value::nil()),
        ("t", true.into()),
        ("el", Value::list(Vec::new())),
        ("em", map(Vec::new())),
        ("list", list),
        ("nums", nums),
        ("m", m),
    ]);
    map(vec![("Values", values)])
}

/// Output, or `ERR` and Helm 3's text.
fn render(text: &str) -> String {
    let mut set = Set::new(Helm::V3);
    if let Err(error) = set.add("t", text) {
        return format!("ERR {}", error.helm_text(Helm::V3));
    }
    let mut env = env();
    match run(&Rc::new(set), "t", data(), &mut Run::new(&mut env)) {
        Ok(value) => super::without_no_value(value).as_string().unwrap().to_string(),
        Err(error) => format!("ERR {}", error.helm_text(Helm::V3))
            .replace("template: t:", "@")
            .replace("executing \"t\" ", ""),
    }
}

#[test]
fn outputs_and_errors_are_those_of_go() {
    for (text, want) in [
        ("line1\n{{- if true }}\nline2\n{{- end }}\nline3", "line1\nline2\nline3"),
        ("a  {{-    \"b\"    -}}   c", "abc"),
        ("{{/* c */}}a{{- /* d\nmulti\n*/ -}} b", "ab"),
        ("{{ if false }}a{{ else if true }}b{{ else }}c{{ end }}", "b"),
        ("{{ 1i }} {{ 1+2i }} {{ 'a' }} {{ 1e3 }}", "(0+1i) (1+2i) 97 1000"),
        ("{{ (.Values).s }} {{ ((.Values.m)).c.d }}", "hello deep"),
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"),
        (
            "{{ range $i, $e := .Values.list }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ $i }}{{ $e }}{{ end }}",
            "0a2c",
        ),
        ("{{ range $k, $v := .Values.m }}{{ $k }}={{ $v }};{{ end }}", "a=1;b=two;c=map[d:deep e:[1 2]];"),
        ("{{ range 3 }}{{ . }}{{ end }}{{ range .Values.el }}x{{ else }}none{{ end }}", "012none"),
        ("{{ with .Values.missing }}a{{ else with .Values.s }}{{ . }}{{ else }}c{{ end }}", "hello"),
        (
            "{{ define \"d\" }}<{{ . }}>{{ end }}{{ template \"d\" .Values.s }}{{ include \"d\" 3 }}",
            "<hello><3>",
        ),
        (
            "{{ define \"o\" }}outer{{ end }}{{ tpl \"{{ define \\\"o\\\" }}in{{ end }}{{ include \\\"o\\\" . }}\" . }} {{ include \"o\" . }}",
            "in outer",
        ),
        (
            "{{ and 1 0 2 }} {{ or 0 \"\" \"x\" }} {{ and false (fail \"no\") }} {{ 3 | print 1 2 }}",
            "0 x false 1 2 3",
        ),
        (
            "{{ .Values.big }} {{ print true nil 1.5 \"x\" }} {{ print nil }}",
            "1.2345678e+07 true <nil> 1.5x <nil>",
        ),
        ("{{ .Values.missing }}|{{ (.Values.missing).x }}|{{ $x := .Values.nul }}{{ $x.y }}|", "|||"),
        (
            "{{ eq \"a\" \"b\" \"a\" }} {{ eq .Values.missing .Values.nul }} {{ lt 1 2 }} {{ index .Values \"m\" \"c\" \"d\" }}",
            "true true true deep",
        ),
        ("{{ foo }}", "ERR parse error at (t:1): function \"foo\" not defined"),
        ("{{ .Values.s, 1 }}", "ERR parse error at (t:1): unexpected \",\" in operand"),
        ("\n{{ if true }}x", "ERR parse error at (t:2): unexpected EOF"),
        ("{{ \"a\"-}} b", "ERR parse error at (t:1): unexpected \"-\" in operand"),
        ("{{ nil.x }}", "ERR parse error at (t:1): unexpected . after term \"nil\""),
        (
            "{{ range $i, $j, $k := .Values.list }}{{ end }}",
            "ERR parse error at (t:1): too many declarations in range",
        ),
        ("{{ $a := $a }}", "ERR @1:9: at <$a>: undefined variable: $a"),
        ("{{ $x = 1 }}", "ERR @1:8: at <1>: undefined variable: $x"),
        (
            "{{ 18446744073709551615 }}",
            "ERR @1:3: at <18446744073709551615>: 18446744073709551615 overflows int",
        ),
        (
            "{{ (print \"a\") \"b\" }}",
            "ERR @1:3: at <(print \"a\") \"b\">: can't give argument to non-function print \"a\"",
        ),
        ("{{ .Values.s .x }}", "ERR @1:10: at <.Values.s>: s is not a method but has arguments"),
        (
            "{{ .Values.missing.sub.deep }}",
            "ERR @1:10: at <.Values.missing.sub.deep>: nil pointer evaluating interface {}.sub",
        ),
        ("{{ (index .Values.list 0).x }}", "ERR @1:23: at <0>: can't evaluate field x in type string"),
        (
            "{{ .Values.list.x }}",
            "ERR @1:10: at <.Values.list.x>: can't evaluate field x in type interface {}",
        ),
        (
            "{{ eq .Values.num 3 }}",
            "ERR @1:3: at <eq .Values.num 3>: error calling eq: incompatible types for comparison: float64 and int",
        ),
        ("{{ not eq 1 1 }}", "ERR @1:3: at <not>: wrong number of args for not: want 1 got 3"),
        ("{{ include 5 . }}", "ERR @1:11: at <5>: expected string; found 5"),
        (
            "{{ fail .Values.num }}",
            "ERR @1:15: at <.Values.num>: wrong type for value; expected string; got float64",
        ),
        ("{{ .Values.missing | printf }}", "ERR @1:21: at <printf>: invalid value; expected string"),
        ("{{ .Values.nul | required \"need\" }}", "ERR execution error at (t:1:17): need"),
        (
            "{{ include \"nope\" . }}",
            "ERR @1:3: at <include \"nope\" .>: error calling include: template: no template \"nope\" associated with template \"gotpl\"",
        ),
        (
            "{{ tpl \"{{ .Values.a.x }}\" . }}",
            "ERR @1:3: at <tpl \"{{ .Values.a.x }}\" .>: error calling tpl: error during tpl function execution for \"{{ .Values.a.x }}\": template: gotpl:1:10: executing \"gotpl\" at <.Values.a.x>: nil pointer evaluating interface {}.x",
        ),
        (
            "{{ eq .Values.m .Values.m }}",
            "ERR @1:3: at <eq .Values.m .Values.m>: error calling eq: non-comparable type map[a:%!s(float64=1) b:two c:map[d:deep e:[%!s(float64=1) %!s(float64=2)]]]: map[string]interface {}",
        ),
        ("{{ range .Values.s }}x{{ end }}", "ERR @1:16: at <.Values.s>: range can't iterate over hello"),
    ] {
        assert_eq!(render(text), want, "{text}");
    }
}

#[test]
fn helm_4_takes_nested_errors_apart() {
    let mut set = Set::new(Helm::V4);
    set.add("t", "{{ define \"o\" }}{{ include \"i\" . }}{{ end }}{{ define \"i\" }}{{ .a.b }}{{ end }}{{ include \"o\" . }}").unwrap();
    let mut env = env();
    let error = run(&Rc::new(set), "t", map(Vec::new()), &mut Run::new(&mut env)).err().unwrap();
    assert_eq!(
        error.helm_text(Helm::V4),
        "t:1:82\n  executing \"t\" at <include \"o\" .>:\n    error calling include:\nt:1:19\n  executing \"o\" at <include \"i\" .>:\n    error calling include:\nt:1:65\n  executing \"i\" at <.a.b>:\n    nil pointer evaluating interface {}.b"
    );
}

#[test]
fn endless_recursion_ends_with_a_limit() {
    for text in [
        "{{ define \"r\" }}{{ include \"r\" . }}{{ end }}{{ include \"r\" . }}",
        "{{ define \"r\" }}{{ if true }}{{ with . }}{{ template \"r\" (print (print .)) }}{{ end }}{{ end }}{{ end }}{{ template \"r\" . }}",
        "{{ define \"r\" }}{{ tpl \"{{ include \\\"r\\\" . }}\" . }}{{ end }}{{ include \"r\" . }}",
    ] {
        assert!(render(text).contains("limit reached"), "{text}: {}", render(text));
    }
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000));
    assert!(render(&deep).contains("limit reached"));
}

/// Gives every value under `path` its trace.
fn annotate(value: &Value, path: &Rc<ValuesPath>) -> Value {
    let copy = match value.as_map() {
        None => value.clone(),
        Some(entries) => Value::map(
            entries
                .entries
                .borrow()
                .iter()
                .map(|(key, item)| {
                    let path = ValuesPath { parent: Some(Rc::clone(path)), key: key.clone() };
                    (key.clone(), annotate(item, &Rc::new(path)))
                })
                .collect(),
        ),
    };
    copy.with_trace(Trace::path(Rc::clone(path)))
}

#[test]
fn traced_bytes_know_place_reads_and_conditions() {
    let text = "{{- if .Values.a.on }}\nspec:\n  type: {{ include \"q\" .Values.a }}\n{{ end }}";
    let root = Rc::new(ValuesPath { parent: None, key: "a".into() });
    let a = annotate(&map(vec![("on", true.into()), ("type", "LoadBalancer".into())]), &root);
    let data = map(vec![("Values", map(vec![("a", a)]))]);
    let mut set = Set::new(Helm::V4);
    set.add("h", "{{ define \"q\" }}{{ printf \"%q\" .type }}{{ end }}").unwrap();
    set.add("t", text).unwrap();
    let set = Rc::new(set);
    let mut env = env();
    let plain = run(&set, "t", data.clone(), &mut Run::new(&mut env)).unwrap();
    let mut traced_run = Run::new(&mut env);
    traced_run.traced = true;
    let traced = run(&set, "t", data, &mut traced_run).unwrap();
    let bytes = traced.as_string().unwrap();
    assert_eq!(plain.as_string().unwrap(), bytes);
    assert!(plain.trace.is_empty());
    let at = bytes.to_str().unwrap().find("LoadBalancer").unwrap();
    let Some(TraceData::Spans(spans)) = traced.trace.0.as_deref() else { panic!("no spans") };
    let source = &spans.iter().find(|span| span.range.contains(&at)).unwrap().source;
    assert_eq!(source.reads.iter().map(|path| path.dotted()).collect::<Vec<_>>(), ["a.type"]);
    let guard = source.guard.as_ref().unwrap();
    assert_eq!(guard.reads.iter().map(|path| path.dotted()).collect::<Vec<_>>(), ["a.on"]);
    let place = source.place.as_ref().unwrap();
    assert_eq!((&*place.template, place.line), ("h", 1));
    let caller = place.caller.as_ref().unwrap();
    assert_eq!((&*caller.template, caller.line), ("t", 3));
    let covered: usize = spans.iter().map(|span| span.range.len()).sum();
    assert_eq!(covered, bytes.len());
}

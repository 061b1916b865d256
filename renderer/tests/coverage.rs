//! Coverage of small charts against hand-written expectations, and that watching a render changes none of its bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::path::{Path, PathBuf};

use renderer::archive::{self, File};
use renderer::chart::{Chart, load_archive, load_files};
use renderer::coverage::{Branch, BranchKind, Coverage, Dependency};
use renderer::functions::Helm;
use renderer::render::{Prepared, RenderOptions};
use renderer::yaml;

const STACK_BYTES: usize = 256 * 1024 * 1024;
const TEMPLATE_STACK_BYTES: usize = 192 * 1024 * 1024;

/// Both generations run through the same evaluator; the second one is looked at for some charts.
const HELM_3_EVERY: usize = 5;

fn chart(files: &[(&str, &str)]) -> Chart {
    let metadata = ("Chart.yaml", "apiVersion: v2\nname: demo\nversion: 1.0.0\n");
    let own = files.iter().any(|(path, _)| *path == "Chart.yaml");
    let files: Vec<File> = files
        .iter()
        .chain((!own).then_some(&metadata))
        .map(|(path, text)| File { path: (*path).to_owned(), data: text.as_bytes().to_vec() })
        .collect();
    load_files(&files, Helm::V4).unwrap()
}

fn covered(files: &[(&str, &str)], user: &str) -> Coverage {
    let (rendered, coverage) = Prepared::new(&chart(files), Helm::V4)
        .covered(&yaml::decode_map(user.as_bytes()).unwrap(), &RenderOptions::default());
    rendered.unwrap();
    coverage
}

/// The branches of one template of one file.
fn branches<'c>(coverage: &'c Coverage, file: &str, name: &str) -> &'c [Branch] {
    let file = coverage.files.iter().find(|known| known.file == file).unwrap();
    &file.templates.iter().find(|template| template.name == name).unwrap().branches
}

fn values(path: &str) -> Dependency {
    Dependency::Values(path.to_owned())
}

const BRANCHES: &str = "\
{{ if .Values.a }}
a: 1
{{ else if .Values.b }}
b: 1
{{- range .Values.list }}
  {{- if eq . \"x\" }}
x: 1
  {{- end }}
{{- else }}
none: 1
{{- end }}
{{ else }}
c: 1
{{- with .Values.d }}
d: {{ . }}
{{- end }}
{{ end }}
";

#[test]
fn every_branch_has_its_counts_its_place_and_what_encloses_it() {
    let files = [("templates/t.yaml", BRANCHES), ("values.yaml", "a: false\nb: true\nlist: [x, u, v]\n")];
    let coverage = covered(&files, "");
    let file = "demo/templates/t.yaml";
    let seen: Vec<_> = branches(&coverage, file, file)
        .iter()
        .map(|b| (b.kind, (b.line, b.column), b.condition.as_str(), b.inside, (b.taken, b.evaluated)))
        .collect();
    let wanted = [
        (BranchKind::If, (1, 3), ".Values.a", None, (0, 1)),
        (BranchKind::ElseIf, (3, 8), ".Values.b", None, (1, 1)),
        (BranchKind::Range, (5, 4), ".Values.list", Some(1), (1, 1)),
        (BranchKind::If, (6, 6), "eq . \"x\"", Some(2), (1, 3)),
        (BranchKind::Else, (9, 4), "", Some(1), (0, 1)),
        (BranchKind::Else, (12, 3), "", None, (0, 1)),
        (BranchKind::With, (14, 4), ".Values.d", Some(5), (0, 0)),
    ];
    assert_eq!(seen, wanted);
    assert_eq!(coverage.taken_and_all(), (3, 7));
    let on = |at: usize| -> Vec<Dependency> {
        branches(&coverage, file, file)[at].depends_on.iter().cloned().collect()
    };
    assert_eq!(on(0), [values("a")]);
    assert_eq!(on(3), [values("list[0]"), values("list[1]"), values("list[2]")]);
    assert_eq!(on(5), [values("a"), values("b")], "an else rests on all conditions before it");
    assert!(on(6).is_empty(), "what was not evaluated depends on nothing that is known");
    assert_eq!(branches(&coverage, file, file)[6].mentions, [values("d")].into());
}

#[test]
fn the_text_names_what_did_not_run() {
    let files = [
        ("templates/t.yaml", BRANCHES),
        ("templates/_h.tpl", "{{ define \"unused\" }}{{ if .x }}{{ end }}{{ end }}"),
        ("values.yaml", "a: false\nb: true\nlist: [x, u, v]\n"),
    ];
    let wanted = "\
3 of 8 branches ran

templates/_h.tpl  0/1
  templates/_h.tpl:1 template \"unused\" was never called: 1 branches

templates/t.yaml  3/7
  templates/t.yaml:1:3 if .Values.a: never true  <- values a
  templates/t.yaml:9:4 else: never its turn  <- values list
  templates/t.yaml:12:3 else: never its turn  <- values a, values b
  templates/t.yaml:14:4 with .Values.d: not evaluated  <- values d
";
    assert_eq!(covered(&files, "").text("demo"), wanted);
}

/// A condition, and what it depends on when it is evaluated.
#[test]
fn conditions_know_every_kind_of_thing_that_they_depend_on() {
    let name = str::to_owned;
    let cases: &[(&str, &[Dependency])] = &[
        (".Values.missing", &[values("missing")]),
        (".Values.m.missing", &[values("m.missing")]),
        ("hasKey .Values \"key\"", &[values("key")]),
        ("hasKey .Values.m \"k\"", &[values("m.k")]),
        ("and .Values.m.k (eq .Values.s \"x\")", &[values("m.k"), values("s")]),
        ("and .Values.no .Values.s", &[values("no")]),
        ("default .Values.s .Values.no", &[values("no"), values("s")]),
        ("ternary .Values.s .Values.no .Values.m.k", &[values("m.k"), values("s")]),
        (
            "eq (printf \"%s-%s\" .Values.s .Release.Name) \"b\"",
            &[values("s"), Dependency::Release(name("Name"))],
        ),
        ("len .Values.l", &[values("l")]),
        (".Release.IsUpgrade", &[Dependency::Release(name("IsUpgrade"))]),
        ("semverCompare \">=1.19-0\" .Capabilities.KubeVersion.GitVersion", &[Dependency::KubeVersion]),
        ("gt (int .Capabilities.KubeVersion.Minor) 20", &[Dependency::KubeVersion]),
        ("hasPrefix \"v3\" .Capabilities.HelmVersion.Version", &[Dependency::HelmVersion]),
        (".Capabilities.APIVersions.Has \"x/v1\"", &[Dependency::ApiVersion(name("x/v1"))]),
        ("lookup \"v1\" \"Secret\" \"ns\" .Values.s", &[values("s"), Dependency::Lookup(name("v1/Secret"))]),
        ("(lookup \"v1\" \"Secret\" \"ns\" \"n\").data", &[Dependency::Lookup(name("v1/Secret"))]),
        ("getHostByName \"db\"", &[Dependency::Host(name("db"))]),
        ("contains \"q\" (randAlphaNum 8)", &[Dependency::Random(name("randAlphaNum"))]),
        ("uuidv4 | trunc 3 | eq \"abc\"", &[Dependency::Random(name("uuidv4"))]),
        ("eq (now | date \"2006\") \"1999\"", &[Dependency::Time(name("now"))]),
        ("gt (int64 now.Unix) 5", &[Dependency::Time(name("now"))]),
        ("include \"byVersion\" .", &[values("m.k"), Dependency::KubeVersion]),
        ("include \"never\" .", &[values("no")]),
        ("include \"unless\" .", &[values("m.k")]),
        ("eq (tpl \"{{ .Values.s }}\" .) \"x\"", &[values("s")]),
        ("$set", &[values("m.k")]),
        ("$unset", &[values("no")]),
        (".Chart.IsRoot", &[]),
        ("true", &[]),
    ];
    let helpers = "{{ define \"byVersion\" }}{{ if and .Values.m.k (semverCompare \">1\" .Capabilities.KubeVersion.Version) }}\
                   yes{{ end }}{{ end }}\
                   {{ define \"never\" }} {{ if .Values.no }}yes{{ end }} {{ end }}\
                   {{ define \"unless\" }}{{ if .Values.m.k }}{{ else }}yes{{ end }}{{ end }}";
    let mut text = String::from(
        "{{ $set := false }}{{ if .Values.m.k }}{{ $set = true }}{{ end }}\
         {{ $unset := false }}{{ if .Values.no }}{{ $unset = true }}{{ end }}",
    );
    for (condition, _) in cases {
        text.push_str(&format!("{{{{ if {condition} }}}}{{{{ end }}}}\n"));
    }
    let defaults = "m: {k: true}\ns: text\nl: [1]\nno: false\n";
    let files =
        [("templates/t.yaml", text.as_str()), ("templates/_h.tpl", helpers), ("values.yaml", defaults)];
    let coverage = covered(&files, "");
    let file = "demo/templates/t.yaml";
    let seen = &branches(&coverage, file, file)[2..];
    assert_eq!(seen.len(), cases.len());
    for (branch, (condition, wanted)) in seen.iter().zip(cases) {
        assert_eq!(branch.evaluated, 1, "{condition}");
        let on: Vec<Dependency> = branch.depends_on.iter().cloned().collect();
        assert_eq!(on, *wanted, "{condition}");
    }
}

/// A condition that is never evaluated, and what its text names.
#[test]
fn what_was_not_evaluated_mentions_its_switches() {
    let name = str::to_owned;
    let cases: &[(&str, &[Dependency])] = &[
        ("$.Values.a.b", &[values("a.b")]),
        ("index .Values \"a\" \"b.c\"", &[values("a.b.c")]),
        (
            "and .Values.x (or .Values.y .Release.IsInstall)",
            &[values("x"), values("y"), Dependency::Release(name("IsInstall"))],
        ),
        (
            "and (.Capabilities.APIVersions.Has \"x/v1\") .Capabilities.HelmVersion.Version",
            &[Dependency::HelmVersion, Dependency::ApiVersion(name("x/v1"))],
        ),
        ("semverCompare \">1\" .Capabilities.KubeVersion.Version", &[Dependency::KubeVersion]),
        ("lookup \"v1\" \"Secret\" \"a\" \"b\"", &[Dependency::Lookup(name("v1/Secret"))]),
        ("eq now (randInt 1 2)", &[Dependency::Random(name("randInt")), Dependency::Time(name("now"))]),
        ("include \"outer\" .", &[values("deep.one"), values("deep.two")]),
        (".local", &[]),
    ];
    let helpers = "{{ define \"outer\" }}{{ if .Values.deep.one }}{{ include \"inner\" . }}{{ end }}{{ end }}\
                   {{ define \"inner\" }}{{ .Values.deep.two }}{{ include \"outer\" . }}{{ end }}";
    let mut text = String::from("{{ if false }}");
    for (condition, _) in cases {
        text.push_str(&format!("{{{{ if {condition} }}}}{{{{ end }}}}\n"));
    }
    text.push_str("{{ end }}");
    let coverage = covered(&[("templates/t.yaml", text.as_str()), ("templates/_h.tpl", helpers)], "");
    let file = "demo/templates/t.yaml";
    for (branch, (condition, wanted)) in branches(&coverage, file, file)[1..].iter().zip(cases) {
        assert_eq!((branch.evaluated, branch.inside), (0, Some(0)), "{condition}");
        let mentions: Vec<Dependency> = branch.mentions.iter().cloned().collect();
        assert_eq!(mentions, *wanted, "{condition}");
    }
}

#[test]
fn subcharts_named_templates_and_texts_of_tpl_count_too() {
    let sub = "{{ if .Values.on }}a: 1{{ end }}{{ if .Values.global.g }}{{ if .Values.later }}b: 1{{ end }}{{ end }}";
    let files = [
        ("templates/a.yaml", "x: {{ include \"h\" . }}\ny: {{ include \"h\" . }}\n"),
        ("templates/b.yaml", "x: {{ tpl .Values.text . }}\n"),
        ("templates/_h.tpl", "{{ define \"h\" }}{{ if .Values.k }}1{{ else }}2{{ end }}{{ end }}"),
        ("values.yaml", "text: '{{ if .Values.k }}1{{ end }}'\n"),
        ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
        ("charts/sub/values.yaml", "on: true\n"),
        ("charts/sub/templates/s.yaml", sub),
    ];
    let coverage = covered(&files, "");
    let file = coverage.files.iter().find(|file| file.file == "demo/templates/_h.tpl").unwrap();
    let helper = file.templates.iter().find(|template| template.name == "h").unwrap();
    let caller = |line| ("demo/templates/a.yaml".to_owned(), line);
    assert_eq!((helper.runs, helper.called_from.as_slice()), (2, [caller(1), caller(2)].as_slice()));
    assert_eq!((helper.branches[0].taken, helper.branches[1].taken), (0, 2));
    let tpl = coverage.files.iter().find(|file| file.file == renderer::coverage::TPL).unwrap();
    assert_eq!(tpl.text.as_deref(), Some("{{ if .Values.k }}1{{ end }}"));
    assert_eq!(tpl.templates[0].called_from, [("demo/templates/b.yaml".to_owned(), 1)]);
    let file = "demo/charts/sub/templates/s.yaml";
    let in_sub = branches(&coverage, file, file);
    assert_eq!(in_sub[0].depends_on, [values("sub.on")].into());
    assert_eq!(in_sub[1].depends_on, [values("global.g")].into());
    assert_eq!(in_sub[2].mentions, [values("sub.later")].into());
}

#[test]
fn profiles_merge_into_one_coverage() {
    let files = [("templates/t.yaml", BRANCHES), ("values.yaml", "a: false\nb: true\nlist: [x]\n")];
    let profiles = ["", "a: true", "b: false", "list: []"];
    let mut all = Coverage::default();
    for profile in profiles {
        all.merge(covered(&files, profile));
    }
    assert_eq!(all.taken_and_all(), (6, 7));
    let file = "demo/templates/t.yaml";
    let first = &branches(&all, file, file)[0];
    assert_eq!((first.taken, first.evaluated), (1, 4));
    assert!(all.text("demo").ends_with("with .Values.d: never set  <- values d\n"));
    let json = serde_json::to_string(&all).unwrap();
    assert_eq!(serde_json::from_str::<Coverage>(&json).unwrap(), all);
    assert!(json.contains(r#""depends_on":[{"on":"values","name":"a"}]"#), "{json}");
}

#[test]
fn a_failed_render_says_what_ran_until_then() {
    let text = "{{ if .Values.a }}{{ fail \"no\" }}{{ end }}{{ if .Values.b }}{{ end }}";
    let (rendered, coverage) = Prepared::new(&chart(&[("templates/t.yaml", text)]), Helm::V4)
        .covered(&yaml::decode_map(b"a: true").unwrap(), &RenderOptions::default());
    assert!(rendered.is_err());
    let file = "demo/templates/t.yaml";
    let seen: Vec<u64> = branches(&coverage, file, file).iter().map(|branch| branch.evaluated).collect();
    assert_eq!(seen, [1, 0]);
}

fn shared() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    if shared.is_dir() {
        return Some(shared);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "the shared charts are absent");
    eprintln!("SKIPPED: the shared charts are absent, nothing was compared");
    None
}

#[test]
fn watched_renders_of_real_charts_have_the_same_bytes() {
    let Some(shared) = shared() else { return };
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || compare(&shared)).unwrap();
    let (charts, taken, all) = worker.join().unwrap();
    eprintln!("{charts} renders, {taken} of {all} branches ran");
    assert!(charts > 100 && taken > 0 && taken < all, "{charts} renders, {taken} of {all} branches");
}

fn compare(shared: &Path) -> (usize, usize, usize) {
    let mut seen = (0, 0, 0);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(shared.join("charts")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "tgz"));
    paths.sort();
    for (at, path) in paths.iter().enumerate() {
        let Ok(archive) = archive::read(&std::fs::read(path).unwrap()) else { continue };
        for helm in [Helm::V4, Helm::V3] {
            if helm == Helm::V3 && at % HELM_3_EVERY != 0 {
                continue;
            }
            let Ok(chart) = load_archive(&archive, helm) else { continue };
            let prepared = Prepared::new(&chart, helm);
            let options = RenderOptions { stack_bytes: TEMPLATE_STACK_BYTES, ..RenderOptions::default() };
            let user = renderer::values::empty();
            let (watched, coverage) = prepared.covered(&user, &options);
            let shown = |rendered: Result<renderer::render::Rendered, _>| match rendered {
                Ok(rendered) => {
                    let manifests = rendered.manifests.iter().chain(&rendered.hooks);
                    let texts: Vec<_> = manifests.map(|m| (m.source.clone(), m.text.clone())).collect();
                    Ok((texts, rendered.notes, rendered.records, rendered.warnings))
                }
                Err(error) => Err(error),
            };
            assert_eq!(
                shown(prepared.render(&user, &options)),
                shown(watched),
                "{} {helm:?}",
                path.display()
            );
            let (taken, all) = coverage.taken_and_all();
            seen = (seen.0 + 1, seen.1 + taken, seen.2 + all);
        }
    }
    seen
}

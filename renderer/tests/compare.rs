//! Where Helm 3 and Helm 4 do not agree about one chart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use renderer::archive::File;
use renderer::chart::{Chart, load_files};
use renderer::compare::{Comparison, Difference, compare};
use renderer::functions::Helm;
use renderer::render::RenderOptions;
use renderer::values;

fn charts(files: &[(&str, &str)]) -> [Chart; 2] {
    let files: Vec<File> = files
        .iter()
        .map(|(path, text)| File { path: (*path).to_owned(), data: text.as_bytes().to_vec() })
        .collect();
    [Helm::V3, Helm::V4].map(|helm| load_files(&files, helm).unwrap())
}

fn compared(files: &[(&str, &str)]) -> Comparison {
    let [v3, v4] = charts(files);
    let options = RenderOptions { traced: true, ..RenderOptions::default() };
    compare(&v3, &v4, &values::empty(), &options).unwrap()
}

const PARENT: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: parent\nversion: 1.0.0\n");
const SUBCHART: (&str, &str) = ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n");

/// Helm 3 drops the default that the parent's null names; Helm 4 keeps it. So one is open and the other closed.
#[test]
fn a_null_in_the_parents_values_takes_a_default_away_in_helm_3_only() {
    let comparison = compared(&[
        PARENT,
        ("values.yaml", "sub:\n  source: null\n"),
        SUBCHART,
        ("charts/sub/values.yaml", "source: 10.0.0.0/8\n"),
        (
            "charts/sub/templates/svc.yaml",
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: LoadBalancer\n\
             {{- if .Values.source }}\n  loadBalancerSourceRanges: [{{ .Values.source }}]\n{{- end }}\n",
        ),
    ]);
    let Comparison::Both { differences, .. } = comparison else { panic!("{comparison:?}") };
    let [Difference::Field(field)] = differences.as_slice() else { panic!("{differences:?}") };
    assert_eq!((field.object.kind.as_str(), field.object.name.as_str()), ("Service", "web"));
    assert_eq!(field.path, "spec.loadBalancerSourceRanges");
    assert_eq!(field.v3, None);
    let side = field.v4.as_ref().unwrap();
    assert_eq!(side.text, "[10.0.0.0/8]");
    let origin = side.origin.as_ref().unwrap();
    assert_eq!(origin.values, ["sub.source"]);
    assert_eq!((origin.template.as_str(), origin.line), ("parent/charts/sub/templates/svc.yaml", 8));
}

#[test]
fn objects_and_fields_of_one_generation_are_named() {
    let comparison = compared(&[
        PARENT,
        (
            "templates/all.yaml",
            "{{- $three := hasPrefix \"v3.\" .Capabilities.HelmVersion.Version }}\n\
             apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same}\ndata: {a: b}\n---\n\
             apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n\
             data: {list: [x, {{ ternary \"three\" \"four\" $three }}]}\n---\n\
             apiVersion: v1\nkind: Secret\nmetadata: {name: {{ ternary \"old\" \"new\" $three }}}\n",
        ),
    ]);
    let Comparison::Both { differences, .. } = comparison else { panic!("{comparison:?}") };
    let mut shown: Vec<String> = differences
        .iter()
        .map(|difference| match difference {
            Difference::OnlyV3(object) => format!("v3 {}/{}", object.kind, object.name),
            Difference::OnlyV4(object) => format!("v4 {}/{}", object.kind, object.name),
            Difference::Field(field) => {
                let text =
                    |side: &Option<renderer::compare::Side>| side.as_ref().map(|side| side.text.clone());
                format!("{} {:?} {:?}", field.path, text(&field.v3), text(&field.v4))
            }
        })
        .collect();
    shown.sort();
    assert_eq!(shown, ["data.list[1] Some(\"three\") Some(\"four\")", "v3 Secret/old", "v4 Secret/new"]);
}

#[test]
fn a_chart_that_one_generation_refuses_says_why() {
    let only_four = compared(&[PARENT, ("templates/a.yaml", "a: {{ mustToYaml 1 }}\n")]);
    let Comparison::OnlyV4 { v3, .. } = only_four else { panic!("{only_four:?}") };
    assert!(v3.to_string().contains("function \"mustToYaml\" not defined"), "{v3}");
    let neither = compared(&[PARENT, ("templates/a.yaml", "a: {{ fail \"no\" }}\n")]);
    assert!(matches!(neither, Comparison::Neither { .. }), "{neither:?}");
}

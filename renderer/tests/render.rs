//! The pipeline as a caller sees it: origins survive splitting, one preparation serves many value sets, refusals name their reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use renderer::archive::File;
use renderer::chart::{Chart, load_files};
use renderer::functions::Helm;
use renderer::render::{Prepared, RenderError, RenderOptions};
use renderer::{values, yaml};

const SERVICE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first}\n---\n{{ if .Values.a.open }}\napiVersion: v1\nkind: Service\nmetadata: {name: svc}\nspec:\n  type: {{ .Values.a.type | quote }}\n{{ end }}";

fn chart(helm: Helm, more: &[(&str, &str)]) -> Chart {
    let files =
        [("Chart.yaml", "apiVersion: v2\nname: demo\nversion: 1.0.0\n"), ("templates/svc.yaml", SERVICE)];
    let files: Vec<File> = files
        .iter()
        .chain(more)
        .map(|(path, text)| File { path: (*path).to_owned(), data: text.as_bytes().to_vec() })
        .collect();
    load_files(&files, helm).unwrap()
}

#[test]
fn origins_survive_splitting_and_change_no_byte() {
    for helm in [Helm::V3, Helm::V4] {
        let prepared = Prepared::new(&chart(helm, &[]), helm);
        let user = yaml::decode(b"a: {open: true, type: LoadBalancer}").unwrap();
        let plain = prepared.render(&user, &RenderOptions::default()).unwrap();
        let traced =
            prepared.render(&user, &RenderOptions { traced: true, ..RenderOptions::default() }).unwrap();
        let texts = |rendered: &renderer::render::Rendered| -> Vec<String> {
            rendered.manifests.iter().map(|manifest| manifest.text.clone()).collect()
        };
        assert_eq!(texts(&plain), texts(&traced));
        let service =
            traced.manifests.iter().find(|manifest| manifest.text.contains("kind: Service")).unwrap();
        let at = service.text.find("LoadBalancer").unwrap();
        let origin = service.origin(at..at + "LoadBalancer".len()).unwrap();
        assert_eq!((origin.template.as_str(), origin.line), ("demo/templates/svc.yaml", 10));
        assert_eq!(origin.values, ["a.type"]);
        assert_eq!(origin.conditions, ["a.open"]);
        assert!(plain.manifests[0].trace.is_empty());
    }
}

#[test]
fn one_preparation_serves_many_value_sets() {
    let prepared = Prepared::new(&chart(Helm::V4, &[]), Helm::V4);
    for (values, count) in
        [("a: {open: true, type: x}", 2), ("a: {open: false}", 1), ("a: {open: true, type: y}", 2)]
    {
        let user = yaml::decode(values.as_bytes()).unwrap();
        assert_eq!(
            prepared.render(&user, &RenderOptions::default()).unwrap().manifests.len(),
            count,
            "{values}"
        );
    }
}

#[test]
fn refusals_name_their_reason() {
    let remote = chart(Helm::V4, &[("values.schema.json", r#"{"$ref": "https://example.com/s.json"}"#)]);
    let error =
        Prepared::new(&remote, Helm::V4).render(&values::empty(), &RenderOptions::default()).unwrap_err();
    assert!(
        matches!(error, RenderError::Schema(_)) && error.to_string().contains("https://example.com/s.json")
    );
    let broken = chart(Helm::V4, &[("templates/b.yaml", "a: [")]);
    let user = yaml::decode(b"a: {}").unwrap();
    let error = Prepared::new(&broken, Helm::V4).render(&user, &RenderOptions::default()).unwrap_err();
    assert!(error.to_string().starts_with("YAML parse error on demo/templates/b.yaml: "), "{error}");
}

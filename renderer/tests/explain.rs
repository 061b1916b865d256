//! `template --explain` as a person sees it: where each field was written, which key of which layer fed it, what it stands under.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use renderer::archive::File;
use renderer::cli::{ChartInput, Outcome, Report, TemplateArgs, template};
use renderer::functions::Helm;

const FILES: &[(&str, &str)] = &[
    (
        "Chart.yaml",
        "apiVersion: v2\nname: demo\nversion: 1.0.0\ndependencies:\n- {name: sub, version: 1.0.0, repository: ''}\n\
         - {name: other, alias: second, version: 1.0.0, repository: '', import-values: [{child: given, parent: got}]}\n",
    ),
    (
        "values.yaml",
        "# defaults\nservice:\n  type: ClusterIP\n  ports:\n  - name: http\n    port: 80\n  - name: admin\n    port: 81\n\
         sub:\n  level: high\nenabled: true\nannotations:\n  example.com/team: web\n",
    ),
    ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
    ("charts/sub/values.yaml", "level: low\n\ncolour: red\n"),
    (
        "charts/sub/templates/c.yaml",
        "kind: ConfigMap\nmetadata: {name: sub}\ndata:\n  level: {{ .Values.level }}\n  colour: {{ .Values.colour | quote }}\n",
    ),
    ("charts/other/Chart.yaml", "apiVersion: v2\nname: other\nversion: 1.0.0\n"),
    ("charts/other/values.yaml", "given:\n  size: 3\nown: x\n"),
    (
        "charts/other/templates/c.yaml",
        "kind: ConfigMap\nmetadata: {name: other}\ndata: {own: {{ .Values.own }}}\n",
    ),
    ("templates/_h.tpl", "{{ define \"fullname\" -}}\n{{ .Release.Name }}-web\n{{- end }}"),
    (
        "templates/svc.yaml",
        "{{ if .Values.enabled }}\nkind: Service\nmetadata:\n  name: {{ include \"fullname\" . }}\n  annotations:\n    \
         {{- toYaml .Values.annotations | nindent 4 }}\nspec:\n  type: \"{{ .Values.service.type }}\"\n  size: {{ .Values.got.size }}\n  \
         missing: {{ .Values.nothing }}\n  cluster: {{ .Capabilities.KubeVersion.Version }}\n  ports:\n\
         {{- range .Values.service.ports }}\n  - port: {{ .port }}\n{{- end }}\n{{ end }}\n",
    ),
];

fn ask(field: &str, change: impl Fn(&mut TemplateArgs)) -> Outcome {
    let files: Vec<File> = FILES
        .iter()
        .map(|(path, text)| File { path: (*path).to_owned(), data: text.as_bytes().to_vec() })
        .collect();
    let mut args = TemplateArgs {
        helm: Helm::V4,
        name: Some("rel".to_owned()),
        report: Report::Explain(field.to_owned()),
        ..TemplateArgs::default()
    };
    change(&mut args);
    let read = |path: &str| match path {
        "prod.yaml" => Ok(b"# production\n\nservice:\n  type: NodePort\nsub: {level: mid}\n".to_vec()),
        "list.yaml" => Ok(b"service:\n  ports:\n  - port: 90\n".to_vec()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    template(&args, &ChartInput::Folder(files), &read)
}

fn explained(field: &str, change: impl Fn(&mut TemplateArgs)) -> String {
    let outcome = ask(field, change);
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (0, ""), "{field}");
    outcome.stdout
}

#[test]
fn a_field_names_its_template_line_and_the_layer_that_won() {
    let defaults = |_: &mut TemplateArgs| {};
    let file = |args: &mut TemplateArgs| args.value_files = vec!["prod.yaml".to_owned()];
    let both = |args: &mut TemplateArgs| {
        args.value_files = vec!["prod.yaml".to_owned()];
        args.set = vec!["service.type=LoadBalancer,sub.level=top".to_owned()];
    };
    let service = "Service/rel-web spec.type  <- templates/svc.yaml:8 <- values service.type";
    let under = "    under values enabled (values.yaml:11)\n";
    let flag = "--set service.type=LoadBalancer,sub.level=top";
    type Change<'c> = &'c dyn Fn(&mut TemplateArgs);
    let cases: [(&str, Change<'_>, String); 11] = [
        ("Service/rel-web spec.type", &defaults, format!("{service} (values.yaml:3)\n{under}")),
        ("Service/rel-web spec.type", &file, format!("{service} (prod.yaml:4)\n{under}")),
        ("spec.type", &both, format!("{service} ({flag})\n{under}")),
        (
            "ConfigMap/sub data.level",
            &defaults,
            "ConfigMap/sub data.level  <- charts/sub/templates/c.yaml:4 <- values sub.level (values.yaml:10)\n".to_owned(),
        ),
        (
            "ConfigMap/sub data.level",
            &file,
            "ConfigMap/sub data.level  <- charts/sub/templates/c.yaml:4 <- values sub.level (prod.yaml:5)\n".to_owned(),
        ),
        (
            "data.colour",
            &both,
            "ConfigMap/sub data.colour  <- charts/sub/templates/c.yaml:5 <- values sub.colour (charts/sub/values.yaml:3)\n"
                .to_owned(),
        ),
        (
            "data.own",
            &defaults,
            "ConfigMap/other data.own  <- charts/second/templates/c.yaml:3 <- values second.own (charts/other/values.yaml:3)\n"
                .to_owned(),
        ),
        (
            "spec.size",
            &defaults,
            format!(
                "Service/rel-web spec.size  <- templates/svc.yaml:9 <- values got.size (charts/other/values.yaml:2)\n{under}"
            ),
        ),
        (
            "spec.missing",
            &defaults,
            format!("Service/rel-web spec.missing  <- templates/svc.yaml:10\n{under}"),
        ),
        (
            "metadata.annotations.example.com/team",
            &defaults,
            format!(
                "Service/rel-web metadata.annotations[\"example.com/team\"]  <- templates/svc.yaml:6 \
                 <- values annotations.example.com/team (values.yaml:13)\n{under}"
            ),
        ),
        (
            "Service/rel-web spec.cluster",
            &defaults,
            format!("Service/rel-web spec.cluster  <- templates/svc.yaml:11 <- Kubernetes version\n{under}"),
        ),
    ];
    for (field, change, wanted) in cases {
        assert_eq!(explained(field, change), wanted, "{field}");
    }
}

#[test]
fn includes_are_shown_from_the_inside_out() {
    assert_eq!(
        explained("Service/rel-web metadata.name", |_| {}),
        "Service/rel-web metadata.name  <- templates/_h.tpl:2 <- templates/svc.yaml:4 <- release Name\n    \
         under values enabled (values.yaml:11)\n"
    );
}

#[test]
fn a_path_above_names_all_fields_below_and_lists_are_replaced_by_files_but_filled_by_flags() {
    let ports = |change: fn(&mut TemplateArgs)| explained("spec.ports", change);
    let line = |at: usize, port: &str, list: &str| {
        format!(
            "Service/rel-web spec.ports[{at}].port  <- templates/svc.yaml:14 <- values service.ports[{at}].port ({port})\n    \
             under values service.ports ({list}), enabled (values.yaml:11)\n"
        )
    };
    let wanted = line(0, "values.yaml:6", "values.yaml:4") + &line(1, "values.yaml:8", "values.yaml:4");
    assert_eq!(ports(|_| {}), wanted);
    let wanted = line(0, "list.yaml:3", "list.yaml:2");
    assert_eq!(ports(|args| args.value_files = vec!["list.yaml".to_owned()]), wanted);
    let both = ports(|args| {
        args.value_files = vec!["list.yaml".to_owned()];
        args.set = vec!["service.ports[1].port=7".to_owned()];
    });
    assert!(both.contains("ports[0].port (list.yaml:3)"), "{both}");
    assert!(both.contains("ports[1].port (--set service.ports[1].port=7)"), "{both}");
}

#[test]
fn what_is_not_there_is_refused_with_what_is_near() {
    for (field, wanted) in [
        ("spec.typ", "Error: no field spec.typ is rendered; near it: spec.type\n"),
        (
            "Service/rel-wep spec.type",
            "Error: no object Service/rel-wep is rendered; near it: Service/rel-web\n",
        ),
        (
            "Service/rel-web spec.clusters",
            "Error: no field spec.clusters is rendered in Service/rel-web; near it: spec.cluster\n",
        ),
        ("entirely.else.where", "Error: no field entirely.else.where is rendered\n"),
    ] {
        let outcome = ask(field, |_| {});
        assert_eq!((outcome.stdout.as_str(), outcome.exit), ("", 5), "{field}");
        assert_eq!(outcome.stderr, wanted);
    }
}

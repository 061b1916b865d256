//! What the journey needs of a server besides its doors: a sign-in link, another policy, charts to upload.

use std::path::{Path, PathBuf};

use crate::charts;
use crate::process::Server;

/// A fresh one-time link, on this server's address.
pub fn sign_in_link(server: &Server) -> String {
    let printed = server.data.done(&["admin", "sign-in-link"]);
    let at = printed.find("/sign-in").expect("a link");
    server.url(printed[at..].split_whitespace().next().expect("a path"))
}

/// Changes the policy of `charts`, as an operator would.
pub fn set_policy(server: &Server, text: &str) {
    std::fs::write(server.data_dir().join("policies/charts.toml"), text).expect("the policy can be written");
}

/// Writes `<name>-<version>.tgz` into `folder`: Chart.yaml, values and templates as given.
pub fn package(folder: &Path, name: &str, version: &str, files: &[(&str, &str)]) -> PathBuf {
    let about = charts::chart_yaml(name, version);
    let named: Vec<(String, &str)> = std::iter::once(&("Chart.yaml", about.as_str()))
        .chain(files)
        .map(|(file, text)| (format!("{name}/{file}"), *text))
        .collect();
    let files: Vec<(&str, &str)> = named.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let path = folder.join(format!("{name}-{version}.tgz"));
    std::fs::write(&path, charts::archive(&files)).expect("the archive can be written");
    path
}

/// Files of a chart that passes the default policy.
pub const CLEAN: &[(&str, &str)] = &[
    ("values.yaml", "greeting: hello\n"),
    (
        "templates/config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-greeting\ndata:\n  greeting: {{ .Values.greeting | quote }}\n",
    ),
];

/// Files of a chart that is blocked: a privileged container, and text that tries to be markup.
pub const BLOCKED: &[(&str, &str)] = &[
    ("values.yaml", "image: registry.example/agent:1.0.0\nprivileged: true\n"),
    (
        "templates/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: agent\n  annotations:\n    note: \"<script>document.title='owned'</script>\"\nspec:\n  containers:\n    - name: agent\n      image: {{ .Values.image }}\n      securityContext:\n        privileged: {{ .Values.privileged }}\n",
    ),
];

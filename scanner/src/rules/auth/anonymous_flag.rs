//! auth/anonymous-flag: a setting that lets strangers in.

use crate::finding::{Draft, Findings};
use crate::model::{Container, Field, ImageName, Object, Scene, assignments, data_entries, has_word};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "auth/anonymous-flag",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "A setting lets strangers in",
    explain: "The rendered configuration holds a setting with which the software asks nobody for a login, or accepts \
              an empty password. Turn it off and give the software a credential from a Secret. Waive it where only \
              the pod itself can reach the port.",
    bad: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, env: [{name: ALLOW_ANONYMOUS_LOGIN, value: 'yes'}]}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, args: [server, --auth-mode=server]}]}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {users.anonymous.enabled: 'true'}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {elasticsearch.yml: \"x: 1\\nxpack.security.enabled: false\\n\"}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {grafana.ini: \"[auth.anonymous]\\nenabled = true\\n\"}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, env: [{name: ALLOW_ANONYMOUS_LOGIN, value: 'no'}]}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: argocd, args: [--insecure]}]}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {elasticsearch.yml: \"# xpack.security.enabled: false\\n\"}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {grafana.ini: \"[auth.anonymous]\\nenabled = false\\n[auth.basic]\\nenabled = true\\n\"}}",
    ],
    peers: &[],
    compliance: &["NIST AC-14", "NIST IA-2", "NIST AC-3", "CSF PR.AA-03", "ISO 8.5", "ISO 8.9", "NSA-Auth"],
    check: Check::Objects(check),
};

const YES: &[&str] = &["true", "yes", "1", "on"];
const NO: &[&str] = &["false", "no", "0", "off"];

/// Settings by name, as environment variable, ConfigMap key or line of a configuration file: (name, values that open).
const NAMED: &[(&str, &[&str])] = &[
    ("ALLOW_ANONYMOUS_LOGIN", YES),
    ("ALLOW_EMPTY_PASSWORD", YES),
    ("ALLOW_NONE_AUTHENTICATION", YES),
    ("AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED", YES),
    ("AUTH_TYPE", &["disabled", "none"]),
    ("DISABLE_SECURITY_DASHBOARDS_PLUGIN", YES),
    ("DISABLE_SECURITY_PLUGIN", YES),
    ("ELASTICSEARCH_ENABLE_SECURITY", NO),
    ("GF_AUTH_ANONYMOUS_ENABLED", YES),
    ("MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", YES),
    ("MYSQL_ALLOW_EMPTY_PASSWORD", YES),
    ("NEO4J_AUTH", &["none"]),
    ("OPENSEARCH_ENABLE_SECURITY", NO),
    ("POSTGRES_HOST_AUTH_METHOD", &["trust"]),
    ("WEBUI_AUTH", NO),
    ("dbms.security.auth_enabled", NO),
    ("plugins.security.disabled", YES),
    ("server.disable.auth", YES),
    ("users.anonymous.enabled", YES),
    ("xpack.security.enabled", NO),
];

/// Pieces of command lines: (piece, images it concerns, a word that must stand there too; none and empty mean any).
const WORDS: &[(&str, &[&str], &str)] = &[
    ("--anonymous-auth=true", &[], ""),
    ("--auth none", &["code-server"], ""),
    ("--auth-mode server", &["argocli"], ""),
    ("--auth-mode=server", &[], ""),
    ("--auth=none", &["code-server"], ""),
    ("--disable-settings-authorizer", &[], ""),
    ("--enable-skip-login", &[], ""),
    ("--insecure", &["cockroach"], "start"),
    ("--insecure", &["cockroach"], "start-single-node"),
    ("--noauth", &["mongo", "mongodb"], ""),
    ("--protected-mode no", &[], ""),
    ("--skip-grant-tables", &[], ""),
    ("IdentityProvider.token=''", &[], ""),
    ("NotebookApp.token=''", &[], ""),
    ("ServerApp.token=''", &[], ""),
];

fn check(scene: &Scene<'_>, out: &mut Findings<'_>) {
    for pod in &scene.pods() {
        for container in pod.containers() {
            environment(&container, out);
            command_line(&container, out);
        }
    }
    for object in &scene.objects {
        for entry in data_entries(object) {
            if opens(entry.key, &entry.text) {
                report(object, &entry.field, entry.key, &entry.text, out);
            }
            for line in assignments(&entry.text).filter(|line| opens(line.name, line.value)) {
                report(object, &entry.field, line.name, line.value, out);
            }
            if has_anonymous_section(&entry.text) {
                report(object, &entry.field, "auth.anonymous.enabled", "true", out);
            }
        }
    }
}

fn environment(container: &Container<'_>, out: &mut Findings<'_>) {
    for item in container.field.get("env").iter().flat_map(Field::items) {
        let (Some(name), Some(value)) = (item.get("name"), item.get("value")) else { continue };
        if opens(&name.text(), &value.text()) {
            report(container.pod.object, &value, &name.text(), &value.text(), out);
        }
    }
}

fn command_line(container: &Container<'_>, out: &mut Findings<'_>) {
    let words = container.words();
    let image = container.image().map(|image| image.text()).unwrap_or_default();
    let base = ImageName::parse(&image).base();
    let line = words.iter().map(Field::text).collect::<Vec<_>>().join(" ");
    // Two words may make one flag (`--auth none`): each word is read together with the next.
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).map(|next| next.text()).unwrap_or_default();
        let own = word.text();
        let pair = format!("{own} {next}");
        for (piece, images, beside) in WORDS {
            let here = has_word(&own, piece) || (piece.contains(' ') && has_word(&pair, piece));
            let concerned = images.is_empty() || images.contains(&base);
            if here && concerned && (beside.is_empty() || has_word(&line, beside)) {
                let message = format!("{} runs with {piece}, which lets strangers in", container.label());
                out.push(Draft::at(container.pod.object, word).evidence(piece).message(message));
            }
        }
    }
}

fn opens(name: &str, value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    NAMED.iter().any(|(known, values)| *known == name && values.contains(&value.as_str()))
}

/// Grafana's INI: the section for strangers with `enabled = true` in it.
fn has_anonymous_section(text: &str) -> bool {
    let section = text.lines().skip_while(|line| line.trim() != "[auth.anonymous]").skip(1);
    let own: Vec<&str> = section.take_while(|line| !line.trim_start().starts_with('[')).collect();
    assignments(&own.join("\n")).any(|line| line.name == "enabled" && line.value == "true")
}

fn report(object: &Object<'_>, field: &Field<'_>, name: &str, value: &str, out: &mut Findings<'_>) {
    let message = format!("{} sets {name} to {value}, which lets strangers in", object.label());
    let leaf = name.rsplit('.').next().unwrap_or(name);
    let draft =
        Draft::at_line(object, field, &[name, value]).first(|key| key.ends_with(name) || key.ends_with(leaf));
    out.push(draft.evidence(&format!("{name}={value}")).message(message));
}

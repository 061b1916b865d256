//! auth/dummy-authenticator: a login that accepts anything.

use crate::finding::{Draft, Findings};
use crate::model::{Field, Object, Reach, Scene, assignments, data_entries, exposures};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "auth/dummy-authenticator",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Login accepts anything",
    explain: "An authenticator for tests lets anybody in under any name: it looks like a login and is none. When the \
              chart also opens a way in from outside this is critical. Configure a real authenticator (OIDC, LDAP). \
              Waive it for demonstrations that nobody else can reach.",
    bad: &[
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {values.yaml: \"hub:\\n  config:\\n    JupyterHub:\\n      authenticator_class: dummy\\n\"}}",
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {jupyterhub_config.py: \"c.JupyterHub.authenticator_class = 'jupyterhub.auth.DummyAuthenticator'\\n\"}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {config.yaml: \"connectors:\\n- type: mockCallback\\n\"}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, args: ['--email-domain=*', '--skip-auth-regex=.*']}]}}",
    ],
    good: &[
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {values.yaml: \"authenticator_class: ldapauthenticator.LDAPAuthenticator\\n\"}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {values.yaml: \"# authenticator_class: dummy\\n\"}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, args: ['--email-domain=*']}]}}",
    ],
    peers: &[],
    compliance: &["NIST IA-2", "NIST IA-5", "NIST AC-3", "CSF PR.AA-03", "ISO 8.5", "NSA-Auth"],
    check: Check::Objects(check),
};

/// (name, values that accept anything), in lines of configuration.
const NAMED: &[(&str, &[&str])] = &[
    ("authenticator_class", JUPYTERHUB),
    ("c.JupyterHub.authenticator_class", JUPYTERHUB),
    ("type", &["mockCallback", "mockPassword"]),
];

const JUPYTERHUB: &[&str] = &[
    "dummy",
    "dummyauthenticator.DummyAuthenticator",
    "jupyterhub.auth.DummyAuthenticator",
    "null",
    "nullauthenticator.NullAuthenticator",
];

fn check(scene: &Scene<'_>, out: &mut Findings<'_>) {
    for object in &scene.objects {
        for entry in data_entries(object) {
            for line in assignments(&entry.text) {
                if NAMED.iter().any(|(name, values)| *name == line.name && values.contains(&line.value)) {
                    report(scene, object, &entry.field, &format!("{} = {}", line.name, line.value), out);
                }
            }
        }
    }
    for pod in &scene.pods() {
        for container in pod.containers() {
            let words = container.words();
            let find = |texts: &[&str]| words.iter().find(|word| texts.contains(&word.text().as_str()));
            let all_mail = find(&["--email-domain=*", "--email-domains=*"]);
            let all_paths = find(&[
                "--skip-auth-regex=.*",
                "--skip-auth-route=.*",
                "--skip-auth-regex=/.*",
                "--skip-auth-regex=^/",
            ]);
            if let (Some(_), Some(word)) = (all_mail, all_paths) {
                report(scene, pod.object, word, &word.text(), out);
            }
        }
    }
}

fn report(scene: &Scene<'_>, object: &Object<'_>, field: &Field<'_>, what: &str, out: &mut Findings<'_>) {
    let severity = if is_exposed(scene, object) { Severity::Critical } else { Severity::High };
    let message = format!("{} configures a login that accepts anything: {what}", object.label());
    let (name, value) = what.split_once(" = ").unwrap_or((what, ""));
    let leaf = name.rsplit('.').next().unwrap_or(name);
    let draft = Draft::at_line(object, field, &[name, value]).first(|key| key.ends_with(leaf));
    out.push(draft.severity(severity).evidence(what).message(message));
}

/// Whether the same (sub)chart opens a way in from outside.
fn is_exposed(scene: &Scene<'_>, object: &Object<'_>) -> bool {
    let pods = scene.pods();
    exposures(scene, &pods).iter().any(|door| {
        door.reach == Reach::Anywhere
            && !door.targets.is_empty()
            && door.object.subchart_path() == object.subchart_path()
    })
}

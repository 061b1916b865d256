//! auth/default-password: a password that everybody knows.

use std::collections::BTreeSet;

use crate::finding::{Draft, Findings};
use crate::model::{Field, Leaf, Object, Scene, assignments, data_entries, leaves};
use crate::passwords::{is_known, is_password_name, url_password};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "auth/default-password",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Password that everybody knows",
    explain: "The chart sets a password that stands in its public default values, in documentation, or first in every \
              list of guesses: it asks for a login and gives everybody the answer. Let the chart generate one, demand \
              one (`required`), or take it from an existing Secret. Waive it where the component cannot be reached \
              by anybody but its one client.",
    bad: &[
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {admin-password: YWRtaW4=}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, env: [{name: ROUTER_PASSWORD, value: admin}]}]}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {app.properties: \"db.user=x\\ndb.password=postgres\\n\"}}",
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {connection: 'postgresql://app:changeme@db/app'}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {admin-password: eDhLcTJtTHpXNA==}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, env: [{name: PASSWORD_FILE, value: password}, {name: P_PASSWORD, valueFrom: {secretKeyRef: {name: s, key: password}}}]}]}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {app.properties: \"# db.password=postgres\\npassword=${DB_PASSWORD}\\n\"}}",
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {connection: 'postgresql://app@db/app'}}",
    ],
    peers: &["C-0012"],
    compliance: &["NIST IA-5", "NIST AC-3", "NIST CM-6", "CSF PR.AA-01", "ISO 5.17", "ISO 8.5", "NSA-Auth"],
    check: Check::Objects(check),
};

fn check(scene: &Scene<'_>, out: &mut Findings<'_>) {
    let product = |object: &Object<'_>| {
        let own = scene.chart.map_or("", |chart| chart.name);
        object.subchart_path().last().copied().unwrap_or(own).to_owned()
    };
    let pods = scene.pods();
    let mut hits = Vec::new();
    for object in &scene.objects {
        for entry in data_entries(object) {
            hits.extend(hits_of(object, &entry.field, entry.key, &entry.text, &product(object)));
        }
    }
    for pod in &pods {
        for container in pod.containers() {
            for item in container.field.get("env").iter().flat_map(Field::items) {
                let (Some(name), Some(value)) = (item.get("name"), item.get("value")) else { continue };
                hits.extend(hits_of(pod.object, &value, &name.text(), &value.text(), &product(pod.object)));
            }
        }
    }
    hits.sort_by_key(|hit| hit.form);
    let mut reported = BTreeSet::new();
    for hit in hits {
        report(&hit, &mut reported, out);
    }
    for leaf in scene.values.map(leaves).unwrap_or_default() {
        used_value(scene, &leaf, &mut reported, out);
    }
}

/// How plainly the password stands there; the plainest place is the one that is reported.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Whole,
    Line,
    Url,
}

struct Hit<'a> {
    form: Form,
    object: &'a Object<'a>,
    field: Field<'a>,
    name: String,
    password: String,
}

/// Passwords in a named text: the text itself, a line of a configuration file, the user part of a URL.
fn hits_of<'a>(
    object: &'a Object<'a>,
    field: &Field<'a>,
    name: &str,
    text: &str,
    product: &str,
) -> Vec<Hit<'a>> {
    let hit = |form, name: &str, password: &str| Hit {
        form,
        object,
        field: field.clone(),
        name: name.to_owned(),
        password: password.to_owned(),
    };
    if is_password_name(name) && is_known(text, product) {
        return vec![hit(Form::Whole, name, text.trim())];
    }
    let mut found = Vec::new();
    if let Some((user, password)) = url_password(text)
        && (is_known(password, product) || password == user)
    {
        found.push(hit(Form::Url, name, password));
    }
    if text.contains('\n') && !is_program(name) {
        let lines =
            assignments(text).filter(|line| is_password_name(line.name) && is_known(line.value, product));
        found.extend(lines.map(|line| hit(Form::Line, line.name, line.value)));
    }
    found
}

/// Programs assign variables to each other; `password = password` means nothing there.
fn is_program(name: &str) -> bool {
    const ENDINGS: &[&str] = &[".groovy", ".java", ".js", ".lua", ".php", ".pl", ".py", ".rb", ".sh", ".ts"];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Reports a hit unless its values key was reported: a password that reaches ten objects is one finding.
fn report(hit: &Hit<'_>, reported: &mut BTreeSet<String>, out: &mut Findings<'_>) {
    let draft = match hit.form {
        Form::Line => Draft::at_line(hit.object, &hit.field, &[&hit.name, &hit.password]),
        Form::Whole | Form::Url => Draft::at(hit.object, &hit.field),
    };
    let key = draft.content_keys().iter().find(|key| is_password_name(key)).cloned();
    if let Some(key) = key
        && !reported.insert(key)
    {
        return;
    }
    let message =
        format!("{} sets {} to the well-known password {:?}", hit.object.label(), hit.name, hit.password);
    out.push(draft.first(is_password_name).evidence(&hit.password).message(message));
}

/// A values key that is a known password and whose text some object carries, such as an argument of a job.
fn used_value(scene: &Scene<'_>, leaf: &Leaf<'_>, reported: &mut BTreeSet<String>, out: &mut Findings<'_>) {
    let name = leaf.path.rsplit('.').next().unwrap_or_default();
    let Some(password) = leaf.value.as_str().filter(|_| is_password_name(name)) else { return };
    if !is_known(password, "") || reported.contains(&leaf.path) {
        return;
    }
    for object in &scene.objects {
        for field in fields_with(object, password) {
            let draft = Draft::at(object, &field);
            if draft.content_keys().contains(&leaf.path) {
                reported.insert(leaf.path.clone());
                let message =
                    format!("{} carries {}, the well-known password {password:?}", object.label(), leaf.path);
                let draft = draft.first(|key| key == leaf.path).evidence(password);
                out.push(draft.message(message));
                return;
            }
        }
    }
}

/// Fields whose text, decoded where it is a Secret's, contains `password`.
fn fields_with<'a>(object: &'a Object<'a>, password: &str) -> Vec<Field<'a>> {
    let entries = data_entries(object);
    if !entries.is_empty() {
        return entries
            .into_iter()
            .filter(|entry| entry.text.contains(password))
            .map(|entry| entry.field)
            .collect();
    }
    object.root.scalars().into_iter().filter(|field| field.text().contains(password)).collect()
}

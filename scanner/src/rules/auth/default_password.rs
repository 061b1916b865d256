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
    let mut seen = Seen { product: scene.chart.map_or("", |chart| chart.name), keys: BTreeSet::new() };
    for object in &scene.objects {
        for entry in data_entries(object) {
            seen.entry(object, &entry.field, entry.key, &entry.text, out);
        }
        for pod in object.pods() {
            for container in pod.containers() {
                for item in container.field.get("env").iter().flat_map(Field::items) {
                    let (Some(name), Some(value)) = (item.get("name"), item.get("value")) else { continue };
                    seen.entry(object, &value, &name.text(), &value.text(), out);
                }
            }
        }
    }
    for leaf in scene.values.map(leaves).unwrap_or_default() {
        seen.used_value(scene, &leaf, out);
    }
}

/// What was reported already: a password that reaches ten objects is one finding, by its values key.
struct Seen<'a> {
    product: &'a str,
    keys: BTreeSet<String>,
}

impl Seen<'_> {
    /// A named text: the password itself, a configuration file with one in it, or a URL with one.
    fn entry(
        &mut self,
        object: &Object<'_>,
        field: &Field<'_>,
        name: &str,
        text: &str,
        out: &mut Findings<'_>,
    ) {
        if is_password_name(name) && self.is_known(text, object) {
            self.report(object, field, name, text.trim(), out);
            return;
        }
        if let Some((user, password)) = url_password(text)
            && (self.is_known(password, object) || password == user)
        {
            self.report(object, field, name, password, out);
        }
        if text.contains('\n') {
            for line in assignments(text) {
                if is_password_name(line.name) && self.is_known(line.value, object) {
                    self.report(object, field, line.name, line.value, out);
                }
            }
        }
    }

    fn is_known(&self, value: &str, object: &Object<'_>) -> bool {
        is_known(value, object.subchart_path().last().copied().unwrap_or(self.product))
    }

    fn report(
        &mut self,
        object: &Object<'_>,
        field: &Field<'_>,
        name: &str,
        password: &str,
        out: &mut Findings<'_>,
    ) {
        let draft = Draft::at(object, field);
        let key = draft.content_keys().iter().find(|key| is_password_name(key)).cloned();
        if let Some(key) = key
            && !self.keys.insert(key)
        {
            return;
        }
        let message = format!("{} sets {name} to the well-known password {password:?}", object.label());
        out.push(draft.first(is_password_name).evidence(password).message(message));
    }

    /// A values key that is a known password and whose text some object carries, such as an argument of a job.
    fn used_value(&mut self, scene: &Scene<'_>, leaf: &Leaf<'_>, out: &mut Findings<'_>) {
        let name = leaf.path.rsplit('.').next().unwrap_or_default();
        let Some(password) = leaf.value.as_str().filter(|_| is_password_name(name)) else { return };
        if !is_known(password, "") || self.keys.contains(&leaf.path) {
            return;
        }
        for object in &scene.objects {
            for field in object.root.scalars() {
                if !field.text().contains(password) {
                    continue;
                }
                let draft = Draft::at(object, &field);
                if draft.content_keys().contains(&leaf.path) {
                    self.keys.insert(leaf.path.clone());
                    let message = format!(
                        "{} carries {}, the well-known password {password:?}",
                        object.label(),
                        leaf.path
                    );
                    let path = leaf.path.clone();
                    out.push(draft.first(|key| key == path).evidence(password).message(message));
                    return;
                }
            }
        }
    }
}

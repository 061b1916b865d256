//! `.Capabilities`: the target's Kubernetes version and API versions, and Helm's own version. It asks no cluster.

use std::any::Any;
use std::rc::Rc;

use super::go_struct::{Field, GoStruct};
use crate::functions::Helm;
use crate::trace::{Dependency, Trace};
use crate::value::{Data, GoType, List, Object, Value};

/// API versions that both generations know without a cluster, in their order (the schemes of client-go 0.37 and apiextensions).
const API_VERSIONS: [&str; 57] = [
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

/// A Kubernetes version as templates see it. Helm: common.KubeVersion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// `v1.36.0-gke.1` (Helm 3 cuts what follows the numbers).
    pub version: String,
    /// Numbers only: what `kubeVersion` of a chart is checked against.
    pub normalized: String,
    pub major: String,
    pub minor: String,
}

impl KubeVersion {
    /// Reads `v1.36.0`, `1.36` or `1.36.0-gke.1`. Kubernetes: util/version.ParseGeneric.
    pub fn parse(text: &str, helm: Helm) -> Result<KubeVersion, String> {
        let wrong = || format!("could not parse {} as version", go_quote(text));
        let trimmed = text.trim().trim_start_matches('v');
        let numbers_end = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let numbers = trimmed[..numbers_end].trim_end_matches('.');
        let parts: Vec<&str> = numbers.split('.').collect();
        if parts.len() < 2 || parts.iter().any(|part| part.is_empty()) {
            return Err(wrong());
        }
        for part in &parts {
            if part.len() > 1 && part.starts_with('0') {
                return Err(format!(
                    "illegal zero-prefixed version component {} in {}",
                    go_quote(part),
                    go_quote(text)
                ));
            }
            part.parse::<u32>().map_err(|_| wrong())?;
        }
        let normalized = format!("v{}", parts.join("."));
        let version = match helm {
            Helm::V3 => normalized.clone(),
            Helm::V4 if text.starts_with('v') => text.to_owned(),
            Helm::V4 => format!("v{text}"),
        };
        Ok(KubeVersion { version, normalized, major: parts[0].to_owned(), minor: parts[1].to_owned() })
    }
}

fn go_quote(text: &str) -> String {
    format!("{text:?}")
}

/// What `.Capabilities` is made of.
#[derive(Clone, Debug)]
pub struct Capabilities {
    pub helm: Helm,
    pub kube_version: KubeVersion,
    /// Beyond the default ones.
    pub api_versions: Vec<String>,
    /// What templates read of it says where it comes from.
    pub traced: bool,
}

impl Capabilities {
    /// The object templates see. Helm: common.Capabilities.
    #[must_use]
    pub fn value(&self) -> Value {
        let package = |v3: GoType, v4: GoType| if self.helm == Helm::V3 { v3 } else { v4 };
        let kube = &self.kube_version;
        let shown = if self.helm == Helm::V3 { &kube.version } else { &kube.normalized };
        let mut kube_fields = vec![json("Version", &kube.version)];
        if self.helm == Helm::V4 {
            kube_fields.push(Field {
                name: "normalizedVersion",
                json: None,
                value: kube.normalized.as_str().into(),
            });
        }
        kube_fields.extend([json("Major", &kube.major), json("Minor", &kube.minor)]);
        let kube_object = GoStruct {
            type_name: package("chartutil.KubeVersion", "common.KubeVersion"),
            pointer: false,
            fields: kube_fields,
            methods: vec![("String", shown.as_str().into()), ("GitVersion", kube.version.as_str().into())],
            shown: Some(shown.clone()),
        };
        let kube_object = self.known(kube_object, &Dependency::KubeVersion);
        let mut versions: Vec<Value> = API_VERSIONS.iter().map(|name| Value::from(*name)).collect();
        versions.extend(self.api_versions.iter().map(|name| Value::from(name.as_str())));
        let set = VersionSet {
            type_name: package("chartutil.VersionSet", "common.VersionSet"),
            list: Rc::new(List { go_type: crate::value::LIST_STRING, items: versions }),
            traced: self.traced,
        };
        let mut set = Value::from(Data::Object(Rc::new(set)));
        if self.traced {
            set.trace = Trace::fact(Dependency::ApiVersion(String::new()));
        }
        let fields = vec![
            Field { name: "KubeVersion", json: Some("KubeVersion"), value: kube_object },
            Field { name: "APIVersions", json: Some("APIVersions"), value: set },
            Field { name: "HelmVersion", json: Some("HelmVersion"), value: self.helm_version() },
        ];
        GoStruct {
            type_name: package("*chartutil.Capabilities", "*common.Capabilities"),
            pointer: true,
            fields,
            methods: Vec::new(),
            shown: None,
        }
        .value()
    }

    fn helm_version(&self) -> Value {
        let field = |name, json, text: &str| Field {
            name,
            json: (!text.is_empty()).then_some(json),
            value: Value::from(text),
        };
        let mut fields = vec![
            field("Version", "version", if self.helm == Helm::V3 { "v3.22" } else { "v4.3" }),
            field("GitCommit", "git_commit", ""),
            field("GitTreeState", "git_tree_state", ""),
            field("GoVersion", "go_version", "go1.26.8"),
        ];
        if self.helm == Helm::V4 {
            fields.push(field("KubeClientVersion", "kube_client_version", "v1.37"));
        }
        let info = GoStruct {
            type_name: "version.BuildInfo",
            pointer: false,
            fields,
            methods: Vec::new(),
            shown: None,
        };
        self.known(info, &Dependency::HelmVersion)
    }

    /// The object, in a traced render with `fact` on it and on everything it offers.
    fn known(&self, mut object: GoStruct, fact: &Dependency) -> Value {
        if !self.traced {
            return object.value();
        }
        let trace = Trace::fact(fact.clone());
        for field in &mut object.fields {
            field.value.trace = trace.clone();
        }
        for (_, result) in &mut object.methods {
            result.trace = trace.clone();
        }
        object.value().with_trace(trace)
    }
}

fn json(name: &'static str, text: &str) -> Field {
    Field { name, json: Some(name), value: Value::from(text) }
}

/// A `[]string` with the method Has.
struct VersionSet {
    type_name: GoType,
    list: Rc<List>,
    traced: bool,
}

impl Object for VersionSet {
    fn type_name(&self) -> GoType {
        self.type_name
    }

    fn kind(&self) -> &'static str {
        "slice"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        if name != "Has" {
            return None;
        }
        Some(match args {
            [wanted] => match wanted.as_string() {
                Some(text) => {
                    let mut has =
                        Value::from(self.list.items.iter().any(|item| item.as_string() == Some(text)));
                    if self.traced {
                        let fact = Trace::fact(Dependency::ApiVersion(text.lossy().into_owned()));
                        has.trace = Trace::union([&fact, &wanted.trace]);
                    }
                    Ok(has)
                }
                None => Err(super::not_a_string(wanted)),
            },
            _ => Err(format!("wrong number of args for Has: want 1 got {}", args.len())),
        })
    }

    fn print(&self) -> String {
        let names: Vec<String> =
            self.list.items.iter().filter_map(|item| item.as_string().map(ToString::to_string)).collect();
        format!("[{}]", names.join(" "))
    }

    fn plain(&self) -> Value {
        Data::List(Rc::clone(&self.list)).into()
    }

    fn truth(&self) -> bool {
        !self.list.items.is_empty()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn versions_are_read_as_each_helm_reads_them() {
        let cases = [
            ("1.36.0", "v1.36.0", "v1.36.0"),
            ("v1.30", "v1.30", "v1.30"),
            ("v1.36.0-gke.1", "v1.36.0", "v1.36.0-gke.1"),
        ];
        for (text, v3, v4) in cases {
            assert_eq!(KubeVersion::parse(text, Helm::V3).unwrap().version, v3);
            let four = KubeVersion::parse(text, Helm::V4).unwrap();
            assert_eq!((four.version.as_str(), four.normalized.as_str()), (v4, v3));
        }
        assert_eq!(KubeVersion::parse("bad", Helm::V4).unwrap_err(), "could not parse \"bad\" as version");
    }
}

//! What something can depend on, and sets of it. Who depends on it is told in sources and guards.

use std::collections::HashSet;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::ValuesPath;

/// One thing that a value, a branch or a byte depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "on", content = "name", rename_all = "snake_case")]
pub enum Dependency {
    /// A dotted path into the values of the top chart. Sources keep these as [`ValuesPath`]s, not in this form.
    Values(String),
    /// `.Capabilities.HelmVersion`.
    HelmVersion,
    /// `.Capabilities.KubeVersion`.
    KubeVersion,
    /// An API version that `.Capabilities.APIVersions.Has` was asked for; empty for the whole list.
    ApiVersion(String),
    /// A field of `.Release`.
    Release(String),
    /// What `lookup` was asked for, as `apiVersion/kind`.
    Lookup(String),
    /// The name that `getHostByName` was asked for.
    Host(String),
    /// A function that draws random bytes or makes keys.
    Random(String),
    /// A function that reads the clock.
    Time(String),
}

impl std::fmt::Display for Dependency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Dependency::Values(path) => write!(f, "values {path}"),
            Dependency::HelmVersion => f.write_str("Helm version"),
            Dependency::KubeVersion => f.write_str("Kubernetes version"),
            Dependency::ApiVersion(name) if name.is_empty() => f.write_str("API versions"),
            Dependency::ApiVersion(name) => write!(f, "API version {name}"),
            Dependency::Release(field) => write!(f, "release {field}"),
            Dependency::Lookup(kind) => write!(f, "lookup {kind}"),
            Dependency::Host(name) => write!(f, "host {name}"),
            Dependency::Random(function) => write!(f, "random {function}"),
            Dependency::Time(function) => write!(f, "time {function}"),
        }
    }
}

/// Paths and facts, each once, in the order of their first appearance.
#[derive(Default)]
pub(crate) struct Reads {
    pub paths: Vec<Rc<ValuesPath>>,
    pub facts: Vec<Dependency>,
    seen: HashSet<Rc<ValuesPath>>,
}

impl Reads {
    pub fn add(&mut self, paths: &[Rc<ValuesPath>], facts: &[Dependency]) {
        for path in paths {
            if self.seen.insert(Rc::clone(path)) {
                self.paths.push(Rc::clone(path));
            }
        }
        for fact in facts {
            if !self.facts.contains(fact) {
                self.facts.push(fact.clone());
            }
        }
    }
}

//! YAML as Helm reads and writes it (sigs.k8s.io/yaml over goyaml.v2, goyaml.v3 for the pretty form).

mod node;

pub use node::{Entry, Node, NodeKind};

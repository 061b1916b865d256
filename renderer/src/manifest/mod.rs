//! Rendered text to manifests: split, classify, sort and print as Helm does.

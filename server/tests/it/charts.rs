//! Charts made from bytes: what `helm package` would write, and what it never would.

use std::io::Write as _;

/// A chart that passes the default policy: one ConfigMap.
pub fn clean(name: &str, version: &str) -> Vec<u8> {
    with_template(name, version, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n")
}

/// A chart with a finding that blocks: a privileged container.
pub fn privileged(name: &str, version: &str) -> Vec<u8> {
    with_template(
        name,
        version,
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n    - name: c\n      image: example.org/c:1.0.0\n      securityContext:\n        privileged: true\n",
    )
}

/// A chart that cannot be rendered.
pub fn broken(name: &str, version: &str) -> Vec<u8> {
    with_template(name, version, "{{ fail \"this chart cannot be rendered\" }}\n")
}

pub fn with_template(name: &str, version: &str, template: &str) -> Vec<u8> {
    archive(&[
        (&format!("{name}/Chart.yaml"), &chart_yaml(name, version)),
        (&format!("{name}/values.yaml"), "{}\n"),
        (&format!("{name}/templates/object.yaml"), template),
    ])
}

pub fn chart_yaml(name: &str, version: &str) -> String {
    format!("apiVersion: v2\nname: {name}\nversion: {version}\ndescription: made by a test\n")
}

/// A gzipped tar of these files.
pub fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1_700_000_000);
        header.set_entry_type(tar::EntryType::Regular);
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    gzip(&tar.into_inner().unwrap())
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

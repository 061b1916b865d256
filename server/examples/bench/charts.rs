//! Charts made from a seed: the same seed gives the same bytes. What fills them does not compress, as digests and
//! images do not, so that sizes on the wire are honest.

use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::Outcome;

#[derive(clap::Args)]
pub struct Args {
    #[arg(long)]
    folder: PathBuf,
    #[arg(long, default_value_t = 100)]
    count: usize,
    /// Bytes of filling in each
    #[arg(long, default_value_t = 1_000)]
    filling: usize,
}

/// Writes `count` charts of as many names.
pub fn run(args: &Args) -> Outcome<()> {
    std::fs::create_dir_all(&args.folder)?;
    for number in 0..args.count {
        let name = format!("upstream-{number:05}");
        std::fs::write(
            args.folder.join(format!("{name}-1.0.0.tgz")),
            archive(&name, "1.0.0", args.filling)?,
        )?;
    }
    Ok(())
}

/// `length` bytes that no compressor makes smaller.
pub fn noise(seed: &str, length: usize) -> Vec<u8> {
    let blocks = (0_u64..).flat_map(|block| {
        let mut hasher = Sha256::new_with_prefix(seed.as_bytes());
        hasher.update(block.to_le_bytes());
        hasher.finalize().to_vec()
    });
    blocks.take(length).collect()
}

/// The Chart.yaml of a version, about as long as public charts have it: 1 KB.
pub fn metadata(name: &str, version: &str) -> Value {
    json!({
        "apiVersion": "v2",
        "name": name,
        "version": version,
        "appVersion": version,
        "type": "application",
        "kubeVersion": ">=1.25.0-0",
        "description": format!("{name} is one of the charts that the benchmarks are made with; its text is as long as others are"),
        "home": format!("https://charts.example.com/{name}"),
        "icon": format!("https://charts.example.com/{name}/icon.svg"),
        "keywords": ["database", "monitoring", name],
        "sources": [format!("https://git.example.com/{name}/chart"), format!("https://git.example.com/{name}/app")],
        "maintainers": [{ "name": "Platform Team", "email": "platform@example.com", "url": "https://example.com" }],
        "annotations": {
            "category": "Infrastructure",
            "licenses": "Apache-2.0",
            "images": format!("- name: {name}\n  image: registry.example.com/{name}:{version}\n"),
        },
        "dependencies": [
            { "name": "common", "version": "2.x.x", "repository": "https://charts.example.com/library", "tags": ["library"] },
        ],
    })
}

/// A chart archive with a Chart.yaml, one template and `filling` bytes that do not compress.
pub fn archive(name: &str, version: &str, filling: usize) -> Outcome<Vec<u8>> {
    const TEMPLATE: &str =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  key: value\n";
    let chart = serde_json::to_vec(&metadata(name, version))?;
    // Base64 keeps the filling text; what it adds, compression takes away again.
    let filling = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        noise(&format!("{name} {version}"), filling),
    );
    let files: [(&str, &[u8]); 3] = [
        ("Chart.yaml", &chart),
        ("templates/configmap.yaml", TEMPLATE.as_bytes()),
        ("files/filling.txt", filling.as_bytes()),
    ];
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_entry_type(tar::EntryType::Regular);
        tar.append_data(&mut header, format!("{name}/{path}"), bytes)?;
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&tar.into_inner()?)?;
    Ok(gzip.finish()?)
}

/// The OCI manifest that Helm would write for config and archive.
pub fn manifest(config: &[u8], archive: &[u8]) -> Vec<u8> {
    let described = |media_type: &str, bytes: &[u8]| json!({ "mediaType": media_type, "digest": server::model::Digest::of(bytes).as_str(), "size": bytes.len() });
    let manifest = json!({
        "schemaVersion": 2,
        "config": described(server::registry::CONFIG_TYPE, config),
        "layers": [described(server::registry::CHART_LAYER_TYPE, archive)],
    });
    manifest.to_string().into_bytes()
}

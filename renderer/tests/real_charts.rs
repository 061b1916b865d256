//! Real charts as their projects publish them: every one is read, and none is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::path::Path;

use renderer::archive;
use renderer::chart::{identity, load_archive};
use renderer::functions::Helm;

#[test]
fn real_charts_are_accepted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/charts");
    if !folder.is_dir() {
        assert!(std::env::var("CI").is_err(), "{} is missing", folder.display());
        println!("SKIPPED: {} is missing", folder.display());
        return;
    }
    let mut names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let mut wrong = Vec::new();
    let mut count = 0;
    for name in names.iter().filter_map(|name| name.to_str()).filter(|name| name.ends_with(".tgz")) {
        count += 1;
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let archive = match archive::read(&bytes) {
            Ok(archive) => archive,
            Err(refusal) => {
                wrong.push(format!("{name}: {refusal}"));
                continue;
            }
        };
        if let Err(refusal) = identity(&archive) {
            wrong.push(format!("{name}: {}: {refusal}", refusal.slug()));
        }
        for helm in [Helm::V3, Helm::V4] {
            if let Err(error) = load_archive(&archive, helm) {
                wrong.push(format!("{name}: {helm:?}: {error}"));
            }
        }
    }
    assert!(count >= 100, "only {count} charts in {}", folder.display());
    assert!(wrong.is_empty(), "{} of {count} charts:\n{}", wrong.len(), wrong.join("\n"));
}

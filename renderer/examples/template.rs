//! `template [NAME] CHART [flags]` over the library function: a thin program for comparing with Helm.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::{Path, PathBuf};

use renderer::archive::File;
use renderer::cli::{ChartInput, Outcome, Report, TemplateArgs, template};
use renderer::functions::Helm;

const STACK_BYTES: usize = 256 * 1024 * 1024;
const TEMPLATE_STACK_BYTES: usize = 192 * 1024 * 1024;

fn main() {
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run);
    let outcome = worker.ok().and_then(|worker| worker.join().ok()).unwrap_or_else(|| failed("Error: panic"));
    print!("{}", outcome.stdout);
    eprint!("{}", outcome.stderr);
    std::process::exit(outcome.exit);
}

fn failed(text: &str) -> Outcome {
    Outcome { stdout: String::new(), stderr: format!("{text}\n"), exit: 1 }
}

fn run() -> Outcome {
    let mut args = TemplateArgs { stack_bytes: TEMPLATE_STACK_BYTES, ..TemplateArgs::default() };
    let mut positional = Vec::new();
    let mut words = std::env::args().skip(2);
    while let Some(word) = words.next() {
        let (flag, inline) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag.to_owned(), Some(value.to_owned())),
            _ => (word, None),
        };
        let mut value = || inline.clone().or_else(|| words.next()).unwrap_or_default();
        match flag.as_str() {
            "--helm" => args.helm = if value() == "3" { Helm::V3 } else { Helm::V4 },
            "-f" | "--values" => args.value_files.extend(value().split(',').map(str::to_owned)),
            "--set" => args.set.push(value()),
            "--set-string" => args.set_string.push(value()),
            "--set-json" => args.set_json.push(value()),
            "--set-literal" => args.set_literal.push(value()),
            "--set-file" => args.set_file.push(value()),
            "--namespace" | "-n" => args.namespace = value(),
            "--kube-version" => args.kube_version = Some(value()),
            "--api-versions" | "-a" => args.api_versions.extend(value().split(',').map(str::to_owned)),
            "--show-only" | "-s" => args.show_only.push(value()),
            "--name-template" => args.name_template = Some(value()),
            "--output-dir" => args.output_dir = Some(value()),
            "--version" | "--description" | "--labels" => drop(value()),
            "--include-crds" => args.include_crds = true,
            "--no-hooks" => args.no_hooks = true,
            "--skip-tests" => args.skip_tests = true,
            "--skip-schema-validation" => args.skip_schema_validation = true,
            "--is-upgrade" => args.is_upgrade = true,
            "--coverage" if inline.as_deref() == Some("json") => args.report = Report::CoverageJson,
            "--coverage" => args.report = Report::Coverage,
            "--explain" => args.report = Report::Explain(value()),
            "--generate-name" | "-g" => args.generate_name = true,
            "--validate" => args.validate = true,
            "--release-name"
            | "--skip-crds"
            | "--hide-notes"
            | "--render-subchart-notes"
            | "--dry-run"
            | "--debug" => {}
            other if other.starts_with('-') => return failed(&format!("Error: unknown flag: {other}")),
            _ => positional.push(flag),
        }
    }
    let Some(path) = positional.pop() else { return failed("Error: CHART is missing") };
    args.name = positional.pop();
    match chart(Path::new(&path)) {
        Ok(input) => template(&args, &input, &|path| std::fs::read(path)),
        Err(error) => failed(&format!("Error: {path}: {error}")),
    }
}

fn chart(path: &Path) -> std::io::Result<ChartInput> {
    if path.is_file() {
        return Ok(ChartInput::Archive(std::fs::read(path)?));
    }
    let mut files = Vec::new();
    walk(path, &PathBuf::new(), &mut files)?;
    Ok(ChartInput::Folder(files))
}

fn walk(root: &Path, below: &Path, files: &mut Vec<File>) -> std::io::Result<()> {
    let mut names: Vec<_> =
        std::fs::read_dir(root.join(below))?.filter_map(|entry| entry.ok().map(|e| e.file_name())).collect();
    names.sort();
    for name in names {
        let path = below.join(name);
        if root.join(&path).is_dir() {
            walk(root, &path, files)?;
        } else {
            files.push(File {
                data: std::fs::read(root.join(&path))?,
                path: path.to_string_lossy().into_owned(),
            });
        }
    }
    Ok(())
}

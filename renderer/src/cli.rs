//! `helm template` as a function: arguments and files already read in, texts and an exit code out. It opens nothing; a reader is handed in.

mod layers;

use std::io;

use crate::archive::{self, File};
use crate::chart::{self, Chart};
use crate::explain::{Layers, explain};
use crate::functions::Helm;
use crate::manifest::{Selection, print};
use crate::render::{Prepared, RenderError, RenderOptions};
use crate::value::Value;
use crate::values::{self, strvals};

/// Release names may be this long (Helm: chartutil.ValidateReleaseName).
const RELEASE_NAME_BYTES_MAX: usize = 53;
/// Exit code of every failure, as Helm has it.
const EXIT_FAILURE: i32 = 1;

/// Exit code when no field is called as `--explain` says.
const EXIT_NOT_FOUND: i32 = 5;

/// Arguments of `template`, under the names of Helm's flags.
#[derive(Clone, Debug, Default)]
pub struct TemplateArgs {
    pub helm: Helm,
    /// First positional argument where two are given.
    pub name: Option<String>,
    pub generate_name: bool,
    pub name_template: Option<String>,
    pub namespace: String,
    /// `-f`: paths, in order.
    pub value_files: Vec<String>,
    pub set: Vec<String>,
    pub set_string: Vec<String>,
    pub set_json: Vec<String>,
    pub set_literal: Vec<String>,
    pub set_file: Vec<String>,
    pub kube_version: Option<String>,
    /// `--api-versions`, commas already split.
    pub api_versions: Vec<String>,
    pub include_crds: bool,
    pub no_hooks: bool,
    pub skip_tests: bool,
    pub skip_schema_validation: bool,
    pub is_upgrade: bool,
    pub show_only: Vec<String>,
    /// Refused: it needs a cluster.
    pub validate: bool,
    /// Refused: this function writes no files.
    pub output_dir: Option<String>,
    /// Now, seconds since 1970-01-01 UTC, for `now` and generated names.
    pub clock_seconds: i64,
    pub seed: u64,
    /// Stack that templates may use, bytes; 0 for the default.
    pub stack_bytes: usize,
    /// What to print instead of the manifests.
    pub report: Report,
}

/// What the command prints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Report {
    /// What `helm template` prints.
    #[default]
    Manifests,
    /// Which branches of the templates ran.
    Coverage,
    /// The same as JSON: [`crate::coverage::Coverage`].
    CoverageJson,
    /// Where a field comes from: `KIND/NAME PATH` or `PATH`.
    Explain(String),
}

/// A chart as the caller found it.
#[derive(Clone, Debug)]
pub enum ChartInput {
    /// A packed chart.
    Archive(Vec<u8>),
    /// Every file of a folder, paths below it, sorted as Helm walks: `.helmignore` is applied here.
    Folder(Vec<File>),
}

/// What the command prints and returns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub exit: i32,
}

/// Runs `template`. `read` opens the files of `-f` and `--set-file`.
#[must_use]
pub fn template(
    args: &TemplateArgs,
    chart: &ChartInput,
    read: &dyn Fn(&str) -> io::Result<Vec<u8>>,
) -> Outcome {
    match run(args, chart, read) {
        Ok(outcome) => outcome,
        Err(text) => {
            Outcome { stdout: String::new(), stderr: format!("Error: {text}\n"), exit: EXIT_FAILURE }
        }
    }
}

fn run(
    args: &TemplateArgs,
    input: &ChartInput,
    read: &dyn Fn(&str) -> io::Result<Vec<u8>>,
) -> Result<Outcome, String> {
    if args.validate {
        return Err(
            "--validate needs a cluster, and charts are rendered without one. Leave the flag out".to_owned()
        );
    }
    if let Some(folder) = &args.output_dir {
        return Err(format!(
            "--output-dir {folder} is not supported. Redirect standard output into a file instead"
        ));
    }
    let options = options(args)?;
    let user = user_values(args, read)?;
    let chart = load(input, args.helm)?;
    installable(&chart, args.helm)?;
    check_release_name(&options.release_name, args.helm)?;
    let prepared = Prepared::new(&chart, args.helm);
    match &args.report {
        Report::Manifests => {}
        Report::Coverage | Report::CoverageJson => return covered(args, &prepared, &user, &options),
        Report::Explain(field) => {
            let layers = Layers::new(args.helm, &chart, layers::given(args, read)?);
            let options = RenderOptions { traced: true, ..options };
            let rendered = prepared.render(&user, &options).map_err(|error| failure(&error, args.helm))?;
            return Ok(match explain(&rendered, prepared.chart_name(), &layers, field) {
                Ok(stdout) => Outcome { stdout, stderr: String::new(), exit: 0 },
                Err(text) => {
                    let stderr = format!("Error: {text}\n");
                    Outcome { stdout: String::new(), stderr, exit: EXIT_NOT_FOUND }
                }
            });
        }
    }
    let rendered = prepared.render(&user, &options).map_err(|error| failure(&error, args.helm))?;
    let selection = Selection {
        include_crds: args.include_crds,
        no_hooks: args.no_hooks,
        skip_tests: args.skip_tests,
        show_only: args.show_only.clone(),
    };
    let stdout = print(args.helm, &rendered, &selection)?;
    let stderr = rendered.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
    Ok(Outcome { stdout, stderr, exit: 0 })
}

/// Prints what ran, also where a template failed: then what ran until there.
fn covered(
    args: &TemplateArgs,
    prepared: &Prepared,
    user: &Value,
    options: &RenderOptions,
) -> Result<Outcome, String> {
    let (rendered, coverage) = prepared.covered(user, options);
    let stdout = match args.report {
        Report::CoverageJson => {
            let text = serde_json::to_string_pretty(&coverage).map_err(|error| error.to_string())?;
            format!("{text}\n")
        }
        _ => coverage.text(prepared.chart_name()),
    };
    Ok(match rendered {
        Ok(_) => Outcome { stdout, stderr: String::new(), exit: 0 },
        Err(error) => {
            let stdout = if coverage.files.is_empty() { String::new() } else { stdout };
            let stderr = format!("Error: {}\n", failure(&error, args.helm));
            Outcome { stdout, stderr, exit: EXIT_FAILURE }
        }
    })
}

fn failure(error: &RenderError, helm: Helm) -> String {
    let text = error.helm_text(helm);
    match error {
        error if error.while_rendering() => format!("{text}\n\nUse --debug flag to render out invalid YAML"),
        RenderError::Values(_) if helm == Helm::V4 => format!("chart dependencies processing failed: {text}"),
        _ => text,
    }
}

fn options(args: &TemplateArgs) -> Result<RenderOptions, String> {
    let defaults = RenderOptions::default();
    let kube_version = args.kube_version.clone().unwrap_or_else(|| defaults.kube_version.clone());
    crate::helm::KubeVersion::parse(&kube_version, args.helm)
        .map_err(|why| format!("invalid kube version '{kube_version}': {why}"))?;
    Ok(RenderOptions {
        helm: args.helm,
        release_name: release_name(args)?,
        namespace: if args.namespace.is_empty() {
            defaults.namespace.clone()
        } else {
            args.namespace.clone()
        },
        is_upgrade: args.is_upgrade,
        kube_version,
        api_versions: args.api_versions.clone(),
        include_crds: args.include_crds,
        skip_schema: args.skip_schema_validation,
        seed: args.seed,
        clock_seconds: args.clock_seconds,
        stack_bytes: if args.stack_bytes == 0 { defaults.stack_bytes } else { args.stack_bytes },
        ..defaults
    })
}

/// Helm: Install.NameAndChart and TemplateName.
fn release_name(args: &TemplateArgs) -> Result<String, String> {
    if let Some(name) = &args.name {
        if args.generate_name {
            return Err("cannot set --generate-name and also specify a name".to_owned());
        }
        if args.name_template.is_some() {
            return Err("cannot set --name-template and also specify a name".to_owned());
        }
        return Ok(name.clone());
    }
    let Some(text) = &args.name_template else { return Ok("release-name".to_owned()) };
    let mut set = crate::template::Set::new(args.helm);
    set.add("name-template", text).map_err(|error| error.go_text())?;
    let mut env = crate::functions::Env {
        helm: args.helm,
        seed: args.seed,
        clock_seconds: args.clock_seconds,
        records: crate::functions::Records::default(),
    };
    let mut run = crate::template::Run::new(&mut env);
    let name = crate::template::run(&std::rc::Rc::new(set), "name-template", Value::nil(), &mut run)
        .map_err(|error| error.go_text())?;
    Ok(name.as_string().map(ToString::to_string).unwrap_or_default())
}

/// Helm: chartutil.ValidateReleaseName.
fn check_release_name(name: &str, helm: Helm) -> Result<(), String> {
    let label = |label: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !label.is_empty() && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    if name.len() <= RELEASE_NAME_BYTES_MAX && name.split('.').all(label) {
        return Ok(());
    }
    let prefix = if helm == Helm::V4 { "release name check failed: " } else { "" };
    Err(format!(
        "{prefix}release name {}: invalid release name, must match regex \
         ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53",
        values::quote(name)
    ))
}

/// Files, then flags, in Helm's fixed order. Helm: cli/values.Options.MergeValues.
fn user_values(args: &TemplateArgs, read: &dyn Fn(&str) -> io::Result<Vec<u8>>) -> Result<Value, String> {
    let open = |path: &str| read(path).map_err(|error| format!("open {path}: {}", io_text(&error)));
    let mut base = values::empty();
    for path in &args.value_files {
        let file =
            values::read(&open(path)?, args.helm).map_err(|why| format!("failed to parse {path}: {why}"))?;
        base = values::merge_files(&base, &file);
    }
    for text in &args.set_json {
        if text.trim_start().starts_with('{') && args.helm == Helm::V4 {
            let parsed: serde_json::Value = serde_json::from_str(text)
                .map_err(|_| format!("failed parsing --set-json data JSON: {text}"))?;
            base = values::merge_files(&base, &crate::json::from_serde(&parsed));
        } else if text.trim_start().starts_with('{')
            && let Ok(parsed) = serde_json::from_str(text)
        {
            base = values::merge_files(&base, &crate::json::from_serde(&parsed));
        } else {
            strvals::apply(strvals::Flag::SetJson, text, &base, args.helm)
                .map_err(|_| format!("failed parsing --set-json data {text}"))?;
        }
    }
    let reader = |path: &str| open(path);
    let flags = [
        ("--set", strvals::Flag::Set, &args.set),
        ("--set-string", strvals::Flag::SetString, &args.set_string),
        ("--set-file", strvals::Flag::SetFile(&reader), &args.set_file),
        ("--set-literal", strvals::Flag::SetLiteral, &args.set_literal),
    ];
    for (name, flag, texts) in flags {
        for text in texts {
            strvals::apply(flag, text, &base, args.helm)
                .map_err(|why| format!("failed parsing {name} data: {why}"))?;
        }
    }
    Ok(base)
}

/// An operating system's words in Go's style.
fn io_text(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

fn load(input: &ChartInput, helm: Helm) -> Result<Chart, String> {
    match input {
        ChartInput::Archive(bytes) => {
            let archive = archive::read(bytes).map_err(|refusal| refusal.to_string())?;
            chart::load_archive(&archive, helm).map_err(|error| error.to_string())
        }
        ChartInput::Folder(files) => chart::load_folder(files, helm).map_err(|error| error.to_string()),
    }
}

/// Helm: checkIfInstallable and action.CheckDependencies.
fn installable(chart: &Chart, helm: Helm) -> Result<(), String> {
    if chart.metadata.is_library() {
        return Err("library charts are not installable".to_owned());
    }
    let missing: Vec<&str> = chart
        .metadata
        .dependencies
        .iter()
        .map(|wanted| wanted.name.as_str())
        .filter(|name| !chart.dependencies.iter().any(|child| child.metadata.name == *name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(", ");
    Err(match helm {
        Helm::V3 => format!(
            "An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch \
             missing dependencies: found in Chart.yaml, but missing in charts/ directory: {names}"
        ),
        Helm::V4 => format!(
            "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch \
             missing dependencies: found in Chart.yaml, but missing in charts/ directory: {names}"
        ),
    })
}

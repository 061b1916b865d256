//! `chartgate template [NAME] CHART`: `helm template` with Helm's flags, through our own engine.

use std::io::Write as _;
use std::path::PathBuf;

use renderer::cli::{ChartInput, Report, TemplateArgs, template};
use renderer::functions::Helm;

use super::chart_input::{ChartFiles, read_chart};
use super::{Failure, Outcome, exit, print};
use crate::model::Clock;

/// Stack of the thread that renders; templates call each other deeper than a main thread allows.
const STACK_BYTES: usize = 256 * 1024 * 1024;
/// Of it, what templates may use.
const TEMPLATE_STACK_BYTES: usize = 192 * 1024 * 1024;

#[derive(clap::Args)]
#[command(override_usage = "chartgate template [NAME] CHART [FLAGS]")]
pub(super) struct Args {
    /// Release name, if two are given, and chart (.tgz or folder)
    #[arg(required = true, num_args = 1..=2, value_names = ["NAME", "CHART"])]
    name_and_chart: Vec<String>,
    /// Render as this generation of Helm does
    #[arg(long, value_enum, default_value = "4")]
    helm: Generation,
    /// Values file; can be repeated
    #[arg(short = 'f', long, value_delimiter = ',', allow_hyphen_values = true)]
    values: Vec<String>,
    /// Value, such as a.b=c; can be repeated
    #[arg(long, allow_hyphen_values = true)]
    set: Vec<String>,
    /// Value that stays text
    #[arg(long, allow_hyphen_values = true)]
    set_string: Vec<String>,
    /// Value as JSON
    #[arg(long, allow_hyphen_values = true)]
    set_json: Vec<String>,
    /// Value taken literally
    #[arg(long, allow_hyphen_values = true)]
    set_literal: Vec<String>,
    /// Value that is the content of a file
    #[arg(long, allow_hyphen_values = true)]
    set_file: Vec<String>,
    /// Namespace of the release
    #[arg(short, long, default_value = "")]
    namespace: String,
    /// Version of Kubernetes to render for
    #[arg(long)]
    kube_version: Option<String>,
    /// API versions the cluster has besides its own
    #[arg(short, long, value_delimiter = ',')]
    api_versions: Vec<String>,
    /// Put CRDs before the rest
    #[arg(long)]
    include_crds: bool,
    /// Leave hooks out
    #[arg(long)]
    no_hooks: bool,
    /// Leave tests out
    #[arg(long)]
    skip_tests: bool,
    /// Do not check values against schemas
    #[arg(long)]
    skip_schema_validation: bool,
    /// Render as for an upgrade
    #[arg(long)]
    is_upgrade: bool,
    /// Print only what these templates give
    #[arg(short, long)]
    show_only: Vec<String>,
    /// Template of the release name
    #[arg(long)]
    name_template: Option<String>,
    /// Make a name up
    #[arg(short, long)]
    generate_name: bool,
    /// Needs a cluster and is refused
    #[arg(long)]
    validate: bool,
    /// Is refused: redirect standard output instead
    #[arg(long)]
    output_dir: Option<String>,
    /// Print which branches of the templates ran, and what those that did not hang on
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "text", value_name = "FORMAT")]
    coverage: Option<CoverageFormat>,
    /// Print where fields come from: `PATH`, `KIND/NAME` or both, such as 'Service/web spec.type'
    #[arg(long, value_name = "FIELD", conflicts_with = "coverage")]
    explain: Option<String>,
    /// Flags of Helm that change nothing here
    #[command(flatten)]
    _without_effect: WithoutEffect,
}

#[derive(clap::Args)]
struct WithoutEffect {
    #[arg(long, hide = true)]
    release_name: bool,
    #[arg(long, hide = true)]
    skip_crds: bool,
    #[arg(long, hide = true)]
    hide_notes: bool,
    #[arg(long, hide = true)]
    render_subchart_notes: bool,
    #[arg(long, hide = true)]
    debug: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "client")]
    dry_run: Option<String>,
    #[arg(long, hide = true, allow_hyphen_values = true)]
    version: Option<String>,
    #[arg(long, hide = true, allow_hyphen_values = true)]
    description: Option<String>,
    #[arg(short, long, hide = true, allow_hyphen_values = true)]
    labels: Vec<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum CoverageFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Generation {
    #[value(name = "3")]
    Three,
    #[value(name = "4")]
    Four,
}

pub(super) fn run(args: &Args) -> Outcome {
    let (name, chart) = match args.name_and_chart.as_slice() {
        [name, chart] => (Some(name.clone()), PathBuf::from(chart)),
        [chart] => (None, PathBuf::from(chart)),
        _ => return Err(Failure::new(exit::USAGE, "give a chart, or a name and a chart")),
    };
    let input = match read_chart(&chart)? {
        ChartFiles::Archive(bytes) => ChartInput::Archive(bytes),
        ChartFiles::Folder(files) => ChartInput::Folder(files),
    };
    let args = plain(args, name)?;
    let render = move || template(&args, &input, &|path| std::fs::read(path));
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(render);
    let outcome = worker
        .map_err(|error| Failure::new(exit::UNEXPECTED, format!("no thread could be started: {error}")))?
        .join()
        .map_err(|_| Failure::new(exit::UNEXPECTED, "the renderer failed; please report this chart"))?;
    print(&outcome.stdout)?;
    // Nobody reading the warnings is no failure.
    let _ = std::io::stderr().lock().write_all(outcome.stderr.as_bytes());
    Ok(u8::try_from(outcome.exit).unwrap_or(exit::UNEXPECTED))
}

fn plain(args: &Args, name: Option<String>) -> Result<TemplateArgs, Failure> {
    let mut seed = [0u8; 8];
    getrandom::fill(&mut seed).map_err(|error| {
        Failure::new(exit::UNEXPECTED, format!("the system gives no randomness: {error}"))
    })?;
    Ok(TemplateArgs {
        helm: match args.helm {
            Generation::Three => Helm::V3,
            Generation::Four => Helm::V4,
        },
        name,
        generate_name: args.generate_name,
        name_template: args.name_template.clone(),
        namespace: args.namespace.clone(),
        value_files: args.values.clone(),
        set: args.set.clone(),
        set_string: args.set_string.clone(),
        set_json: args.set_json.clone(),
        set_literal: args.set_literal.clone(),
        set_file: args.set_file.clone(),
        kube_version: args.kube_version.clone(),
        api_versions: args.api_versions.clone(),
        include_crds: args.include_crds,
        no_hooks: args.no_hooks,
        skip_tests: args.skip_tests,
        skip_schema_validation: args.skip_schema_validation,
        is_upgrade: args.is_upgrade,
        show_only: args.show_only.clone(),
        validate: args.validate,
        output_dir: args.output_dir.clone(),
        clock_seconds: Clock::System.now().0.div_euclid(1_000_000),
        seed: u64::from_le_bytes(seed),
        stack_bytes: TEMPLATE_STACK_BYTES,
        report: match (&args.explain, args.coverage) {
            (Some(field), _) => Report::Explain(field.clone()),
            (None, Some(CoverageFormat::Text)) => Report::Coverage,
            (None, Some(CoverageFormat::Json)) => Report::CoverageJson,
            (None, None) => Report::Manifests,
        },
    })
}

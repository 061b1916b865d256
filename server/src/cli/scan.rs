//! `chartgate scan`: the server's judge on a chart at hand. Archives go through the same strict reader.

use std::path::{Path, PathBuf};

use renderer::archive::File;
use renderer::chart::ignore::Rules;
use scanner::policy::{Outcome as Verdict, Policy, decide};
use scanner::report::{Completeness, Report, Severity};

use super::chart_input::{ChartFiles, read_chart};
use super::{Failure, Outcome, exit, note, print, runtime};
use crate::config::{ScanLimits, UPLOAD_BYTES_MAX};
use crate::jobs::{Subject, scan_in_child};
use crate::model::Digest;
use crate::registry::read_policy;

#[derive(clap::Args)]
pub(super) struct Args {
    /// A packed chart (.tgz) or a chart's folder
    chart: PathBuf,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "table")]
    output: Form,
    /// Policy file; the default policy when absent
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Exit with 3 when a finding has this severity or more; what blocks by the policy when absent
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Namespace the chart would be installed in
    #[arg(long, default_value = "default")]
    namespace: String,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    Table,
    Json,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum FailOn {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

pub(super) fn run(args: &Args) -> Outcome {
    let policy = match &args.policy {
        Some(file) => read_policy(file)?,
        None => Policy::default(),
    };
    let report = judge(&args.chart, &args.namespace)?;
    let verdict = decide(&report, &policy);
    match args.output {
        Form::Table => print(&scanner::output::table(&report, &verdict))?,
        Form::Json => print(&format!("{:#}\n", scanner::output::json(&report, &verdict, &policy)))?,
    }
    if let Completeness::Incomplete { reason } = &report.completeness {
        note(&format!("could not be judged completely: {reason}"));
        return Ok(exit::INCOMPLETE);
    }
    let failed = match args.fail_on.map(FailOn::severity) {
        None => verdict.outcome == Verdict::Block,
        Some(least) => report.findings.iter().any(|finding| finding.severity >= least),
    };
    Ok(if failed { exit::FINDINGS } else { exit::DONE })
}

/// Judges in a bounded child process, as the server does, so that a hostile chart ends the same way in both.
fn judge(chart: &Path, namespace: &str) -> Result<Report, Failure> {
    let (subject, digest) = match read_chart(chart)? {
        ChartFiles::Archive(bytes) if bytes.len() > UPLOAD_BYTES_MAX => {
            // Refused by its size alone; nothing in it is looked at.
            return Ok(scanner::scan(&bytes, &scanner::Options::default()));
        }
        ChartFiles::Archive(bytes) => {
            let digest = Digest::of(&bytes);
            (Subject::Archive(bytes.into()), Some(digest.to_string()))
        }
        ChartFiles::Folder(files) => (Subject::Folder(kept(files)?), None),
    };
    let limits = ScanLimits::default();
    Ok(runtime()?.block_on(scan_in_child(&limits, subject, namespace)).unwrap_or_else(|reason| Report {
        digest,
        completeness: Completeness::Incomplete { reason },
        ..Report::empty()
    }))
}

/// The files that Helm would load: `.helmignore` applied.
fn kept(files: Vec<File>) -> Result<Vec<File>, Failure> {
    let text = files.iter().find(|file| file.path == ".helmignore").map_or(&[][..], |file| &file.data);
    let rules = Rules::parse(text)
        .map_err(|why| Failure::new(exit::UNEXPECTED, format!(".helmignore cannot be read: {why}")))?;
    Ok(files.into_iter().filter(|file| rules.keeps(&file.path)).collect())
}

impl FailOn {
    fn severity(self) -> Severity {
        match self {
            FailOn::Info => Severity::Info,
            FailOn::Low => Severity::Low,
            FailOn::Medium => Severity::Medium,
            FailOn::High => Severity::High,
            FailOn::Critical => Severity::Critical,
        }
    }
}

//! The command line: one file per command. Results go to standard output, everything else to standard error.

mod admin;
mod audit;
mod blob_flags;
mod chart_input;
mod check;
mod client;
mod decide;
mod mirror;
mod outbound;
mod output;
mod place;
mod policy;
mod pull;
mod push;
mod queue;
mod rules;
mod scan;
mod scan_child;
mod serve;
mod status;
mod template;
mod worker;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Error, Kind};

/// Exit codes, the same for every command.
pub mod exit {
    pub const DONE: u8 = 0;
    pub const UNEXPECTED: u8 = 1;
    /// Wrong usage or configuration.
    pub const USAGE: u8 = 2;
    /// Findings at or above the threshold.
    pub const FINDINGS: u8 = 3;
    pub const AUTHENTICATION: u8 = 4;
    pub const NOT_FOUND: u8 = 5;
    /// Blocked or refused by policy.
    pub const BLOCKED: u8 = 6;
    /// The remote side cannot be reached, or it is still pending.
    pub const PENDING: u8 = 7;
    /// Could not be judged completely.
    pub const INCOMPLETE: u8 = 8;
}

/// Why a command ends with another code than 0.
#[derive(Debug)]
pub struct Failure {
    pub code: u8,
    /// One or more lines for standard error, without `error:`.
    pub message: String,
}

impl Failure {
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Failure { code, message: message.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error.kind {
            Kind::Unauthenticated | Kind::Forbidden => exit::AUTHENTICATION,
            Kind::NotFound | Kind::UnknownRepository | Kind::UnknownManifest => exit::NOT_FOUND,
            Kind::Blocked | Kind::NotApproved | Kind::ChartRefused => exit::BLOCKED,
            Kind::InvalidRequest | Kind::InvalidName | Kind::Unavailable => exit::USAGE,
            Kind::Unreachable | Kind::Contended => exit::PENDING,
            _ => exit::UNEXPECTED,
        };
        let cause = error.source.as_ref().filter(|_| error.kind == Kind::Internal);
        let cause = cause.map(|cause| format!("\n  because: {cause}")).unwrap_or_default();
        Failure { code, message: format!("{}{cause}", error.public) }
    }
}

/// What every command returns: an exit code, or a failure with words.
pub type Outcome = Result<u8, Failure>;

/// Renders, judges and serves Helm charts: only what was approved is served.
#[derive(Parser)]
#[command(name = "chartgate", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(Box<serve::Args>),
    /// Run jobs beside servers that share a database
    Worker(Box<worker::Args>),
    /// Judge a chart (.tgz or folder) here, as the server would
    Scan(scan::Args),
    /// Render a chart as `helm template` does
    Template(Box<template::Args>),
    /// The rules that charts are judged by
    Rules(rules::Args),
    /// Send a chart to a server
    Push(push::Args),
    /// Fetch an approved chart from a server
    Pull(pull::Args),
    /// Where a version stands on a server
    Status(status::Args),
    /// What waits for a person on a server
    Queue(queue::Args),
    /// Approve a version in review
    Approve(decide::Args),
    /// Reject a version in review, for good
    Reject(decide::Args),
    /// Take an approved version out of service, for good
    Revoke(decide::Args),
    /// Upstream repositories that a server follows
    Mirror(mirror::Args),
    /// Sign-in links, tokens and repositories of a server's data folder
    Admin(admin::Args),
    /// What each repository demands of a chart
    Policy(policy::Args),
    /// Say whether a server is ready
    Check(check::Args),
    /// Check the audit log of a server's data folder
    Audit(audit::Args),
    /// Print the version
    Version(VersionArgs),
    /// Judge the archive on standard input within bounds; started by the server
    #[command(hide = true)]
    ScanChild(scan_child::Args),
}

#[derive(clap::Args)]
struct VersionArgs {
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "text")]
    output: VersionForm,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum VersionForm {
    Text,
    Json,
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            return ExitCode::from(usage(&error));
        }
    };
    let outcome = match cli.command {
        Command::Serve(args) => serve::run(&args),
        Command::Worker(args) => worker::run(&args),
        Command::Scan(args) => scan::run(&args),
        Command::Template(args) => template::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Push(args) => push::run(&args),
        Command::Pull(args) => pull::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Queue(args) => queue::run(&args),
        Command::Approve(args) => decide::run(decide::Verb::Approve, &args),
        Command::Reject(args) => decide::run(decide::Verb::Reject, &args),
        Command::Revoke(args) => decide::run(decide::Verb::Revoke, &args),
        Command::Mirror(args) => mirror::run(&args),
        Command::Admin(args) => admin::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Version(args) => version(&args),
        Command::ScanChild(args) => scan_child::run(&args),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            note(&format!("error: {}", failure.message));
            ExitCode::from(failure.code)
        }
    }
}

/// Says what is wrong with the arguments, or prints the help that was asked for. `template` says it in Helm's words.
fn usage(error: &clap::Error) -> u8 {
    use clap::error::{ContextKind, ErrorKind};
    let is_template = std::env::args_os().nth(1).is_some_and(|command| command == "template");
    match error.get(ContextKind::InvalidArg) {
        Some(flag) if is_template && error.kind() == ErrorKind::UnknownArgument => {
            note(&format!("Error: unknown flag: {flag}"));
        }
        _ => {
            let _ = error.print();
        }
    }
    if error.use_stderr() { exit::USAGE } else { exit::DONE }
}

fn version(args: &VersionArgs) -> Outcome {
    let version = env!("CARGO_PKG_VERSION");
    match args.output {
        VersionForm::Text => {
            print(&format!("chartgate {version}\n"))?;
        }
        VersionForm::Json => {
            print(&format!("{}\n", serde_json::json!({ "name": "chartgate", "version": version })))?;
        }
    }
    Ok(exit::DONE)
}

/// Writes a result to standard output.
///
/// # Errors
/// Standard output is closed.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| {
        Failure::new(exit::UNEXPECTED, format!("standard output cannot be written: {error}"))
    })
}

/// Writes a line of progress or explanation to standard error; nobody reading it is no failure.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// A runtime for commands that wait on disks and networks.
///
/// # Errors
/// The system gives no threads.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(exit::UNEXPECTED, format!("the runtime cannot be started: {error}")))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}

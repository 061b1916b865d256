//! `chartgate rules`: what charts are judged by.

use serde_json::json;

use super::{Failure, Outcome, exit, print};
use crate::db::scans::severity_name;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List every rule
    List {
        /// Form of the answer
        #[arg(short, long, value_enum, default_value = "table")]
        output: Form,
    },
    /// Explain one rule
    Explain {
        /// Such as pod/privileged
        rule: String,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    Table,
    Json,
}

pub(super) fn run(args: &Args) -> Outcome {
    match &args.command {
        Command::List { output: Form::Table } => {
            let mut text = String::new();
            for rule in scanner::rules::all() {
                text.push_str(&format!(
                    "{:<9} {:<36} {}\n",
                    severity_name(rule.severity),
                    rule.id,
                    rule.title
                ));
            }
            print(&text)?;
        }
        Command::List { output: Form::Json } => {
            let list: Vec<_> = scanner::rules::all().map(as_json).collect();
            print(&format!("{:#}\n", json!({ "schema": "chartgate.rules/1", "rules": list })))?;
        }
        Command::Explain { rule } => {
            let Some(found) = scanner::rules::find(rule) else {
                let what = format!("there is no rule {rule}; see chartgate rules list");
                return Err(Failure::new(exit::NOT_FOUND, what));
            };
            print(&format!(
                "{} ({})\n{}\n\n{}\n",
                found.id,
                severity_name(found.severity),
                found.title,
                found.explain
            ))?;
        }
    }
    Ok(exit::DONE)
}

fn as_json(rule: &scanner::rule::Rule) -> serde_json::Value {
    json!({
        "id": rule.id,
        "severity": rule.severity,
        "confidence": rule.confidence,
        "title": rule.title,
        "explain": rule.explain,
        "bad": rule.bad,
        "good": rule.good,
        "peers": rule.peers,
        "compliance": rule.compliance,
    })
}

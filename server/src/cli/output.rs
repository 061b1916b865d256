//! How a client command prints its result: a text for people, or the JSON that the server answered. Standard output only.

use std::io::Write as _;

use serde::Serialize;

use super::client::Failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Table,
    Json,
}

/// Prints `value` as JSON, or the text that `table` makes.
///
/// # Errors
/// Standard output is closed.
pub fn print<T: Serialize>(format: Format, value: &T, table: impl FnOnce() -> String) -> Result<(), Failure> {
    let text = match format {
        Format::Table => table(),
        Format::Json => serde_json::to_string_pretty(value).map_err(|error| Failure::new(1, error.to_string()))?,
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", printable(&text)).map_err(|error| Failure::new(1, format!("the result cannot be printed: {error}")))
}

/// Chart text may hold terminal escapes; only line breaks survive.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

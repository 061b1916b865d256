//! How a client command shows its result: a text for people, or the JSON that the server answered.

use serde::Serialize;

use super::{Failure, exit, print};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Table,
    Json,
}

/// Prints `value` as JSON, or the text that `table` makes, on standard output.
///
/// # Errors
/// Standard output is closed.
pub fn show<T: Serialize>(format: Format, value: &T, table: impl FnOnce() -> String) -> Result<(), Failure> {
    let text = match format {
        Format::Table => table(),
        Format::Json => serde_json::to_string_pretty(value)
            .map_err(|error| Failure::new(exit::UNEXPECTED, error.to_string()))?,
    };
    print(&format!("{}\n", printable(&text)))
}

/// Chart text may hold terminal escapes; only line breaks survive.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

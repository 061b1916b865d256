//! A classic repository's index, read entry by entry as it arrives: memory does not grow with the index. One bad entry is
//! reported and passed over. It fetches nothing and decides nothing about what it found.

mod capped;
mod entry;
mod json;
mod sink;
#[cfg(test)]
mod tests;
mod yaml;

use std::io::{BufReader, Read};
use std::ops::ControlFlow;

use thiserror::Error;

use crate::model::{ChartName, Digest, Micros, Version};
use capped::Capped;
pub(super) use entry::shortened;
use sink::Sink;

/// The whole index, decompressed.
pub const INDEX_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Charts and versions of one index, together. Helm's own client needs gigabytes beyond this.
pub const INDEX_ENTRIES_MAX: usize = 200_000;
/// One text in an index, such as a description.
pub const INDEX_TEXT_BYTES_MAX: usize = 1024 * 1024;
/// URLs kept of one entry; Helm uses the first.
pub const ENTRY_URLS_MAX: usize = 8;

/// Bounds on one index.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub bytes_max: u64,
    /// Charts and versions together.
    pub entries_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes_max: INDEX_BYTES_MAX, entries_max: INDEX_ENTRIES_MAX }
    }
}

/// One version that an index offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub chart: ChartName,
    /// The version as the index writes it.
    pub written: String,
    /// The same as Helm reads it: for ranges and order; it prints the normal form (`v1.2` as `1.2.0`).
    pub read: renderer::version_range::Version,
    /// The same as the registry keeps it; `None` for what only Helm's lenient reading takes, such as `1.2`.
    pub version: Option<Version>,
    /// As written, never empty, at most [`ENTRY_URLS_MAX`]; `mirror::address` joins them with the index's URL.
    pub urls: Vec<String>,
    pub digest: Option<Digest>,
    pub created: Option<Micros>,
    /// 0-based place in the list of the chart's versions.
    pub position: usize,
}

/// An entry, or a whole chart of an index, that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// As the index writes it, shortened.
    pub chart: String,
    /// As the index writes it, shortened; empty where it says none or the whole chart is meant.
    pub version: String,
    pub position: usize,
    pub why: String,
}

/// What an index holds, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Entry(Entry),
    Refused(Refused),
}

/// How much there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub charts: usize,
    pub entries: usize,
    pub refused: usize,
}

/// Why an index cannot be read to its end. What was found before has been handed out already.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    #[error("it is not the index of a Helm repository: {0}")]
    NotAnIndex(String),
    /// `format` is YAML or JSON; line and column are 1-based.
    #[error("line {line}, column {column}: not valid {format}: {why}")]
    Malformed { format: &'static str, line: usize, column: usize, why: String },
    #[error("the index is larger than the limit of {bytes_max} bytes (INDEX_BYTES_MAX)")]
    TooLarge { bytes_max: u64 },
    #[error(
        "the index has more than {entries_max} charts and versions, which is the limit (INDEX_ENTRIES_MAX)"
    )]
    TooMany { entries_max: usize },
    #[error("the index cannot be read: {0}")]
    Unreadable(String),
    #[error("reading the index was stopped")]
    Stopped,
}

/// Reads an index in YAML or JSON and hands out what it holds, in its order, until `each` breaks.
///
/// # Errors
/// No index, malformed, or beyond the limits; a chart or key given twice, which Helm's readers refuse or understand differently.
pub fn read(
    reader: impl Read,
    limits: &Limits,
    mut each: impl FnMut(Found) -> ControlFlow<()>,
) -> Result<Counts, Fault> {
    let mut capped = Capped::new(reader, limits.bytes_max);
    let start = capped.start().map_err(|error| Fault::Unreadable(error.to_string()))?;
    let outcome = capped.outcome();
    let mut sink = Sink::new(&mut each, limits.entries_max);
    let read = match start.first() {
        None => Err(Fault::NotAnIndex("it is empty".to_owned())),
        Some(b'<') => Err(Fault::NotAnIndex(
            "it is a web page; give the address under which index.yaml lies".to_owned(),
        )),
        Some(b'{') => json::read(BufReader::new(capped.with_bounded_texts()), &mut sink),
        Some(_) => yaml::read(capped, &mut sink),
    };
    // What stopped the bytes is the reason; the parser only saw a text that ended too early.
    match (outcome.take(), read) {
        (Some(fault), Err(_)) => Err(fault),
        (_, read) => read.map(|()| sink.counts),
    }
}

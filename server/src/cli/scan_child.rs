//! `chartgate scan-child`: judges the chart on standard input and prints the report as JSON. It first takes from
//! itself what a chart must never get: files, memory, time.

use std::io::{Read as _, Write as _};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{Failure, Outcome, exit};
use crate::config::UPLOAD_BYTES_MAX;
use crate::jobs::read_files;

/// A folder's files with their paths, as they come in.
const FOLDER_BYTES_MAX: u64 = 2 * renderer::limits::ARCHIVE_UNPACKED_BYTES_MAX;

#[derive(clap::Args)]
pub(super) struct Args {
    /// CPU time after which the system ends this process
    #[arg(long)]
    cpu_seconds: u64,
    /// Address space that this process may use
    #[arg(long)]
    memory_bytes: u64,
    /// Namespace the chart would be installed in
    #[arg(long)]
    namespace: String,
    /// Standard input is a folder's files, not an archive
    #[arg(long)]
    folder: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    limit(args)?;
    let bytes_max = if args.folder { FOLDER_BYTES_MAX } else { UPLOAD_BYTES_MAX as u64 };
    let mut input = Vec::new();
    let read = std::io::stdin().lock().take(bytes_max + 1).read_to_end(&mut input);
    read.map_err(|error| Failure::new(exit::UNEXPECTED, format!("standard input cannot be read: {error}")))?;
    let options = scanner::Options { namespace: args.namespace.clone(), ..scanner::Options::default() };
    let report = if args.folder {
        let files =
            read_files(&input).ok_or_else(|| Failure::new(exit::USAGE, "standard input is no folder"))?;
        scanner::scan_files(&files, &options)
    } else {
        scanner::scan(&input, &options)
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer(&mut out, &report)
        .map_err(std::io::Error::from)
        .and_then(|()| out.flush())
        .map_err(|error| Failure::new(exit::UNEXPECTED, format!("the report cannot be written: {error}")))?;
    Ok(exit::DONE)
}

/// Bounds that the system keeps, for good: they cannot be raised again. No file can be opened from here on.
fn limit(args: &Args) -> Result<(), Failure> {
    let bounds = [
        (Resource::Cpu, args.cpu_seconds),
        (Resource::As, args.memory_bytes),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nofile, 3),
    ];
    for (resource, most) in bounds {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).map_err(|error| {
            Failure::new(exit::UNEXPECTED, format!("{resource:?} cannot be bounded: {error}"))
        })?;
    }
    Ok(())
}

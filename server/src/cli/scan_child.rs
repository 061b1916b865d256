//! `chartgate scan-child`: judges the archive on standard input and prints the report as JSON. It first takes from
//! itself what a chart must never get: files, memory, time.

use std::io::{Read as _, Write as _};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{Failure, Outcome, exit};
use crate::config::UPLOAD_BYTES_MAX;

#[derive(clap::Args)]
pub(super) struct Args {
    /// CPU time after which the system ends this process
    #[arg(long)]
    cpu_seconds: u64,
    /// Address space that this process may use
    #[arg(long)]
    memory_bytes: u64,
}

pub(super) fn run(args: &Args) -> Outcome {
    limit(args)?;
    let mut archive = Vec::new();
    let read = std::io::stdin().lock().take(UPLOAD_BYTES_MAX as u64 + 1).read_to_end(&mut archive);
    read.map_err(|error| Failure::new(exit::UNEXPECTED, format!("standard input cannot be read: {error}")))?;
    if archive.len() > UPLOAD_BYTES_MAX {
        return Err(Failure::new(
            exit::INCOMPLETE,
            format!("the archive is larger than {UPLOAD_BYTES_MAX} bytes"),
        ));
    }
    let report = scanner::scan(&archive, &scanner::Options::default());
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

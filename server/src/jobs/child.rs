//! The scan of one chart in a child process of the same binary: bytes in, report out, everything bounded.
//! Whatever goes wrong in there is "could not be judged"; it can never become a pass.

use std::path::PathBuf;
use std::process::Stdio;

use bytes::Bytes;
use renderer::archive::File;
use scanner::report::Report;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::framing::write_files;
use crate::config::ScanLimits;

/// Bytes of a child's last words that are kept for the log.
const STDERR_BYTES_MAX: usize = 8 * 1024;

/// What is to be scanned.
#[derive(Clone, Debug)]
pub enum Subject {
    Archive(Bytes),
    /// A chart's folder, `.helmignore` applied.
    Folder(Vec<File>),
}

/// Scans in a child process; `namespace` is the one the chart would be installed in.
///
/// # Errors
/// Why it could not be judged, as a sentence for a person.
pub async fn scan_in_child(limits: &ScanLimits, subject: Subject, namespace: &str) -> Result<Report, String> {
    let (input, is_folder) = match subject {
        Subject::Archive(bytes) => (bytes, false),
        Subject::Folder(files) => (write_files(&files).into(), true),
    };
    let mut child = start(limits, is_folder, namespace)
        .map_err(|error| format!("the scanner could not be started: {error}"))?;
    let group = child.id();
    let outcome = tokio::time::timeout(limits.wall, talk(&mut child, input, limits.output_bytes)).await;
    // The child leads its own process group, so nothing that it might have started outlives it.
    kill_group(group);
    let _ = child.wait().await;
    match outcome {
        Ok(result) => result,
        Err(_) => Err(format!("the scan took longer than {} seconds", limits.wall.as_secs())),
    }
}

fn start(limits: &ScanLimits, is_folder: bool, namespace: &str) -> std::io::Result<Child> {
    let program = match &limits.program {
        Some(program) => program.clone(),
        None => own_program()?,
    };
    Command::new(program)
        .arg("scan-child")
        .arg("--cpu-seconds")
        .arg(limits.cpu_seconds.to_string())
        .arg("--memory-bytes")
        .arg(limits.memory_bytes.to_string())
        .arg(format!("--namespace={namespace}"))
        .args(is_folder.then_some("--folder"))
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// The running binary. On Linux through /proc, so that a scan still starts after the file was replaced by an update.
fn own_program() -> std::io::Result<PathBuf> {
    let link = PathBuf::from("/proc/self/exe");
    if link.exists() { Ok(link) } else { std::env::current_exe() }
}

async fn talk(child: &mut Child, input: Bytes, output_bytes_max: usize) -> Result<Report, String> {
    let (Some(mut stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err("the scanner could not be talked to".to_owned());
    };
    let feed = async move {
        // A child that dies early closes the pipe; its exit status says more than the failed write.
        let _ = stdin.write_all(&input).await;
        let _ = stdin.shutdown().await;
    };
    let (_, output, last_words) =
        tokio::join!(feed, read_capped(stdout, output_bytes_max), read_capped(stderr, STDERR_BYTES_MAX));
    let Ok(output) = output else {
        return Err(format!("the report is larger than {output_bytes_max} bytes"));
    };
    let status = child.wait().await.map_err(|error| format!("the scanner was lost: {error}"))?;
    if !status.success() {
        let words = last_words.unwrap_or_default();
        tracing::warn!(%status, stderr = %String::from_utf8_lossy(&words).escape_debug(), "a scan ended badly");
        return Err(format!("the scanner ended with {status}"));
    }
    serde_json::from_slice(&output).map_err(|error| format!("the scanner's answer is no report: {error}"))
}

/// Everything up to a cap; over it, reading stops.
async fn read_capped(from: impl AsyncRead + Unpin, bytes_max: usize) -> Result<Vec<u8>, ()> {
    let mut bytes = Vec::new();
    let read = from.take(bytes_max as u64 + 1).read_to_end(&mut bytes).await;
    if read.is_err() || bytes.len() > bytes_max { Err(()) } else { Ok(bytes) }
}

fn kill_group(id: Option<u32>) {
    let pid = id.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // A group that is gone already is what we want.
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    use super::*;

    /// A stand-in for the child that misbehaves as told.
    fn limits_with(script: &str, folder: &std::path::Path) -> ScanLimits {
        let program = folder.join("child");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        ScanLimits {
            program: Some(program),
            wall: Duration::from_secs(2),
            output_bytes: 1_000,
            ..ScanLimits::default()
        }
    }

    #[tokio::test]
    async fn whatever_a_child_does_wrong_could_not_be_judged() {
        for (script, expected) in [
            ("exit 3", "ended with exit status: 3"),
            ("kill -SEGV $$", "ended with signal"),
            ("echo no report", "is no report"),
            ("cat >/dev/null; echo '{\"schema\":\"x\"}'", "is no report"),
            ("head -c 5000 /dev/zero", "larger than 1000 bytes"),
            ("sleep 30", "longer than 2 seconds"),
            ("sleep 30 & sleep 30", "longer than 2 seconds"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let limits = limits_with(script, folder.path());
            let subject = Subject::Archive(vec![0; 100_000].into());
            let error = scan_in_child(&limits, subject, "default").await.unwrap_err();
            assert!(error.contains(expected), "{script}: {error}");
        }
        let nowhere =
            ScanLimits { program: Some(PathBuf::from("/nowhere/chartgate")), ..ScanLimits::default() };
        let error = scan_in_child(&nowhere, Subject::Archive(Bytes::new()), "default").await.unwrap_err();
        assert!(error.contains("could not be started"), "{error}");
    }
}

//! CPU and wall time of this process, finer than the ticks of `/proc/self/stat`.

use std::time::{Duration, Instant};

/// A moment in both times.
pub struct Meter {
    cpu_nanoseconds: u64,
    wall: Instant,
}

impl Meter {
    pub fn start() -> Meter {
        Meter { cpu_nanoseconds: cpu_nanoseconds(), wall: Instant::now() }
    }

    /// CPU time of all threads and wall time since the start. Threads that ended meanwhile are not counted; none does here.
    pub fn stop(&self) -> (Duration, Duration) {
        let cpu = cpu_nanoseconds().saturating_sub(self.cpu_nanoseconds);
        (Duration::from_nanos(cpu), self.wall.elapsed())
    }
}

/// The first field of every thread's schedstat: nanoseconds on a processor (Linux, Documentation/scheduler/sched-stats).
fn cpu_nanoseconds() -> u64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0 };
    let of = |thread: std::fs::DirEntry| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    };
    threads.flatten().filter_map(of).sum()
}

/// Milliseconds with the digits that matter.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The value that `share` of the sorted values do not exceed.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((share * last as f64).ceil() as usize).copied().unwrap_or_default()
}

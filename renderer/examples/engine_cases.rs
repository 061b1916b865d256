//! Answers engine cases: reads every `*.jsonl` but cli.jsonl of a folder and writes one line a case, `{"name", "v3", "v4"}`, to standard output.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "engine_cases/answer.rs"]
mod answer;

use std::io::Write;

fn main() -> std::io::Result<()> {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: engine_cases FOLDER");
        std::process::exit(2);
    };
    std::panic::set_hook(Box::new(|_| {}));
    let worker = std::thread::Builder::new().stack_size(answer::STACK_BYTES).spawn(move || {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        for case in answer::read_cases(std::path::Path::new(&folder))? {
            writeln!(out, "{}", answer::answer(&case))?;
        }
        out.flush()
    })?;
    worker.join().unwrap_or_else(|_| Err(std::io::Error::other("the worker panicked")))
}

//! The binary: hands its arguments to `server::cli`.

fn main() -> std::process::ExitCode {
    server::cli::run()
}

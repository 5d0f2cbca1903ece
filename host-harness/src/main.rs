//! The program `harness`; see `host_harness::cli`.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    host_harness::cli::main().await
}

//! `scenario FILE|DIR...`: runs scenario files and says what was not as expected.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use clap::Parser;
use scenarios::format::{self, Case};
use scenarios::places;
use scenarios::run::{Options, Outcome, description, run_with};
use serde_json::json;

/// Runs scenarios against the real component, the real host and the real simulator.
#[derive(Debug, Parser)]
struct Arguments {
    /// Scenario files, or folders of them [default: all].
    paths: Vec<PathBuf>,
    /// The component in place of those that `cargo xtask build` made.
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// Show the end of the host's log of what fails; twice: the whole log of everything.
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Scenarios at once [default: one for each processor].
    #[arg(short, long)]
    jobs: Option<usize>,
    /// Keep a recording of each scenario in this folder, for `harness replay`.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// Print one JSON object as the last line.
    #[arg(long)]
    json: bool,
    /// Print the JSON Schema of the format and do nothing else.
    #[arg(long)]
    schema: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if arguments.schema {
        print!("{}", format::schema()?);
        return Ok(ExitCode::SUCCESS);
    }
    let paths = if arguments.paths.is_empty() { vec![places::cases()] } else { arguments.paths.clone() };
    let files = format::files(&paths)?;
    let cases: Vec<(String, anyhow::Result<Case>)> =
        files.iter().map(|file| (file.display().to_string(), format::load(file))).collect();
    if let vendor_spec::Loaded::Absent(reason) = description()? {
        println!("Calls are not judged by the vendor's description: {reason}");
    }
    let failed = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let jobs = arguments.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, 64) {
            scope.spawn(|| {
                while let Some((file, case)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let passed = match case {
                        Ok(case) => {
                            let options = Options {
                                component: arguments.component.as_deref(),
                                record: arguments.record.is_some(),
                                ..Options::default()
                            };
                            let outcome = run_with(case, options);
                            let kept = arguments.record.as_ref().map(|folder| keep(folder, file, &outcome));
                            if let Some(Err(error)) = kept {
                                println!("no recording of {file}: {error:#}");
                            }
                            show(file, case, &outcome, arguments.verbose)
                        }
                        Err(error) => {
                            println!("FAIL {file}\n  {error:#}");
                            false
                        }
                    };
                    if let (false, Ok(mut failed)) = (passed, failed.lock()) {
                        failed.push(file.clone());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().ok().context("a scenario broke off")?;
    println!("{} of {} scenarios went as expected", cases.len() - failed.len(), cases.len());
    if arguments.json {
        println!("{}", json!({ "passed": cases.len() - failed.len(), "failed": failed }));
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes a recording as FOLDER/parent-NAME.json; where components were not called there is none.
fn keep(folder: &Path, file: &str, outcome: &Outcome) -> anyhow::Result<()> {
    let recording = match &outcome.recording {
        Some(recording) => recording.as_ref().map_err(|why| anyhow::anyhow!(why.clone()))?,
        None => return Ok(()),
    };
    std::fs::create_dir_all(folder)?;
    let path = Path::new(file).with_extension("json");
    let parts = [path.parent().and_then(Path::file_name), path.file_name()].into_iter().flatten();
    let name = parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("-");
    Ok(std::fs::write(folder.join(name), recording.write()?)?)
}

fn show(file: &str, case: &Case, outcome: &Outcome, verbose: u8) -> bool {
    let ms = outcome.took.as_millis();
    if outcome.passed() {
        println!("ok   {:>5} ms  {}", ms, case.title);
    } else {
        let failures: String = outcome.failures.iter().map(|failure| format!("  {failure}")).collect();
        println!("FAIL {ms:>5} ms  {}\n  {file}\n{failures}", case.title);
    }
    if verbose > 1 || (verbose == 1 && !outcome.passed()) {
        let lines: Vec<&str> = outcome.log.lines().collect();
        let from = if verbose > 1 { 0 } else { lines.len().saturating_sub(40) };
        println!("{}", lines.get(from..).unwrap_or_default().join("\n"));
    }
    outcome.passed()
}
